//! What a refund takes from ledgers, from the member and from the payment.

use crate::model::{State, rules::refund::Paid};
use tessera_types::events::{LedgerShare, Refunded, Settlement};

pub(super) fn evolve(state: &mut State, event: &Refunded, shares: &[LedgerShare]) {
    let frozen = event.flags & Settlement::VAULT_FROZEN != 0;
    for share in shares {
        if let Some(ledger) = state.ledgers.get_mut(&share.ledger) {
            ledger.refund(share.amount.into(), frozen);
        }
    }
    take_points_back(state, event);
    let payment = &event.receipt.account;
    let subscription = state.subscriptions.get_mut(payment);
    let invoice = state.invoices.get_mut(payment);
    let refunded = match (subscription, invoice) {
        (Some(it), _) => &mut it.account.period_refunded,
        (None, Some(it)) => &mut it.refunded,
        (None, None) => return,
    };
    *refunded = refunded.saturating_add(event.amount);
}

fn take_points_back(state: &mut State, event: &Refunded) -> Option<()> {
    let paid = Paid::find(state, &event.receipt.account)?;
    let plan = state.plans.get(&paid.plan)?;
    let org = state.orgs.get(&plan.org)?;
    let held = &mut state.members.get_mut(&paid.member(plan))?.balance;
    held.expire(event.receipt.at);
    held.take_back(&org.settings, event.points.into());
    Some(())
}
