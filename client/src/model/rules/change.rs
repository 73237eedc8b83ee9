//! Changes of plan: what the new plan takes over, and what the rest of a period is worth.

use super::{part_of, schedule, terms};
use tessera_types::accounts::{Plan, Subscription, Terms};

/// Puts the pending plan into force, with the period that is due.
pub(crate) fn follow(it: &mut Subscription, plan: &Plan) {
    let signed = (it.pending_price, it.pending_periods);
    let keeps_day = keeps_day(&it.terms, plan);
    it.terms = terms::changed(&it.terms, signed, plan);
    if !keeps_day {
        schedule::anchor(&mut it.terms, it.next_due);
    }
    it.plan = it.pending_plan;
    schedule::forget_pending(it);
    it.periods_paid = 0;
}

/// Whether the billing day stays: it does from one plan of months to another.
pub(crate) fn keeps_day(terms: &Terms, plan: &Plan) -> bool {
    terms.period_months > 0 && plan.period_months > 0
}

/// What the rest of the period is worth at `now` (Unix seconds): its part of what was paid and not
/// paid back, and of what an earlier change credited.
pub(crate) fn unused_worth(it: &Subscription, now: i64) -> u64 {
    let (start, end) = (i128::from(it.period_start), i128::from(it.paid_through));
    let length = (end - start).max(0);
    let rest = (end - i128::from(now)).clamp(0, length);
    let paid = u128::from(it.period_debit.saturating_sub(it.period_refunded))
        + u128::from(it.period_credit);
    let paid = paid.min(u64::MAX.into());
    part_of(paid, rest.unsigned_abs(), length.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    #[test]
    fn the_rest_of_a_period_is_worth_its_part_of_what_was_paid_and_kept() {
        let mut it = Subscription::zeroed();
        (it.period_start, it.paid_through) = (100, 200);
        (it.period_debit, it.period_refunded, it.period_credit) = (1_000, 101, 100);
        let worth = [0, 100, 150, 199, 200, 300].map(|now| unused_worth(&it, now));
        assert_eq!(worth, [999, 999, 499, 9, 0, 0]);
        it.paid_through = 100;
        assert_eq!(unused_worth(&it, 50), 0);
    }
}
