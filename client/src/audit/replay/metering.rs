//! Periods of metered plans, whose usage the org's meter key states.

use super::{
    Check, Report, at, part_of, schedule,
    settlement::{Bill, Payment},
};
use crate::model::rules::terms;
use tessera_types::{
    Address,
    accounts::{Plan, Subscription, SubscriptionState},
    events::Settlement,
};

/// Checks that usage is within the cap, and stated once for a period: while it lasts, or as the
/// first of the next one begins. Returns the bill, and what of the approval is used up by it: the
/// cap, and that of a period which ended without a statement.
pub(super) fn bill(
    it: &mut Subscription,
    member: Address,
    plan: &Plan,
    tier: u8,
    payment: &Payment,
    report: &mut Report,
) -> (Bill, u128) {
    let (now, at) = (payment.receipt.at, at(payment.receipt));
    let (cap, debit) = (it.terms.price, payment.settlement.debit);
    let detail = format!("{debit} is stated, above the cap of {cap}");
    report.require(Check::Charges, at, debit <= cap, &detail);
    let stated = it.period_flags & Settlement::STATED != 0;
    let (refusal, period, spent);
    if now >= it.next_due {
        refusal = schedule::refusal(it, plan, now);
        period = schedule::due_period(it, now);
        spent = u128::from(cap) * if stated { 1 } else { 2 };
    } else {
        refusal = if !SubscriptionState::is_live(it.state) {
            Some("nobody is subscribed")
        } else if stated {
            Some("usage was stated for this period before")
        } else if now < it.paused_until {
            Some("it was paused")
        } else {
            None
        };
        // The period was counted when it began.
        it.periods_paid = it.periods_paid.saturating_sub(1);
        period = (it.period_start, it.paid_through);
        spent = u128::from(cap);
    }
    let detail = refusal.unwrap_or_default();
    report.require(Check::Charges, at, refusal.is_none(), detail);
    let base = u128::from(plan.points_per_charge);
    let points = part_of(base, debit.into(), cap.into());
    let points = terms::boosted(&it.terms, points, tier);
    let flags = Settlement::STATED;
    (Bill::of(it, member, (debit, points), flags, period), spent)
}
