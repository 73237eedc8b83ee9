//! Receipts: the one event that an instruction makes for the account it is about.
//!
//! An event is its 8-byte discriminator (first bytes of SHA-256 of `event:<Name>`), then the
//! structure; payments then carry one [`LedgerShare`] for each paid level and nothing for the rest.
//! The account's head becomes `sha256(head || event bytes)` and its seq grows by one, so anybody who
//! holds the events can prove against the account that none is missing, added, moved or edited.
//!
//! An event is never logged. It rides calls that the program itself makes: [`crate::carrier`] says
//! which bytes of them it is.

use crate::{
    Address, REFERRAL_LEVELS,
    accounts::{OrgSettings, Terms},
    args::{CreateCampaignArgs, CreatePlanArgs},
};
use bytemuck::Pod;

/// An event structure, its name and the bytes that announce it.
pub trait EventType: Pod + crate::describe::Described {
    /// The name in the IDL.
    const NAME: &'static str;
    /// First 8 bytes of SHA-256 of `event:<NAME>`.
    const DISCRIMINATOR: [u8; 8];
    /// Receipt fields, common to all events.
    fn receipt(&self) -> &Receipt;
}

crate::plain! {
    /// Which account an event is about, and which of its receipts it is.
    pub struct Receipt {
        /// The account whose chain this receipt continues.
        pub account: Address,
        /// The account's life: the slot in which it was created.
        pub life: u64,
        /// Its number within that life, from 1.
        pub seq: u64,
        /// The network's clock, Unix seconds.
        pub at: i64,
    }
}

crate::plain! {
    /// Where the money of one payment went, in the mint's smallest unit.
    /// `debit = merchant + keeper_fee + sum of ledger shares - debt_repaid`.
    pub struct Settlement {
        /// Taken from the payer: the locked price less their tier's discount and, at a change of
        /// plan, the credit; the amount stated of a metered plan or an invoice.
        pub debit: u64,
        /// Received by the plan's destination.
        pub merchant: u64,
        /// Received by the one who cranked the charge.
        pub keeper_fee: u64,
        /// What of the shares paid the ledgers' debts, and so went to the merchant.
        pub debt_repaid: u64,
        /// Points that the payer's member account received.
        pub points: u64,
        /// Points of it that had expired and were dropped before.
        pub points_expired: u64,
        /// Start of the period that is paid, Unix seconds; of an invoice, when it was paid.
        pub period_start: i64,
        /// Until when service is now paid, Unix seconds; of an invoice, when it was paid.
        pub paid_through: i64,
        /// How many shares follow.
        pub levels: u8,
        /// [`Settlement::VAULT_FROZEN`] and what follows it, the rest zero.
        pub flags: u8,
        /// The payer's tier before the payment, which boost and discount are those of.
        pub tier: u8,
        /// Zero.
        pub spare: [u8; 5],
    }
}

crate::bits! {
    Settlement {
        /// Set in `flags`: the vault was frozen, so no level accrued and the merchant got their part.
        pub const VAULT_FROZEN: u8 = 1;
        /// Set in `flags`: the first level's ledger was closed, so its share is 0 and the merchant got
        /// it; the bits of the second and third level follow.
        pub const LEDGER_CLOSED_1: u8 = 2;
        /// The same of the second level.
        pub const LEDGER_CLOSED_2: u8 = 4;
        /// The same of the third level.
        pub const LEDGER_CLOSED_3: u8 = 8;
        /// Set in `flags`: the pending plan took over with this period.
        pub const PLAN_FOLLOWED: u8 = 16;
        /// Set in `flags`: usage was stated for the period of a metered plan.
        pub const STATED: u8 = 32;
    }
}

crate::plain! {
    /// Commission of one referral level.
    pub struct LedgerShare {
        /// The ledger.
        pub ledger: Address,
        /// What it accrued, debts that it paid included; of a refund, what was taken back, debts that it
        /// made included. In the mint's smallest unit.
        pub amount: u64,
    }
}

/// The most shares that follow a payment.
pub type LedgerShares = [LedgerShare; REFERRAL_LEVELS];

