//! Invoices that are paid.

use super::settlement;
use crate::{
    address,
    model::{State, rules::payment},
};
use bytemuck::Zeroable;
use tessera_types::{
    accounts::Invoice,
    events::{InvoicePaid, LedgerShare},
};

pub(super) fn evolve(state: &mut State, event: &InvoicePaid, shares: &[LedgerShare]) {
    let Some(plan) = state.plans.get(&event.plan).copied() else {
        return;
    };
    let member = address::member(&plan.org, &event.wallet);
    let Some(known) = state.members.get(&member) else {
        return;
    };
    let ledgers = payment::referral_ledgers(&known.account, &plan);
    let (receipt, paid) = (&event.receipt, &event.settlement);
    settlement::book(state, receipt, &member, (paid, shares), event.hold_secs);
    let invoice = Invoice {
        plan: event.plan,
        wallet: event.wallet,
        ledgers,
        id: event.id,
        deadline: event.deadline,
        paid_at: receipt.at,
        debit: paid.debit,
        points: paid.points,
        commission_bps: event.commission_bps,
        flags: paid.flags,
        levels: payment::levels(&ledgers),
        ..Invoice::zeroed()
    };
    state.invoices.insert(receipt.account, invoice);
}
