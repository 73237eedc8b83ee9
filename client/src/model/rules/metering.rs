//! Periods of metered plans, and what of an approval their statements use up.

use super::schedule;
use tessera_types::{accounts::Subscription, events::Settlement};

/// Whether usage was stated for the period that was begun last.
pub(crate) fn is_stated(it: &Subscription) -> bool {
    it.period_flags & Settlement::STATED != 0
}

/// Whether the period that was begun last is of a metered plan and not paid yet: usage is not stated.
pub(crate) fn is_unstated(it: &Subscription) -> bool {
    schedule::is_metered(it) && !is_stated(it)
}

/// Whether a statement at `now` (Unix seconds) counts in that period.
pub(crate) fn lasts(it: &Subscription, now: i64) -> bool {
    now < it.next_due
}

/// What of the approval a statement at `now` uses up: the cap, and that of a period that ended
/// without one.
pub(crate) fn spent(it: &Subscription, now: i64) -> u128 {
    let unused = !lasts(it, now) && !is_stated(it);
    u128::from(it.terms.price) * (1 + u128::from(unused))
}
