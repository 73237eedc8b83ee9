use crate::{Address, REFERRAL_LEVELS};

crate::account! {
    /// A wallet's agreement to a plan. Seeds: `subscription`, plan, wallet.
    ///
    /// The terms are those that the wallet signed; no later change of plan or org reaches them.
    pub struct Subscription {
        /// The plan.
        pub plan: Address,
        /// Who pays.
        pub wallet: Address,
        /// Commission ledgers of the referral levels, nearest first; zero is none.
        pub ledgers: [Address; REFERRAL_LEVELS],
        /// Who paid for this account.
        pub rent_payer: Address,
        /// SHA-256 chain over the receipts of this account.
        pub receipt_head: [u8; 32],
        /// Number of receipts.
        pub receipt_seq: u64,
        /// Locked price of a period, in the mint's smallest unit.
        pub price: u64,
        /// When the wallet last signed terms, Unix seconds.
        pub subscribed_at: i64,
        /// From when the next period can be charged, Unix seconds.
        pub next_due: i64,
        /// Until when service is paid, Unix seconds.
        pub paid_through: i64,
        /// Generation of the authority at the signature.
        pub authority_generation: u32,
        /// Periods paid since the wallet last signed terms.
        pub periods_paid: u32,
        /// Periods after the first that may be collected on these terms.
        pub approved_periods: u32,
        /// Commission of each level at the signature, basis points.
        pub commission_bps: [u16; REFERRAL_LEVELS],
        /// A [`SubscriptionState`].
        pub state: u8,
        /// Failed collections since the last paid period; reserved, zero today.
        pub attempts: u8,
        /// Layout version.
        pub version: u8,
        /// Bump of this address.
        pub bump: u8,
        /// Bump of the authority's address.
        pub authority_bump: u8,
        /// Zero, for later fields.
        pub spare: [u8; 9],
    }
    discriminator = [64, 7, 26, 135, 102, 132, 98, 33];
}

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum SubscriptionState {
    /// In its free time; reserved.
    Trial = 1,
    /// Charged when due.
    Active = 2,
    /// A payment was missed; reserved.
    PastDue = 3,
    /// Ended by the wallet; paid time remains.
    Cancelled = 4,
    /// Ended by missed payments; reserved.
    Lapsed = 5,
}

impl SubscriptionState {
    /// The state with this code, if any.
    pub fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::Trial,
            2 => Self::Active,
            3 => Self::PastDue,
            4 => Self::Cancelled,
            5 => Self::Lapsed,
            _ => return None,
        })
    }

    /// Whether a subscription with this state code can still be charged.
    pub fn is_live(code: u8) -> bool {
        matches!(
            Self::from_code(code),
            Some(Self::Trial | Self::Active | Self::PastDue)
        )
    }
}
