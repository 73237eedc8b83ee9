//! How a signature changes a subscription.

use super::{payment, schedule};
use tessera_types::{
    Address, REFERRAL_LEVELS,
    accounts::{Subscription, SubscriptionState},
    events::{PlanChanged, Subscribed},
};

/// When a new plan comes into force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begins {
    AtPeriodEnd,
    /// Within the trial, which stays.
    InTrial,
    Now,
}

impl Begins {
    pub(crate) fn of(before: &Subscription, at_period_end: bool) -> Self {
        if at_period_end {
            Self::AtPeriodEnd
        } else if before.state == SubscriptionState::Trial as u8 {
            Self::InTrial
        } else {
            Self::Now
        }
    }
}

/// A subscription as it was signed, by a member whose referrers have these ledgers.
pub(crate) fn subscribed(
    before: &Subscription,
    event: &Subscribed,
    ledgers: [Address; REFERRAL_LEVELS],
) -> Subscription {
    let in_trial = event.trial_ends_at != 0;
    let settlement = &event.settlement;
    let mut it = *before;
    it.plan = event.plan;
    it.payer_token = event.payer_token;
    it.ledgers = ledgers;
    it.levels = payment::levels(&ledgers);
    it.terms = event.terms;
    it.paused_until = 0;
    it.state = match in_trial {
        true => SubscriptionState::Trial as u8,
        false => SubscriptionState::Active as u8,
    };
    schedule::forget_pending(&mut it);
    payment::book(&mut it, settlement);
    it.periods_paid = u32::from(!in_trial);
    it.agreement_seq = event.receipt.seq;
    it.authority_generation = event.authority_generation;
    it.subscribed_at = event.receipt.at;
    it.consents = event.consents;
    use_quote(&mut it, event.quote_nonce, event.quote_deadline);
    it
}

/// A subscription whose wallet signed another plan.
pub(crate) fn changed(before: &Subscription, event: &PlanChanged) -> Subscription {
    let mut it = *before;
    schedule::forget_pending(&mut it);
    match Begins::of(before, event.at_period_end != 0) {
        // The earlier signature goes on.
        Begins::AtPeriodEnd if event.plan == before.plan => {}
        Begins::AtPeriodEnd => {
            it.pending_plan = event.plan;
            it.pending_price = event.terms.price;
            it.pending_periods = event.terms.approved_periods;
        }
        Begins::InTrial => (it.plan, it.terms) = (event.plan, event.terms),
        Begins::Now => {
            (it.plan, it.terms) = (event.plan, event.terms);
            it.state = SubscriptionState::Active as u8;
            it.paused_until = 0;
            it.periods_paid = 0;
            payment::book(&mut it, &event.settlement);
            it.period_credit = event.credit;
        }
    }
    it.agreement_seq = event.receipt.seq;
    it.authority_generation = event.authority_generation;
    it.subscribed_at = event.receipt.at;
    it.consents = event.consents;
    use_quote(&mut it, event.quote_nonce, event.quote_deadline);
    it
}

fn use_quote(it: &mut Subscription, nonce: u64, deadline: i64) {
    if nonce != 0 {
        it.quote_nonce = nonce;
        it.quote_deadline = it.quote_deadline.max(deadline);
    }
}
