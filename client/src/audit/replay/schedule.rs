//! When a period may be collected, in 128 bits.

use tessera_types::{
    accounts::{Plan, Subscription, SubscriptionState},
    events::Receipt,
};

fn later(time: i64, secs: u32) -> i128 {
    i128::from(time) + i128::from(secs)
}

/// Why the program should have refused a charge with this receipt; none when it comes in time.
pub(super) fn refusal(it: &Subscription, plan: &Plan, receipt: &Receipt) -> Option<&'static str> {
    let now = receipt.at;
    if !SubscriptionState::is_live(it.state) {
        Some("nobody is subscribed")
    } else if now < it.next_due {
        Some("it was not due")
    } else if u64::from(it.periods_paid) > u64::from(it.terms.approved_periods) {
        Some("no approved period was left")
    } else if now >= plan.ends_at {
        Some("the plan had ended")
    } else if i128::from(now) >= later(it.next_due, it.terms.period_secs) {
        Some("a whole period was missed")
    } else {
        None
    }
}

/// Whether nobody can charge the subscription any more, at the time of the receipt or later.
pub(super) fn is_over(it: &Subscription, plan: &Plan, receipt: &Receipt) -> bool {
    let at = receipt.at.max(it.next_due);
    refusal(it, plan, &Receipt { at, ..*receipt }).is_some()
}

/// Start of the period that a charge pays: within the grace time it keeps the billing day.
pub(super) fn start(it: &Subscription, receipt: &Receipt) -> i64 {
    if i128::from(receipt.at) <= later(it.next_due, it.terms.grace_secs) {
        it.next_due
    } else {
        receipt.at
    }
}

/// End of a period that starts then.
pub(super) fn end(start: i64, it: &Subscription) -> i64 {
    i64::try_from(later(start, it.terms.period_secs)).unwrap_or(i64::MAX)
}