crate::event! {
    /// A business was created: first receipt of an Org.
    pub struct OrgCreated {
        /// Its creator and first authority.
        pub authority: Address,
        /// Chosen by the creator.
        pub id: u64,
        /// First bytes of the cluster's genesis hash, as stated.
        pub cluster_tag: [u8; 8],
        /// What its authority may change later.
        pub settings: OrgSettings,
    }
    discriminator = [147, 145, 192, 255, 185, 216, 83, 7];
}

crate::event! {
    /// A plan was created: first receipt of a Plan. Amounts in the mint's smallest unit.
    pub struct PlanCreated {
        /// The org that sells it.
        pub org: Address,
        /// Token it is paid in.
        pub mint: Address,
        /// Program that owns the mint.
        pub token_program: Address,
        /// Token account that receives the merchant's part.
        pub destination: Address,
        /// Token account that holds commission.
        pub vault: Address,
        /// What is sold, as the org announced it.
        pub terms: CreatePlanArgs,
    }
    discriminator = [215, 11, 135, 121, 208, 119, 149, 149];
}

crate::event! {
    /// A key may award points from now on, or its budget changed: receipt of an Issuer.
    pub struct IssuerSet {
        /// The org.
        pub org: Address,
        /// The key.
        pub key: Address,
        /// Points for one epoch; 0 disables the issuer.
        pub epoch_budget: u64,
        /// Length of an epoch, seconds.
        pub epoch_secs: u32,
        /// Zero.
        pub spare: [u8; 4],
    }
    discriminator = [96, 55, 18, 1, 205, 91, 185, 43];
}

crate::event! {
    /// A member claimed a referral code: first receipt of a Code.
    pub struct CodeCreated {
        /// The org.
        pub org: Address,
        /// Who earns by it.
        pub owner: Address,
        /// The code, zero-padded.
        pub code: [u8; 16],
    }
    discriminator = [101, 120, 204, 155, 148, 58, 178, 15];
}

crate::event! {
    /// A wallet joined an org: first receipt of a Member.
    pub struct MemberRegistered {
        /// The org.
        pub org: Address,
        /// The wallet.
        pub wallet: Address,
        /// Its referrers, nearest first; zero is none.
        pub referrers: [Address; REFERRAL_LEVELS],
        /// The code used, zero-padded.
        pub code: [u8; 16],
    }
    discriminator = [57, 155, 128, 94, 1, 149, 25, 250];
}

crate::event! {
    /// A wallet signed terms and paid the first period, or began a trial or a metered plan, which is
    /// paid later: receipt of a Subscription.
    pub struct Subscribed {
        /// The plan.
        pub plan: Address,
        /// Who pays.
        pub wallet: Address,
        /// Token account that pays.
        pub payer_token: Address,
        /// What was signed.
        pub terms: Terms,
        /// Generation of the authority at the signature.
        pub authority_generation: u64,
        /// What the token account approves from now on, in the mint's smallest unit.
        pub outstanding: u64,
        /// Nonce of the quote that set the price; 0 without one.
        pub quote_nonce: u64,
        /// Until when that quote was good, Unix seconds; 0 without one.
        pub quote_deadline: i64,
        /// When the free time of a trial ends, Unix seconds; 0 without a trial.
        pub trial_ends_at: i64,
        /// What the subscriber consents to, of [`Plan`](crate::accounts::Plan)'s flags.
        pub consents: u8,
        /// Zero.
        pub spare: [u8; 7],
        /// The first period; in a trial and on a metered plan nothing is paid for it.
        pub settlement: Settlement,
    }
    discriminator = [135, 59, 105, 76, 190, 236, 138, 228];
}

crate::event! {
    /// A period was paid: receipt of a Subscription.
    pub struct Charged {
        /// The period's money and points.
        pub settlement: Settlement,
    }
    discriminator = [167, 170, 67, 179, 47, 88, 221, 132];
}

crate::event! {
    /// The wallet ended the subscription, or wallet and org ended it for now: receipt of a
    /// Subscription.
    pub struct Cancelled {
        /// The agreement that it ended: seq of the receipt that signed it.
        pub agreement_seq: u64,
        /// Until when service stays paid, Unix seconds.
        pub paid_through: i64,
        /// What the authority may still move for other subscriptions, in the mint's smallest unit.
        pub outstanding: u64,
    }
    discriminator = [136, 23, 42, 65, 143, 233, 234, 46];
}

