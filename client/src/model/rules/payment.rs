//! What a payment leaves in a subscription, and who shares in it.

use tessera_types::{Address, NO_ADDRESS, accounts::Subscription, events::Settlement};

/// How many referral levels have a ledger.
pub(crate) fn levels(ledgers: &[Address]) -> u8 {
    let levels = ledgers.iter().take_while(|it| **it != NO_ADDRESS).count();
    u8::try_from(levels).unwrap_or(u8::MAX)
}

/// The bit of a settlement's flags that says that a level's ledger was closed.
pub(crate) fn closed_bit(level: usize) -> u8 {
    Settlement::LEDGER_CLOSED_1 << level
}

/// Writes into a subscription what was paid for the period.
pub(crate) fn book(it: &mut Subscription, settlement: &Settlement, (start, end): (i64, i64)) {
    it.period_start = start;
    it.paid_through = end;
    it.next_due = end;
    it.period_debit = settlement.debit;
    it.period_refunded = 0;
    it.period_credit = 0;
    it.period_points = settlement.points;
    it.period_flags = settlement.flags;
    it.periods_paid = it.periods_paid.saturating_add(1);
}
