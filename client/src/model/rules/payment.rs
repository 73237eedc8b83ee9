//! How a payment changes a subscription, and who shares in it.

use crate::address;
use tessera_types::{
    Address, NO_ADDRESS, REFERRAL_LEVELS,
    accounts::{Member, Plan, Subscription},
    events::Settlement,
};

/// How many referral levels have a ledger.
pub(crate) fn levels(ledgers: &[Address]) -> u8 {
    let levels = ledgers.iter().take_while(|it| **it != NO_ADDRESS).count();
    u8::try_from(levels).unwrap_or(u8::MAX)
}

/// The ledgers of a member's referrers, in the plan's mint.
pub(crate) fn referral_ledgers(member: &Member, plan: &Plan) -> [Address; REFERRAL_LEVELS] {
    member.referrers.map(|referrer| match referrer {
        NO_ADDRESS => NO_ADDRESS,
        referrer => address::ledger(&plan.org, &referrer, &plan.mint),
    })
}

/// The bit of a settlement's flags that says that a level's ledger was closed.
pub(crate) fn closed_bit(level: usize) -> u8 {
    Settlement::LEDGER_CLOSED_1 << level
}

/// Writes into a subscription what was paid for the period.
pub(crate) fn book(it: &mut Subscription, settlement: &Settlement) {
    it.period_start = settlement.period_start;
    it.paid_through = settlement.paid_through;
    it.next_due = settlement.paid_through.max(it.paused_until);
    it.period_debit = settlement.debit;
    it.period_refunded = 0;
    it.period_credit = 0;
    it.period_points = settlement.points;
    it.period_flags = settlement.flags;
    it.periods_paid = it.periods_paid.saturating_add(1);
}
