use super::Header;
use crate::{
    Address, REFERRAL_LEVELS, TIERS,
    calendar::{day_of_month, period_end},
    math::{Result, bps_of},
    seeded::{Bug, seeded},
};

crate::account! {
    /// A wallet's agreement to a plan. Seeds: `subscription`, first plan, wallet.
    ///
    /// `state` is as of the last receipt: whether somebody is a paying customer at a moment is
    /// `paid_through > now`, also after a cancellation.
    pub struct Subscription {
        /// Version, life, rent payer, receipts.
        pub header: Header,
        /// The plan that it is under.
        pub plan: Address,
        /// Who pays.
        pub wallet: Address,
        /// Token account that pays; part of what the wallet signed.
        pub payer_token: Address,
        /// Commission ledgers of the referral levels, nearest first; zero is none.
        pub ledgers: [Address; REFERRAL_LEVELS],
        /// The plan that it was opened under, which is part of its address: a change of plan changes
        /// `plan`.
        pub first_plan: Address,
        /// Plan that follows at the end of the period; zero is none.
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
        /// No charge before this time, by the customer's wish, Unix seconds.
        pub paused_until: i64,
        /// What the last charge took, in the mint's smallest unit.
        pub period_debit: u64,
        /// What of it was paid back.
        pub period_refunded: u64,
        /// What an earlier plan's unused time was worth in it, on top of the debit.
        pub period_credit: u64,
        /// Points that the last charge gave.
        pub period_points: u64,
        /// Price of a period under the pending plan, as signed.
        pub pending_price: u64,
        /// Periods after the first that may be collected under the pending plan.
        pub pending_periods: u32,
        /// Periods paid since the wallet last signed terms, the first included.
        pub periods_paid: u32,
        /// A [`SubscriptionState`].
        pub state: u8,
        /// Bump of the authority's address.
        pub authority_bump: u8,
        /// [`Settlement::flags`](crate::events::Settlement) of the last charge.
        pub period_flags: u8,
        /// What the subscriber consents to: [`Plan::PERMANENT_DELEGATE`](super::Plan) and
        /// [`Plan::METERED`](super::Plan), the rest zero.
        pub consents: u8,
        /// How many referral levels have a ledger.
        pub levels: u8,
        /// Zero, for later fields.
        pub spare: [u8; 27],
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
        /// Discount of each tier, basis points of the price.
        pub discount_bps: [u16; TIERS],
        /// Length of a period in calendar months (UTC); 0 when it is counted in seconds.
        pub period_months: u8,
        /// Day of the month that periods begin on, from 1, or the last where a month is shorter; 0 when
        /// they are counted in seconds.
        pub anchor_day: u8,
    }
}

impl Terms {
    /// Extra points in a tier as [`Org::tier_for`](super::Org::tier_for) counts it, basis points.
    pub fn boost_in(&self, tier: u8) -> u16 {
        in_tier(&self.boost_bps, tier)
    }

    /// Discount in such a tier, basis points.
    pub fn discount_in(&self, tier: u8) -> u16 {
        in_tier(&self.discount_bps, tier)
    }

    /// Price of a period in such a tier, in the mint's smallest unit.
    pub fn price_in(&self, tier: u8) -> u64 {
        self.price - bps_of(self.price, self.discount_in(tier))
    }

    /// End of the period that begins at `start` (Unix seconds). Refused on overflow.
    pub fn end_of(&self, start: i64) -> Result<i64> {
        period_end(start, self.period_secs, self.period_months, self.anchor_day)
    }
}

/// Of the tiers from 1 on, `tier`'s; tier 0 has nothing.
#[inline(always)]
fn in_tier(tiers: &[u16; TIERS], tier: u8) -> u16 {
    let place = usize::from(tier).wrapping_sub(1);
    tiers.get(place).copied().unwrap_or(0)
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
        /// In its free time.
        Trial = 1,
        /// Charged when due.
        Active = 2,
        /// A payment was missed; a charge within the grace time makes up for it.
        PastDue = 3,
        /// Ended by the wallet; paid time remains.
        Cancelled = 4,
        /// Ended by missed payments, or because nothing was left to collect.
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
            .saturating_add(1 + u32::from(seeded(Bug::ExtraPeriod)))
            .saturating_sub(self.periods_paid)
    }

    /// Forgets the plan that was to follow.
    pub fn drop_pending(&mut self) {
        self.pending_plan = crate::NO_ADDRESS;
        self.pending_price = 0;
        self.pending_periods = 0;
    }

    /// Whether its org states what a period costs.
    pub fn is_metered(&self) -> bool {
        self.consents & super::Plan::METERED != 0
    }

    /// Whether the period that runs is of a metered plan and its usage is not stated: nothing is paid
    /// for it yet.
    pub fn is_unstated(&self) -> bool {
        self.is_metered() && self.period_flags & crate::events::Settlement::STATED == 0
    }

    /// From when a period that is due cannot be collected any more: a whole one was missed, or the
    /// grace time of a payment that is known to have been missed.
    pub fn lapses_at(&self) -> i64 {
        if self.state == SubscriptionState::PastDue as u8 {
            let grace = i64::from(self.terms.grace_secs);
            return self.next_due.saturating_add(grace).saturating_add(1);
        }
        self.due_ends_at().unwrap_or(i64::MAX)
    }

    /// When the period ends that begins when the next one is due: after a gap it has a billing day of
    /// its own. Refused on overflow.
    pub fn due_ends_at(&self) -> Result<i64> {
        let terms = &self.terms;
        let mut anchor_day = terms.anchor_day;
        if terms.period_months > 0 && self.next_due != self.paid_through {
            anchor_day = day_of_month(self.next_due)?;
        }
        let (secs, months) = (terms.period_secs, terms.period_months);
        period_end(self.next_due, secs, months, anchor_day)
    }

    /// Whether a charge can still come: nobody ended it, a period is left, the plan has not ended
    /// and it has not lapsed. `plan_ends_at` and `now` in Unix seconds.
    pub fn is_collectable(&self, plan_ends_at: i64, now: i64) -> bool {
        let pending = self.pending_plan != crate::NO_ADDRESS;
        SubscriptionState::is_live(self.state)
            && (self.periods_left() > 0 || pending)
            && now.max(self.next_due) < plan_ends_at
            && now < self.lapses_at()
    }
}
