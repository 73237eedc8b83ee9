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
    Address, REFERRAL_LEVELS, TIERS,
    accounts::{Terms, Tier},
    args::CreatePlanArgs,
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
    /// Where the money of one period went, in the mint's smallest unit.
    /// `debit = merchant + keeper_fee + sum of ledger shares`.
    pub struct Settlement {
        /// Taken from the payer: the locked price.
        pub debit: u64,
        /// Received by the plan's destination.
        pub merchant: u64,
        /// Received by the one who cranked the charge.
        pub keeper_fee: u64,
        /// Points that the payer's member account received.
        pub points: u64,
        /// Start of the period that is paid, Unix seconds.
        pub period_start: i64,
        /// Until when service is now paid, Unix seconds.
        pub paid_through: i64,
        /// How many shares follow.
        pub levels: u8,
        /// [`Settlement::VAULT_FROZEN`], the rest zero.
        pub flags: u8,
        /// Zero.
        pub spare: [u8; 6],
    }
}

crate::bits! {
    Settlement {
        /// Set in `flags`: the vault was frozen, so no level accrued and the merchant got their part.
        pub const VAULT_FROZEN: u8 = 1;
    }
}

crate::plain! {
    /// Commission of one referral level.
    pub struct LedgerShare {
        /// The ledger.
        pub ledger: Address,
        /// What it accrued, in the mint's smallest unit.
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
        /// Who signs its quotes.
        pub quote_authority: Address,
        /// Who owns its plans' destinations.
        pub treasury: Address,
        /// Chosen by the creator.
        pub id: u64,
        /// First bytes of the cluster's genesis hash, as stated.
        pub cluster_tag: [u8; 8],
        /// Loyalty tiers.
        pub tiers: [Tier; TIERS],
        /// Hold on commission, seconds.
        pub hold_secs: u32,
        /// Commission of each level, basis points.
        pub commission_bps: [u16; REFERRAL_LEVELS],
        /// Zero.
        pub spare: [u8; 6],
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
    /// A wallet signed terms and paid the first period: receipt of a Subscription.
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
        /// What the subscriber consents to: [`Plan::PERMANENT_DELEGATE`](crate::accounts::Plan), the
        /// rest zero.
        pub consents: u8,
        /// Zero.
        pub spare: [u8; 7],
        /// The first period.
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
    /// The wallet ended the subscription: receipt of a Subscription.
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
