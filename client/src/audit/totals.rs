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
    /// Adds what a receipt says that moves money in `mint`, if any.
    pub(super) fn add(&mut self, mint: Option<Address>, event: &Event) {
        self.receipts += 1;
        if let Some((settlement, _)) = event.settlement() {
            let paid = u64::from(settlement.debit > 0);
            match event {
                Event::InvoicePaid(..) => self.invoices += paid,
                _ => self.charges += paid,
            }
        }
        if let Some(mint) = mint {
            move_money(self.mints.entry(mint).or_default(), event);
        }
    }

    /// Counts the accounts as they are, as far as they are `meant`.
    pub(super) fn count(&mut self, state: &State, meant: impl Fn(&Address) -> bool) {
        (self.members, self.points, self.live_subscriptions) = (0, 0, 0);
        for (_, it) in state.members.iter().filter(|(at, _)| meant(at)) {
            self.members += 1;
            self.points += it.balance.points;
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

/// Adds what a receipt moved.
fn move_money(mint: &mut MintTotals, event: &Event) {
    if let Some((settlement, shares)) = event.settlement() {
        mint.paid += u128::from(settlement.debit);
        mint.merchant += u128::from(settlement.merchant);
        mint.keeper_fees += u128::from(settlement.keeper_fee);
        mint.commission += shares
            .iter()
            .map(|share| u128::from(share.amount))
            .sum::<u128>();
    }
    match event {
        Event::Refunded(event, _) => mint.refunded += u128::from(event.amount),
        Event::CommissionClaimed(event) => mint.claimed += u128::from(event.amount),
        _ => {}
    }
}
