//! First seeds of the program's addresses.

/// [`Org`](crate::accounts::Org): creator, id (u64, little-endian).
pub const ORG: &[u8] = b"org";
/// [`Issuer`](crate::accounts::Issuer): org, key.
pub const ISSUER: &[u8] = b"issuer";
/// [`Plan`](crate::accounts::Plan): org, id (u64, little-endian).
pub const PLAN: &[u8] = b"plan";
/// [`Member`](crate::accounts::Member): org, wallet.
pub const MEMBER: &[u8] = b"member";
/// [`Code`](crate::accounts::Code): org, the 16 bytes.
pub const CODE: &[u8] = b"code";
/// [`Authority`](crate::accounts::Authority): token account.
pub const AUTHORITY: &[u8] = b"authority";
/// [`Subscription`](crate::accounts::Subscription): plan, wallet.
pub const SUBSCRIPTION: &[u8] = b"subscription";
/// [`Ledger`](crate::accounts::Ledger): org, wallet, mint.
pub const LEDGER: &[u8] = b"ledger";
/// The token account that holds an org's commission in a mint, its own owner: org, mint.
pub const VAULT: &[u8] = b"vault";
/// [`Config`](crate::accounts::Config): nothing else.
pub const CONFIG: &[u8] = b"config";
/// [`Invoice`](crate::accounts::Invoice): plan, wallet, id (u64, little-endian).
pub const INVOICE: &[u8] = b"invoice";
/// [`Campaign`](crate::accounts::Campaign): org, id (u64, little-endian).
pub const CAMPAIGN: &[u8] = b"campaign";
/// [`NullifierPage`](crate::accounts::NullifierPage): campaign, number (u32, little-endian).
pub const PAGE: &[u8] = b"page";
/// [`Claim`](crate::accounts::Claim): campaign, wallet.
pub const CLAIM: &[u8] = b"claim";
/// [`StakePool`](crate::accounts::StakePool): org, id (u64, little-endian).
pub const POOL: &[u8] = b"pool";
/// [`Position`](crate::accounts::Position): pool, wallet.
pub const POSITION: &[u8] = b"position";
/// The token account that holds what a campaign gives, its own owner: campaign.
pub const CAMPAIGN_VAULT: &[u8] = b"campaign_vault";
/// The token account that holds what is staked in a pool, its own owner: pool.
pub const STAKE_VAULT: &[u8] = b"stake_vault";
/// The token account that holds what a pool gives, its own owner: pool.
pub const REWARD_VAULT: &[u8] = b"reward_vault";
