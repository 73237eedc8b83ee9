use super::Header;
use crate::{Address, REFERRAL_LEVELS, TIERS};

crate::account! {
    /// A wallet's agreement to a plan. Seeds: `subscription`, plan, wallet.
    ///
    /// `state` is as of the last receipt: whether somebody is a paying customer at a moment is
    /// `paid_through > now`, also after a cancellation.
    pub struct Subscription {
        /// Version, life, rent payer, receipts.
        pub header: Header,
        /// The plan.
        pub plan: Address,
        /// Who pays.
        pub wallet: Address,
        /// Token account that pays; part of what the wallet signed.
        pub payer_token: Address,
        /// Commission ledgers of the referral levels, nearest first; zero is none.
        pub ledgers: [Address; REFERRAL_LEVELS],
        /// Plan that follows at the end of the period; reserved, zero today.
        pub pending_plan: Address,
        /// What the wallet signed; no later change of plan or org reaches it.
        pub terms: Terms,
        /// Receipt that these terms were signed in: the name of the agreement.
        pub agreement_seq: u64,
        /// Generation of the authority at the signature.
        pub authority_generation: u64,
        /// Highest nonce of a quote that was used here.
        pub quote_nonce: u64,
        /// Latest deadline of a quote that was used here, Unix seconds: no close before it.
        pub quote_deadline: i64,
        /// When the wallet last signed terms, Unix seconds.
        pub subscribed_at: i64,
        /// Start of the period that was charged last, Unix seconds.
        pub period_start: i64,
        /// Until when service is paid, Unix seconds.
        pub paid_through: i64,
        /// From when the next period can be charged, Unix seconds.
        pub next_due: i64,
        /// No charge before this time, by the customer's wish, Unix seconds; reserved, zero today.
        pub paused_until: i64,
        /// What the last charge took, in the mint's smallest unit.
        pub period_debit: u64,
        /// What of it was paid back; reserved, zero today.
        pub period_refunded: u64,
        /// Points that the last charge gave.
        pub period_points: u64,
        /// Periods paid since the wallet last signed terms, the first included.
        pub periods_paid: u32,
        /// A [`SubscriptionState`].
        pub state: u8,
        /// Failed collections since the last paid period; reserved, zero today.
        pub attempts: u8,
        /// Bump of the authority's address.
        pub authority_bump: u8,
        /// [`Settlement::flags`](crate::events::Settlement) of the last charge.
        pub period_flags: u8,
        /// What the subscriber consents to: [`Plan::PERMANENT_DELEGATE`](super::Plan), the rest
        /// zero.
        pub consents: u8,
        /// How many referral levels have a ledger.
        pub levels: u8,
        /// Zero, for later fields.
        pub spare: [u8; 30],
    }
    discriminator = [64, 7, 26, 135, 102, 132, 98, 33];
}

crate::part! {
    /// The terms of a subscription as they were signed. Times in seconds.
    pub struct Terms {
        /// Price of a period, in the mint's smallest unit.
        pub price: u64,
        /// Length of a period; 0 when it is counted in months.
        pub period_secs: u32,
        /// How late a charge still keeps the billing day.
        pub grace_secs: u32,
        /// How long the commission of its charges is held.
        pub hold_secs: u32,
        /// Periods after the first that may be collected.
        pub approved_periods: u32,
        /// Commission of each referral level, basis points of the debit.
        pub commission_bps: [u16; REFERRAL_LEVELS],
        /// Extra points of each tier, basis points of the plan's points.
        pub boost_bps: [u16; TIERS],
        /// Discount of each tier, basis points of the price; reserved, zero today.
        pub discount_bps: [u16; TIERS],
        /// Length of a period in calendar months; reserved, zero today.
        pub period_months: u8,
        /// Day of the month that periods begin on, from 1; reserved, zero today.
        pub anchor_day: u8,
    }
}

impl Terms {
    /// Extra points in a tier as [`Org::tier_for`](super::Org::tier_for) counts it, basis points.
    pub fn boost_in(&self, tier: u8) -> u16 {
        match tier {
            0 => 0,
            reached => self
                .boost_bps
                .get(usize::from(reached) - 1)
                .copied()
                .unwrap_or(0),
        }
    }
}

/// Declares the enumeration, and its values for the documents.
macro_rules! states {
    (
        $(#[doc = $about:literal])*
        pub enum $name:ident { $($(#[doc = $doc:literal])* $state:ident = $code:literal,)* }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum $name { $($(#[doc = $doc])* $state = $code,)* }

        crate::valued!($name, $($state = $code, [$($doc)*];)*);
    };
}

states! {
    /// Where a subscription stands.
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

    /// Whether nobody has ended a subscription with this state code.
    pub fn is_live(code: u8) -> bool {
        matches!(
            Self::from_code(code),
            Some(Self::Trial | Self::Active | Self::PastDue)
        )
    }
}

impl Subscription {
    /// Whether service is paid for at `now` (Unix seconds), whatever became of the agreement.
    pub fn is_paid(&self, now: i64) -> bool {
        now < self.paid_through
    }

    /// Periods that may still be collected on these terms.
    pub fn periods_left(&self) -> u32 {
        // The first period was paid at the signature and is not among the approved ones.
        self.terms
            .approved_periods
            .saturating_add(1)
            .saturating_sub(self.periods_paid)
    }

    /// From when a period that is due cannot be collected any more: a whole one was missed.
    pub fn lapses_at(&self) -> i64 {
        self.next_due
            .saturating_add(i64::from(self.terms.period_secs))
    }

    /// Whether a charge can still come: nobody ended it, a period is left, the plan has not ended
    /// and no whole period was missed. `plan_ends_at` and `now` in Unix seconds.
    pub fn is_collectable(&self, plan_ends_at: i64, now: i64) -> bool {
        SubscriptionState::is_live(self.state)
            && self.periods_left() > 0
            && now.max(self.next_due) < plan_ends_at
            && now < self.lapses_at()
    }
}