crate::event! {
    /// An issuer gave points: receipt of a Member.
    pub struct PointsAwarded {
        /// The issuer account.
        pub issuer: Address,
        /// Points that the member received: what was asked for, as far as the balance holds it.
        pub points: u64,
        /// Points of theirs that had expired and were dropped before.
        pub points_expired: u64,
        /// Points that the member holds after it.
        pub balance: u64,
        /// The award's number among the issuer's; counts once.
        pub reference: u64,
        /// The issuer's own words.
        pub memo: [u8; 16],
    }
    discriminator = [201, 95, 152, 50, 215, 83, 188, 38];
}

crate::event! {
    /// The member spent points: receipt of a Member.
    pub struct PointsRedeemed {
        /// Points spent.
        pub points: u64,
        /// Points of theirs that had expired and were dropped before.
        pub points_expired: u64,
        /// Points that the member holds after it.
        pub balance: u64,
        /// The redemption's number among the member's; counts once.
        pub reference: u64,
        /// The order they were spent on.
        pub memo: [u8; 16],
    }
    discriminator = [57, 161, 97, 67, 102, 120, 85, 147];
}

crate::event! {
    /// A member can now accrue commission in a mint: first receipt of a Ledger.
    pub struct LedgerOpened {
        /// The org.
        pub org: Address,
        /// The member's wallet.
        pub wallet: Address,
        /// The mint.
        pub mint: Address,
    }
    discriminator = [115, 6, 103, 111, 89, 54, 170, 69];
}

crate::event! {
    /// Commission left the vault: receipt of a Ledger.
    pub struct CommissionClaimed {
        /// Paid out, in the mint's smallest unit.
        pub amount: u64,
        /// Token account that received it.
        pub destination: Address,
    }
    discriminator = [39, 106, 107, 183, 92, 78, 148, 99];
}

crate::event! {
    /// The program's settings were made or changed: receipt of the Config.
    pub struct ConfigSet {
        /// Its admin.
        pub admin: Address,
        /// Most that all referral levels of an org may take together, basis points.
        pub max_commission_bps: u16,
        /// [`Config`](crate::accounts::Config)'s flags.
        pub pause_flags: u8,
        /// Zero.
        pub spare: [u8; 5],
    }
    discriminator = [15, 104, 59, 16, 236, 241, 8, 6];
}

crate::event! {
    /// The authority changed the org's settings: receipt of an Org.
    pub struct OrgUpdated {
        /// All of them.
        pub settings: OrgSettings,
    }
    discriminator = [36, 0, 181, 34, 207, 127, 134, 225];
}

crate::event! {
    /// The program's admin paused an org or lifted that: receipt of an Org.
    pub struct OrgPaused {
        /// What is paused.
        pub flags: u8,
        /// Zero.
        pub spare: [u8; 7],
    }
    discriminator = [211, 50, 113, 83, 96, 16, 214, 22];
}

crate::event! {
    /// A next authority was proposed: receipt of an Org or the Config.
    pub struct AuthorityProposed {
        /// Who may accept; zero is nobody.
        pub pending: Address,
    }
    discriminator = [244, 117, 94, 112, 53, 151, 35, 89];
}

crate::event! {
    /// The proposed authority accepted: receipt of an Org or the Config.
    pub struct AuthorityAccepted {
        /// The authority, or admin, from now on.
        pub authority: Address,
    }
    discriminator = [166, 192, 219, 188, 41, 209, 195, 26];
}

crate::event! {
    /// A plan takes no new subscriptions from a time on: receipt of a Plan.
    pub struct PlanSunset {
        /// That time, Unix seconds.
        pub at: i64,
    }
    discriminator = [82, 178, 155, 185, 151, 76, 23, 181];
}

crate::event! {
    /// A code was offered to somebody: receipt of a Code.
    pub struct CodeOffered {
        /// Who may accept; zero is nobody.
        pub pending_owner: Address,
    }
    discriminator = [195, 133, 174, 228, 169, 80, 193, 236];
}

crate::event! {
    /// A code has a new owner: receipt of a Code.
    pub struct CodeTransferred {
        /// A member of the org.
        pub owner: Address,
    }
    discriminator = [17, 46, 16, 255, 210, 37, 124, 171];
}

