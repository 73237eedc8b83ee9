//! Sums for people.

use super::{MintTotals, Totals};
use crate::{
    decode::Event,
    keeper,
    model::{
        Agreement, State,
        rules::{refund::Paid, schedule},
    },
};
use tessera_types::Address;

impl Totals {
    /// Adds a receipt, which moves money in `mint` if there is one.
    pub(super) fn add(&mut self, mint: Option<Address>, event: &Event) {
        self.receipts = self.receipts.saturating_add(1);
        if let Some((settlement, _)) = event.settlement() {
            let paid = u64::from(settlement.debit > 0);
            match event {
                Event::InvoicePaid(..) => self.invoices = self.invoices.saturating_add(paid),
                _ => self.charges = self.charges.saturating_add(paid),
            }
        }
        if let Some(mint) = mint {
            move_money(self.mints.entry(mint).or_default(), event);
        }
    }

    /// Counts those accounts, as they are now, for which `meant` holds.
    pub(super) fn count(&mut self, state: &State, meant: impl Fn(&Address) -> bool) {
        (self.members, self.points, self.live_subscriptions) = (0, 0, 0);
        for (_, it) in state.members.iter().filter(|(at, _)| meant(at)) {
            self.members += 1;
            self.points = self.points.saturating_add(it.balance.points);
        }
        let live = |it: &Agreement| schedule::is_live(it.account.state);
        for (at, _) in state.subscriptions.iter().filter(|(_, it)| live(it)) {
            self.live_subscriptions += u64::from(meant(at));
        }
    }
}

/// The mint of what a receipt moves, in the state before it.
pub(super) fn mint(state: &State, event: &Event) -> Option<Address> {
    let account = &event.receipt().account;
    let plan = match event {
        Event::PlanCreated(it) => return Some(it.mint),
        Event::CommissionClaimed(_) => return Some(state.ledgers.get(account)?.mint),
        Event::Subscribed(it, _) => it.plan,
        Event::PlanChanged(it, _) => it.plan,
        Event::InvoicePaid(it, _) => it.plan,
        Event::Charged(..) => keeper::plan(&state.subscriptions.get(account)?.account),
        Event::Refunded(..) => Paid::find(state, account)?.plan,
        _ => return None,
    };
    Some(state.plans.get(&plan)?.mint)
}

/// Adds what a receipt moved. It saturates, because a checkpoint may hold any sum.
fn move_money(mint: &mut MintTotals, event: &Event) {
    let add = |sum: &mut u128, amount: u64| *sum = sum.saturating_add(amount.into());
    if let Some((settlement, shares)) = event.settlement() {
        add(&mut mint.paid, settlement.debit);
        add(&mut mint.merchant, settlement.merchant);
        add(&mut mint.keeper_fees, settlement.keeper_fee);
        for share in shares {
            add(&mut mint.commission, share.amount);
        }
    }
    match event {
        Event::Refunded(event, _) => add(&mut mint.refunded, event.amount),
        Event::CommissionClaimed(event) => add(&mut mint.claimed, event.amount),
        _ => {}
    }
}
