//! Sums for people.

use super::{MintTotals, Report, Snapshot};
use crate::decode::{Account, Event};
use std::collections::{BTreeMap, HashMap};
use tessera_types::{Address, accounts::SubscriptionState};

pub(super) fn count(snapshot: &Snapshot, events: &[Event], report: &mut Report) {
    let totals = &mut report.totals;
    totals.receipts = events.len() as u64;
    // Plans of one org and mint share a vault.
    let mut vaults: BTreeMap<Address, Address> = BTreeMap::new();
    for account in snapshot.accounts.values() {
        match account {
            Account::Member(member) => {
                totals.members += 1;
                totals.points += u128::from(member.points);
            }
            Account::Subscription(it) if SubscriptionState::is_live(it.state) => {
                totals.live_subscriptions += 1;
            }
            Account::Plan(plan) => {
                vaults.insert(plan.vault, plan.mint);
            }
            _ => {}
        }
    }
    for (vault, mint) in vaults {
        let held = snapshot.vaults.get(&vault).copied().unwrap_or(0);
        totals.mints.entry(mint).or_default().vaults += u128::from(held);
    }
    // Of plans, subscriptions, invoices and ledgers, closed or not: receipts say it before money
    // moves.
    let mut mints: HashMap<Address, Address> = HashMap::new();
    for event in events {
        let account = event.receipt().account;
        let mint = match event {
            Event::PlanCreated(event) => Some(event.mint),
            Event::LedgerOpened(event) => Some(event.mint),
            Event::Subscribed(event, _) => mints.get(&event.plan).copied(),
            Event::InvoicePaid(event, _) => mints.get(&event.plan).copied(),
            _ => None,
        };
        if let Some(mint) = mint {
            mints.insert(account, mint);
        }
        if let Some((settlement, _)) = event.settlement() {
            let paid = u64::from(settlement.debit > 0);
            match event {
                Event::InvoicePaid(..) => totals.invoices += paid,
                _ => totals.charges += paid,
            }
        }
        if let Some(mint) = mints.get(&account) {
            add(totals.mints.entry(*mint).or_default(), event);
        }
    }
}

/// Adds what a receipt moved.
fn add(mint: &mut MintTotals, event: &Event) {
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