crate::event! {
    /// A payment was missed, or nothing can be collected any more: receipt of a Subscription.
    pub struct PaymentMissed {
        /// The agreement: seq of the receipt that signed it.
        pub agreement_seq: u64,
        /// What the token account's authority may still move, in the mint's smallest unit.
        pub outstanding: u64,
        /// A [`SubscriptionState`](crate::accounts::SubscriptionState): past due or lapsed.
        pub state: u8,
        /// Zero.
        pub spare: [u8; 7],
    }
    discriminator = [172, 246, 173, 188, 231, 170, 227, 66];
}

crate::event! {
    /// The wallet took a cancellation back: receipt of a Subscription.
    pub struct Resumed {
        /// The agreement: seq of the receipt that signed it.
        pub agreement_seq: u64,
        /// Generation of the authority from now on.
        pub authority_generation: u64,
        /// What the token account's authority may still move, in the mint's smallest unit.
        pub outstanding: u64,
    }
    discriminator = [81, 131, 117, 230, 240, 120, 120, 14];
}

crate::event! {
    /// The wallet paused the subscription, or ended the pause: receipt of a Subscription.
    pub struct Paused {
        /// No charge before this time, Unix seconds.
        pub paused_until: i64,
        /// From when the next period can be charged, Unix seconds.
        pub next_due: i64,
    }
    discriminator = [172, 248, 5, 253, 49, 255, 255, 232];
}

crate::event! {
    /// The wallet signed another plan: receipt of a Subscription.
    pub struct PlanChanged {
        /// The new plan.
        pub plan: Address,
        /// What was signed.
        pub terms: Terms,
        /// Generation of the authority at the signature.
        pub authority_generation: u64,
        /// What the token account's authority may still move, in the mint's smallest unit.
        pub outstanding: u64,
        /// Nonce of the quote that set the price; 0 without one.
        pub quote_nonce: u64,
        /// Until when that quote was good, Unix seconds; 0 without one.
        pub quote_deadline: i64,
        /// What the unused time of the period before was worth, as far as it lowered the debit, in the
        /// mint's smallest unit.
        pub credit: u64,
        /// What the subscriber consents to, of [`Plan`](crate::accounts::Plan)'s flags.
        pub consents: u8,
        /// 1: the plan follows when the period ends, and nothing is paid yet.
        pub at_period_end: u8,
        /// Zero.
        pub spare: [u8; 6],
        /// The first period under the new plan.
        pub settlement: Settlement,
    }
    discriminator = [183, 244, 86, 213, 42, 210, 217, 72];
}

crate::event! {
    /// A payment was given back, in part or in full: receipt of a Subscription or an Invoice. The levels'
    /// shares follow.
    pub struct Refunded {
        /// Received by the customer, in the mint's smallest unit.
        pub amount: u64,
        /// What of it came from commission that was taken back; the rest is the merchant's.
        pub from_vault: u64,
        /// Points that the customer's member account gave back, debts that they made included.
        pub points: u64,
        /// Points of it that had expired and were dropped before.
        pub points_expired: u64,
        /// Token account that paid the rest.
        pub source: Address,
        /// Token account that received it.
        pub destination: Address,
        /// How many shares follow.
        pub levels: u8,
        /// [`Settlement::VAULT_FROZEN`]: all that levels give back is owed.
        pub flags: u8,
        /// Zero.
        pub spare: [u8; 6],
    }
    discriminator = [35, 103, 149, 246, 196, 123, 221, 99];
}

crate::event! {
    /// Commission that was held can be claimed: receipt of a Ledger.
    pub struct CommissionReleased {
        /// Released now, in the mint's smallest unit.
        pub amount: u64,
    }
    discriminator = [197, 122, 95, 102, 54, 139, 33, 69];
}

crate::event! {
    /// An invoice was paid: first receipt of an Invoice.
    pub struct InvoicePaid {
        /// Plan whose mint, destination and vault it was paid by.
        pub plan: Address,
        /// Who paid.
        pub wallet: Address,
        /// Token account that paid.
        pub payer_token: Address,
        /// Chosen by the org.
        pub id: u64,
        /// Until when it could be paid, Unix seconds.
        pub deadline: i64,
        /// How long its commission is held, seconds.
        pub hold_secs: u32,
        /// Commission of each referral level, basis points.
        pub commission_bps: [u16; REFERRAL_LEVELS],
        /// Zero.
        pub spare: [u8; 6],
        /// The payment.
        pub settlement: Settlement,
    }
    discriminator = [200, 211, 168, 170, 46, 82, 83, 186];
}

