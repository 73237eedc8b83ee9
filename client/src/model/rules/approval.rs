//! What a token account approves for its authority: all that its live subscriptions may still
//! collect.

use super::{metering, schedule, word};
use tessera_types::accounts::{Authority, Subscription};

/// What a subscription may still collect.
pub(crate) fn remaining(it: &Subscription) -> u128 {
    if schedule::has_pending(it) {
        return u128::from(it.pending_price) * (u128::from(it.pending_periods) + 1);
    }
    // The current period of a metered plan is still to be paid.
    let unpaid = u128::from(metering::is_unstated(it));
    u128::from(it.terms.price) * (schedule::periods_left(it) + unpaid)
}

/// The state of a token account when its wallet signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Met {
    /// Whether it approves its authority for all that is outstanding.
    pub approved: bool,
    /// The slot of that state.
    pub slot: u64,
}

/// Starts a new generation if the token account does not approve what is outstanding, or if that
/// was signed by another wallet (`theirs` is false). Nothing that was signed before then counts.
pub(crate) fn meet(authority: &mut Authority, met: Met, theirs: bool) {
    // A new authority has no generation yet, although the token account may already approve it.
    if authority.generation == 0 || !met.approved || !theirs {
        authority.generation = authority.generation.saturating_add(1).max(met.slot);
        authority.outstanding = 0;
        authority.live_subscriptions = 0;
    }
}

/// Counts a subscription that was just signed, and returns what is outstanding with it, which the
/// account must have room for.
pub(crate) fn add(authority: &mut Authority, it: &mut Subscription) -> u128 {
    it.authority_generation = authority.generation;
    let outstanding = u128::from(authority.outstanding) + remaining(it);
    authority.outstanding = word(outstanding);
    authority.live_subscriptions = authority.live_subscriptions.saturating_add(1);
    outstanding
}

/// Stops counting a subscription that ends, if it was counted.
pub(crate) fn remove(authority: &mut Authority, it: &Subscription) {
    let counts = it.authority_generation == authority.generation;
    if counts && schedule::is_live(it.state) {
        let rest = u128::from(authority.outstanding).saturating_sub(remaining(it));
        authority.outstanding = word(rest);
        authority.live_subscriptions = authority.live_subscriptions.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use tessera_types::{ID, accounts::Plan, events::Settlement};

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
