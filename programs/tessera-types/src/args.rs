//! Instruction arguments. On the wire: the instruction's one-byte number, then the structure.

use crate::{Address, REFERRAL_LEVELS, TIERS, accounts::Tier};

/// The instruction's number, first byte of its data. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum InstructionNumber {
    /// `create_org`
    CreateOrg = 0,
    /// `create_plan`
    CreatePlan = 1,
    /// `register_member`
    RegisterMember = 2,
    /// `create_code`
    CreateCode = 3,
    /// `open_ledger`
    OpenLedger = 4,
    /// `subscribe`
    Subscribe = 5,
    /// `charge`
    Charge = 6,
    /// `cancel`
    Cancel = 7,
    /// `claim_commission`
    ClaimCommission = 8,
    /// `set_issuer`
    SetIssuer = 9,
    /// `award`
    Award = 10,
    /// `redeem`
    Redeem = 11,
    /// The program's call to itself, which carries a receipt.
    Receipt = crate::carrier::SELF_CALL,
}

crate::part! {
    /// Arguments of `create_org`.
    pub struct CreateOrgArgs {
        /// Unique among the creator's.
        pub id: u64,
        /// Who signs quotes.
        pub quote_authority: Address,
        /// Wallet that owns the destinations of plans.
        pub treasury: Address,
        /// First bytes of the cluster's genesis hash; quotes name it.
        pub cluster_tag: [u8; 8],
        /// By rising threshold, unused ones last.
        pub tiers: [Tier; TIERS],
        /// Hold on commission, seconds.
        pub hold_secs: u32,
        /// Commission of each level, basis points.
        pub commission_bps: [u16; REFERRAL_LEVELS],
        /// Zero.
        pub spare: [u8; 6],
    }
}

crate::part! {
    /// Arguments of `create_plan`; amounts in the mint's smallest unit, times in seconds.
    pub struct CreatePlanArgs {
        /// Never reused within the org.
        pub id: u64,
        /// Price without a quote.
        pub price: u64,
        /// Least quoted price.
        pub price_floor: u64,
        /// Highest quoted price.
        pub price_ceiling: u64,
        /// Points for each charge.
        pub points_per_charge: u64,
        /// What a cranker is paid at the end of the grace time; less before.
        pub keeper_fee_cap: u64,
        /// No period starts from here on, Unix seconds.
        pub ends_at: i64,
        /// Length of a period.
        pub period_secs: u32,
        /// Zero today.
        pub trial_secs: u32,
        /// How late a charge still keeps the billing day, at most half a period.
        pub grace_secs: u32,
        /// Zero today.
        pub period_months: u8,
        /// [`Plan::PERMANENT_DELEGATE`](crate::accounts::Plan), the rest zero.
        pub flags: u8,
        /// Zero.
        pub spare: [u8; 2],
    }
}

crate::part! {
    /// Arguments of `create_code`.
    pub struct CreateCodeArgs {
        /// 3 to 16 of `A-Z`, `0-9`, `_`, `-`; zero-padded.
        pub code: [u8; 16],
    }
}

crate::part! {
    /// Arguments of `subscribe`: the terms that the subscriber agrees to.
    pub struct SubscribeArgs {
        /// Price of a period that he expects: the plan's, or the quote's.
        pub expected_price: u64,
        /// The transaction is void after this time, Unix seconds.
        pub deadline: i64,
        /// Deadline inside the quote; 0 without a quote.
        pub quote_deadline: i64,
        /// Nonce inside the quote, above every earlier one of the subscription; 0 without a quote.
        pub quote_nonce: u64,
        /// Length of a period that he expects, seconds.
        pub expected_period_secs: u32,
        /// Later periods whose collection he approves now, at least 1.
        pub approved_periods: u32,
        /// Most periods that the quote may be approved for; 0 without a quote.
        pub quote_most_periods: u32,
        /// 1: a signed quote sets the price.
        pub quoted: u8,
        /// Where in the transaction the quote's verification is expected; it is found elsewhere,
        /// too, for a few compute units more.
        pub quote_index: u8,
        /// 1: replace another program's delegate on the token account.
        pub replace_delegate: u8,
        /// [`Plan::PERMANENT_DELEGATE`](crate::accounts::Plan) where the plan has it, else 0.
        pub consents: u8,
    }
}

crate::part! {
    /// Arguments of `cancel`: the agreement that it ends, so that a kept signature ends no later
    /// one.
    pub struct CancelArgs {
        /// The subscription's life.
        pub life: u64,
        /// Its `agreement_seq`.
        pub agreement_seq: u64,
    }
}

crate::part! {
    /// Arguments of `claim_commission`.
    pub struct ClaimCommissionArgs {
        /// To pay out, in the mint's smallest unit; `u64::MAX` is all that can be claimed.
        pub amount: u64,
    }
}

crate::part! {
    /// Arguments of `set_issuer`.
    pub struct SetIssuerArgs {
        /// Points for one epoch; 0 disables the issuer.
        pub epoch_budget: u64,
        /// Length of an epoch, seconds.
        pub epoch_secs: u32,
        /// Zero.
        pub spare: [u8; 4],
    }
}

crate::part! {
    /// Arguments of `award` and `redeem`.
    pub struct PointsArgs {
        /// How many, at least 1.
        pub points: u64,
        /// Number of this award among the issuer's, or of this redemption among the member's: each
        /// counts once, in any order within a window below the highest.
        pub reference: u64,
        /// The caller's own words.
        pub memo: [u8; 16],
    }
}