crate::event! {
    /// A campaign was created: first receipt of a Campaign.
    pub struct CampaignCreated {
        /// The org that gives.
        pub org: Address,
        /// Token that is given.
        pub mint: Address,
        /// Program that owns the mint.
        pub token_program: Address,
        /// Token account that holds what is given.
        pub vault: Address,
        /// As the org announced it.
        pub terms: CreateCampaignArgs,
    }
    discriminator = [9, 98, 69, 61, 53, 131, 64, 152];
}

crate::event! {
    /// A campaign has another root or cap: receipt of a Campaign.
    pub struct RootSet {
        /// Most that may be claimed in all, in the mint's smallest unit.
        pub cap: u64,
        /// Merkle root over the vouchers.
        pub root: [u8; 32],
    }
    discriminator = [244, 111, 125, 198, 147, 106, 193, 26];
}

crate::event! {
    /// Vouchers of a page can be claimed: first receipt of a NullifierPage.
    pub struct PageOpened {
        /// The campaign.
        pub campaign: Address,
        /// Its number.
        pub number: u32,
        /// Zero.
        pub spare: [u8; 4],
    }
    discriminator = [22, 222, 69, 162, 219, 120, 67, 183];
}

crate::event! {
    /// A voucher was paid: receipt of a NullifierPage or a Claim.
    pub struct VoucherClaimed {
        /// The campaign.
        pub campaign: Address,
        /// Who claimed.
        pub wallet: Address,
        /// Token account that received it.
        pub destination: Address,
        /// What the voucher says, in the mint's smallest unit.
        pub entitled: u64,
        /// What was paid.
        pub amount: u64,
        /// The voucher's number.
        pub index: u32,
        /// Zero.
        pub spare: [u8; 4],
    }
    discriminator = [45, 117, 206, 58, 70, 216, 79, 135];
}

crate::event! {
    /// A stake pool was created: first receipt of a StakePool.
    pub struct PoolCreated {
        /// The org.
        pub org: Address,
        /// Token that is staked.
        pub stake_mint: Address,
        /// Token that is given.
        pub reward_mint: Address,
        /// Token account that holds what is staked.
        pub stake_vault: Address,
        /// Token account that holds what is to be given.
        pub reward_vault: Address,
        /// Chosen by the org.
        pub id: u64,
    }
    discriminator = [202, 44, 41, 88, 104, 220, 157, 82];
}

crate::event! {
    /// Rewards were put in: receipt of a StakePool.
    pub struct PoolFunded {
        /// What was put in, in the reward mint's smallest unit.
        pub amount: u64,
        /// What is streamed from now on: with what was left and what was forfeited.
        pub budget: u64,
        /// Until when, Unix seconds.
        pub streams_until: i64,
    }
    discriminator = [164, 221, 242, 68, 164, 64, 24, 214];
}

crate::event! {
    /// A wallet staked: receipt of a Position.
    pub struct Staked {
        /// The pool.
        pub pool: Address,
        /// Who staked.
        pub wallet: Address,
        /// What was added, in the mint's smallest unit.
        pub amount: u64,
        /// What the position holds now.
        pub staked: u64,
    }
    discriminator = [11, 146, 45, 205, 230, 58, 213, 240];
}

crate::event! {
    /// A wallet took out what it had staked: receipt of a Position.
    pub struct Unstaked {
        /// What was taken out, in the mint's smallest unit.
        pub amount: u64,
        /// What the position holds now.
        pub staked: u64,
    }
    discriminator = [27, 179, 156, 215, 47, 71, 195, 7];
}

crate::event! {
    /// A wallet took its rewards: receipt of a Position.
    pub struct Harvested {
        /// What was paid, in the reward mint's smallest unit.
        pub amount: u64,
        /// Token account that received it.
        pub destination: Address,
    }
    discriminator = [249, 229, 78, 151, 106, 185, 149, 11];
}

crate::event! {
    /// The account was closed: the last receipt of its life, whatever its kind.
    pub struct Closed {
        /// What its rent payer got back.
        pub lamports: u64,
        /// Its receipt head before this receipt, so that the chain can be proved without the account.
        pub head: [u8; 32],
    }
    discriminator = [50, 31, 87, 155, 135, 220, 195, 239];
}
