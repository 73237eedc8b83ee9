//! What a token account approves its authority for: all that its live subscriptions may collect.

use super::schedule;
use tessera_types::{
    accounts::{Authority, Subscription, SubscriptionState},
    events::Settlement,
};

/// What a subscription may still collect.
pub(crate) fn remaining(it: &Subscription) -> u128 {
    if schedule::has_pending(it) {
        return u128::from(it.pending_price) * (u128::from(it.pending_periods) + 1);
    }
    // Of a metered plan the period that runs is still to be paid.
    let stated = it.period_flags & Settlement::STATED != 0;
    let unpaid = u128::from(schedule::is_metered(it) && !stated);
    u128::from(it.terms.price) * (schedule::periods_left(it) + unpaid)
}

pub(crate) fn clip(amount: u128) -> u64 {
    u64::try_from(amount).unwrap_or(u64::MAX)
}

/// Stops counting a subscription that ends, when it counts.
pub(crate) fn remove(authority: &mut Authority, it: &Subscription) {
    let counts = it.authority_generation == authority.generation;
    if counts && SubscriptionState::is_live(it.state) {
        let rest = u128::from(authority.outstanding).saturating_sub(remaining(it));
        authority.outstanding = clip(rest);
        authority.live_subscriptions = authority.live_subscriptions.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use tessera_types::{ID, accounts::Plan};

    #[test]
    fn what_remains_is_what_was_signed_and_is_not_collected() {
        let mut it = Subscription::zeroed();
        it.terms.price = 10;
        it.terms.approved_periods = 3;
        it.periods_paid = 1;
        assert_eq!(remaining(&it), 30);
        it.consents = Plan::METERED;
        assert_eq!(remaining(&it), 40);
        it.period_flags = Settlement::STATED;
        assert_eq!(remaining(&it), 30);
        it.pending_plan = ID;
        (it.pending_price, it.pending_periods) = (7, 2);
        assert_eq!(remaining(&it), 21);
    }
}
