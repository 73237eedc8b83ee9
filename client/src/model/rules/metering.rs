//! Periods of metered plans, and how much of an approval their statements use up.

use super::schedule;
use tessera_types::{accounts::Subscription, events::Settlement};

/// Whether usage was stated for the latest period.
pub(crate) fn is_stated(it: &Subscription) -> bool {
    it.period_flags & Settlement::STATED != 0
}

/// Whether the latest period is of a metered plan and its usage is not stated, so it is not paid
/// yet.
pub(crate) fn is_unstated(it: &Subscription) -> bool {
    schedule::is_metered(it) && !is_stated(it)
}

/// Whether a statement at `now` (Unix seconds) counts in that period.
pub(crate) fn lasts(it: &Subscription, now: i64) -> bool {
    now < it.next_due
}

/// How much of the approval a statement at `now` uses up: the cap, plus the cap of a period that
/// ended without a statement.
pub(crate) fn spent(it: &Subscription, now: i64) -> u128 {
    let unused = !lasts(it, now) && !is_stated(it);
    u128::from(it.terms.price) * (1 + u128::from(unused))
}
