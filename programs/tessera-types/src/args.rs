//! Instruction arguments. On the wire: the instruction's one-byte number, then the structure.

mod giving;

pub use giving::*;

use crate::{Address, accounts::OrgSettings};

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
    /// `set_config`
    SetConfig = 12,
    /// `update_org`
    UpdateOrg = 13,
    /// `propose_authority`
    ProposeAuthority = 14,
    /// `accept_authority`
    AcceptAuthority = 15,
    /// `pause_org`
    PauseOrg = 16,
    /// `sunset_plan`
    SunsetPlan = 17,
    /// `transfer_code`
    TransferCode = 18,
    /// `accept_code`
    AcceptCode = 19,
    /// `mark_past_due`
    MarkPastDue = 20,
    /// `cancel_now`
    CancelNow = 21,
    /// `resume`
    Resume = 22,
    /// `pause`
    Pause = 23,
    /// `change_plan`
    ChangePlan = 24,
    /// `refund`
    Refund = 25,
    /// `release`
    Release = 26,
    /// `pay_invoice`
    PayInvoice = 27,
    /// `charge_up_to`
    ChargeUpTo = 28,
    /// `create_campaign`
    CreateCampaign = 29,
    /// `set_root`
    SetRoot = 30,
    /// `open_page`
    OpenPage = 31,
    /// `claim_voucher`
    ClaimVoucher = 32,
    /// `create_pool`
    CreatePool = 33,
    /// `fund_pool`
    FundPool = 34,
    /// `stake`
    Stake = 35,
    /// `unstake`
    Unstake = 36,
    /// `harvest`
    Harvest = 37,
    /// `close`
    Close = 38,
    /// `close_vault`
    CloseVault = 39,
    /// `close_campaign`
    CloseCampaign = 40,
    /// `close_pool`
    ClosePool = 41,
    /// The program's call to itself, which carries a receipt.
    Receipt = crate::carrier::SELF_CALL,
}

crate::part! {
    /// Arguments of `create_org`.
    pub struct CreateOrgArgs {
        /// Unique among the creator's.
        pub id: u64,
        /// First bytes of the cluster's genesis hash; quotes name it.
        pub cluster_tag: [u8; 8],
        /// What the authority may change later.
        pub settings: OrgSettings,
    }
}

crate::part! {
    /// Arguments of `create_plan`; amounts in the mint's smallest unit, times in seconds.
    pub struct CreatePlanArgs {
        /// Above that of every earlier plan of the org.
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
        /// Length of a period; 0 when it is counted in months.
        pub period_secs: u32,
        /// Free time before the first charge.
        pub trial_secs: u32,
        /// How late a charge still keeps the billing day, at most half a period.
        pub grace_secs: u32,
        /// Length of a period in calendar months (UTC), 1 to 12; 0 when it is counted in seconds.
        pub period_months: u8,
        /// [`Plan`](crate::accounts::Plan)'s flags.
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
    /// The terms that a subscriber agrees to, in `subscribe` and `change_plan`.
    pub struct SignedTerms {
        /// Price of a period that he expects: the plan's, or the quote's.
        pub price: u64,
        /// The transaction is void after this time, Unix seconds.
        pub deadline: i64,
        /// Deadline inside the quote; 0 without a quote.
        pub quote_deadline: i64,
        /// Nonce inside the quote, above every earlier one of the subscription; 0 without a quote.
        pub quote_nonce: u64,
        /// Length of a period that he expects, seconds; 0 when it is counted in months.
        pub period_secs: u32,
        /// Later periods whose collection he approves now, at least 1.
        pub approved_periods: u32,
        /// Most periods that the quote may be approved for; 0 without a quote.
        pub quote_most_periods: u32,
        /// Length of a period that he expects, calendar months.
        pub period_months: u8,
        /// 1: a signed quote sets the price.
        pub quoted: u8,
        /// Where in the transaction the quote's verification is expected; it is found elsewhere,
        /// too, for a few compute units more.
        pub quote_index: u8,
        /// 1: replace another program's delegate on the token account.
        pub replace_delegate: u8,
        /// [`Plan::PERMANENT_DELEGATE`](crate::accounts::Plan) and
        /// [`Plan::METERED`](crate::accounts::Plan) where the plan has them, else 0.
        pub consents: u8,
        /// Zero.
        pub spare: [u8; 7],
    }
}

crate::part! {
    /// Arguments of `subscribe`.
    pub struct SubscribeArgs {
        /// What he agrees to.
        pub terms: SignedTerms,
        /// Free time that he expects, seconds: the plan's for a member's first, else 0.
        pub trial_secs: u32,
        /// Zero.
        pub spare: [u8; 4],
    }
}

crate::part! {
    /// Arguments of `cancel` and `cancel_now`: the agreement that it ends, so that a kept signature ends no later
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
        /// The issuer's life; 0 at first.
        pub life: u64,
        /// Its `receipt_seq`, so that an older signature changes nothing back; 0 at first.
        pub seq: u64,
        /// Length of an epoch, seconds.
        pub epoch_secs: u32,
        /// Zero.
        pub spare: [u8; 4],
    }
}

