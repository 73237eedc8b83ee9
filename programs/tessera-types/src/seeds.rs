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
