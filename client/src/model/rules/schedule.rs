//! When a period may be collected and when it ends, in 128 bits.

use super::calendar;
use tessera_types::{
    NO_ADDRESS, TesseraError,
    accounts::{Plan, Subscription, SubscriptionState, Terms},
};

const PAST_DUE: u8 = SubscriptionState::PastDue as u8;

fn clip(time: i128) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}

fn wide(time: i64) -> i128 {
    i128::from(time)
}

/// End of a period that begins at `start` (Unix seconds); none if it cannot be represented.
pub(crate) fn known_end(terms: &Terms, start: i64) -> Option<i64> {
    let end = match terms.period_months {
        0 => wide(start) + i128::from(terms.period_secs),
        months => calendar::months_later(wide(start), months, terms.anchor_day)?,
    };
    i64::try_from(end).ok()
}

/// End of a period that begins at `start` (Unix seconds); `i64::MAX` if it cannot be represented.
pub(crate) fn end(terms: &Terms, start: i64) -> i64 {
    known_end(terms, start).unwrap_or(i64::MAX)
}

/// End of the next period, if it begins when it is due: after a gap it has a billing day of its
/// own.
pub(crate) fn due_ends_at(it: &Subscription) -> i64 {
    let mut terms = it.terms;
    if it.next_due != it.paid_through {
        anchor(&mut terms, it.next_due);
    }
    end(&terms, it.next_due)
}

/// Moves the billing day of periods of months to the day of `start` (Unix seconds).
pub(crate) fn anchor(terms: &mut Terms, start: i64) {
    terms.anchor_day = match terms.period_months {
        0 => 0,
        _ => calendar::day_of_month(wide(start)).unwrap_or(0),
    };
}

/// Drops the pending plan.
pub(crate) fn forget_pending(it: &mut Subscription) {
    it.pending_plan = NO_ADDRESS;
    it.pending_price = 0;
    it.pending_periods = 0;
}

/// Whether nobody has ended a subscription in this state.
pub(crate) fn is_live(state: u8) -> bool {
    let live = [
        SubscriptionState::Trial,
        SubscriptionState::Active,
        SubscriptionState::PastDue,
    ];
    live.into_iter().any(|it| it as u8 == state)
}

pub(crate) fn has_pending(it: &Subscription) -> bool {
    it.pending_plan != NO_ADDRESS
}

pub(crate) fn is_metered(it: &Subscription) -> bool {
    it.consents & Plan::METERED != 0
}

/// Periods that may still be collected on the terms that were signed.
pub(crate) fn periods_left(it: &Subscription) -> u128 {
    // The first period is not among the approved ones.
    (u128::from(it.terms.approved_periods) + 1).saturating_sub(u128::from(it.periods_paid))
}

/// When the due period can no longer be collected: after a whole missed period, or after the grace
/// time of a payment recorded as missed.
fn lapses_at(it: &Subscription) -> i64 {
    match it.state {
        PAST_DUE => clip(wide(it.next_due) + i128::from(it.terms.grace_secs) + 1),
        _ => due_ends_at(it),
    }
}

/// The rules for collecting the due period at `now` (Unix seconds), and whether each holds. `plan`
/// is the pending one, if there is one.
pub(crate) fn due(it: &Subscription, plan: &Plan, now: i64) -> [(bool, TesseraError); 5] {
    [
        (is_live(it.state), TesseraError::NotLive),
        (now >= it.next_due, TesseraError::NotDue),
        (
            periods_left(it) > 0 || has_pending(it),
            TesseraError::PeriodsUsedUp,
        ),
        (now < plan.ends_at, TesseraError::PlanEnded),
        (now < lapses_at(it), TesseraError::Lapsed),
    ]
}

/// Whether a period can still be collected, at `now` (Unix seconds) or later, of a plan that ends
/// at `ends_at`.
pub(crate) fn is_collectable(it: &Subscription, ends_at: i64, now: i64) -> bool {
    is_live(it.state)
        && (periods_left(it) > 0 || has_pending(it))
        && now.max(it.next_due) < ends_at
        && now < lapses_at(it)
}

/// Start and end of the period that a charge at `now` (Unix seconds) pays: within the grace time it
/// keeps the billing day, and a gap moves it.
pub(crate) fn due_period(it: &mut Subscription, now: i64) -> (i64, i64) {
    let late = wide(now) - wide(it.next_due);
    let start = match late <= i128::from(it.terms.grace_secs) {
        true => it.next_due,
        false => now,
    };
    if start != it.paid_through {
        anchor(&mut it.terms, start);
    }
    (start, end(&it.terms, start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    fn due_at(next_due: i64) -> Subscription {
        let mut it = Subscription::zeroed();
        (it.next_due, it.paid_through) = (next_due, next_due);
        it.state = SubscriptionState::Active as u8;
        it.terms.approved_periods = 1;
        it.terms.period_secs = 100;
        it.terms.grace_secs = 10;
        it
    }

    /// The first rule that a charge at `now` breaks, of a plan that ends at 10,000.
    fn refusal(it: &Subscription, now: i64) -> Option<TesseraError> {
        let ends_at = 10_000;
        let plan = Plan {
            ends_at,
            ..Plan::zeroed()
        };
        let mut rules = due(it, &plan, now).into_iter();
        rules.find(|(holds, _)| !holds).map(|(_, rule)| rule)
    }

    #[test]
    fn a_missed_payment_is_made_up_for_within_the_grace_time_only() {
        let mut it = due_at(1_000);
        assert_eq!(refusal(&it, 1_099), None);
        assert_eq!(refusal(&it, 1_100), Some(TesseraError::Lapsed));
        it.state = PAST_DUE;
        assert_eq!(refusal(&it, 1_010), None);
        assert_eq!(refusal(&it, 1_011), Some(TesseraError::Lapsed));
        assert!(is_collectable(&it, 10_000, 1_010));
        assert!(!is_collectable(&it, 10_000, 1_011));
    }

    #[test]
    fn nothing_is_collected_that_is_not_approved() {
        let mut it = due_at(1_000);
        it.periods_paid = 2;
        assert_eq!(refusal(&it, 1_000), Some(TesseraError::PeriodsUsedUp));
        it.pending_plan = tessera_types::ID;
        assert_eq!(refusal(&it, 1_000), None);
    }

    #[test]
    fn a_period_after_a_gap_has_another_billing_day() {
        let mut it = due_at(1_000);
        assert_eq!(due_period(&mut it, 1_010), (1_000, 1_100));
        assert_eq!(due_period(&mut it, 1_011), (1_011, 1_111));
        it.terms.period_months = 1;
        it.terms.anchor_day = 31;
        it.paid_through = 500;
        due_period(&mut it, 1_010);
        assert_eq!(it.terms.anchor_day, 1);
    }
}