crate::part! {
    /// Arguments of `award`.
    pub struct AwardArgs {
        /// How many, at least 1.
        pub points: u64,
        /// Number of this award among the issuer's: each counts once, in any order within a window
        /// below the highest.
        pub reference: u64,
        /// The issuer's life: numbers start over in each.
        pub life: u64,
        /// The issuer's own words.
        pub memo: [u8; 16],
    }
}

crate::part! {
    /// Arguments of `redeem`.
    pub struct RedeemArgs {
        /// How many, at least 1.
        pub points: u64,
        /// Number of this redemption among the member's: each counts once, in any order within a
        /// window below the highest.
        pub reference: u64,
        /// The order that they are spent on.
        pub memo: [u8; 16],
    }
}

crate::part! {
    /// Arguments of `set_config`.
    pub struct ConfigArgs {
        /// The config's `receipt_seq`: 0 at first.
        pub seq: u64,
        /// Most that all referral levels of an org may take together, basis points.
        pub max_commission_bps: u16,
        /// [`Config::PAUSE_CREATION`](crate::accounts::Config), the rest zero.
        pub pause_flags: u8,
        /// Zero.
        pub spare: [u8; 5],
    }
}

crate::part! {
    /// Arguments of `update_org`.
    pub struct UpdateOrgArgs {
        /// The org's `receipt_seq`, so that an older signature changes nothing back.
        pub seq: u64,
        /// All of them.
        pub settings: OrgSettings,
    }
}

crate::part! {
    /// Arguments of `propose_authority`, for an org or the config.
    pub struct ProposeAuthorityArgs {
        /// The account's `receipt_seq`.
        pub seq: u64,
        /// Who may accept; zero takes the proposal back.
        pub pending: Address,
    }
}

crate::part! {
    /// Arguments of `pause_org`.
    pub struct PauseOrgArgs {
        /// The org's `receipt_seq`.
        pub seq: u64,
        /// What the program's admin pauses, in the bits of `pause_flags`.
        pub flags: u8,
        /// Zero.
        pub spare: [u8; 7],
    }
}

crate::part! {
    /// Arguments of `sunset_plan`.
    pub struct SunsetPlanArgs {
        /// No new subscription from this time on, Unix seconds: not before now, and not after the time
        /// that was set before.
        pub at: i64,
    }
}

crate::part! {
    /// Arguments of `transfer_code`.
    pub struct TransferCodeArgs {
        /// The code's life.
        pub life: u64,
        /// Its `receipt_seq`.
        pub seq: u64,
        /// Who may accept; zero takes the offer back.
        pub pending_owner: Address,
    }
}

crate::part! {
    /// Arguments of `resume`.
    pub struct ResumeArgs {
        /// The subscription's life.
        pub life: u64,
        /// Its `receipt_seq`, so that this happens once.
        pub seq: u64,
        /// The transaction is void after this time, Unix seconds.
        pub deadline: i64,
        /// 1: replace another program's delegate on the token account.
        pub replace_delegate: u8,
        /// Zero.
        pub spare: [u8; 7],
    }
}

crate::part! {
    /// Arguments of `pause`.
    pub struct PauseArgs {
        /// The subscription's life.
        pub life: u64,
        /// Its `receipt_seq`, so that this happens once.
        pub seq: u64,
        /// No charge before this time, Unix seconds; a time that has passed ends the pause.
        pub until: i64,
    }
}

crate::part! {
    /// Arguments of `change_plan`.
    pub struct ChangePlanArgs {
        /// What he agrees to.
        pub terms: SignedTerms,
        /// The subscription's life.
        pub life: u64,
        /// Its `agreement_seq`.
        pub agreement_seq: u64,
        /// Most that may be debited now, in the mint's smallest unit.
        pub most_debit: u64,
        /// 1: the new plan follows when the period ends; 0: a new period begins now.
        pub at_period_end: u8,
        /// Zero.
        pub spare: [u8; 7],
    }
}

crate::part! {
    /// Arguments of `refund`.
    pub struct RefundArgs {
        /// What goes back, in the mint's smallest unit, at most what is left of the last debit.
        pub amount: u64,
        /// The subscription's or invoice's life.
        pub life: u64,
        /// Its `receipt_seq`, so that this happens once.
        pub seq: u64,
    }
}

crate::part! {
    /// Arguments of `pay_invoice`.
    pub struct PayInvoiceArgs {
        /// Chosen by the org.
        pub id: u64,
        /// What is paid, in the mint's smallest unit.
        pub amount: u64,
        /// Points that it gives.
        pub points: u64,
        /// It is void after this time, Unix seconds.
        pub deadline: i64,
        /// Where in the transaction the invoice's verification is expected.
        pub quote_index: u8,
        /// As in `subscribe`.
        pub consents: u8,
        /// Zero.
        pub spare: [u8; 6],
    }
}

crate::part! {
    /// Arguments of `charge_up_to`.
    pub struct ChargeUpToArgs {
        /// What is collected for the period, in the mint's smallest unit: the usage, up to the price.
        pub amount: u64,
        /// The subscription's life.
        pub life: u64,
        /// Its `receipt_seq`, so that this happens once.
        pub seq: u64,
    }
}
