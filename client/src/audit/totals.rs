//! Sums for people.

use super::{Report, Snapshot};
use crate::decode::{Account, Event};
use std::collections::BTreeMap;
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
            Account::Ledger(ledger) => {
                let mint = totals.mints.entry(ledger.mint).or_default();
                mint.claimed += u128::from(ledger.claimed);
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
    for event in events {
        let Some((settlement, shares)) = event.settlement() else {
            continue;
        };
        totals.charges += 1;
        let Some(mint) = mint_of(snapshot, event.receipt().account) else {
            continue;
        };
        let mint = totals.mints.entry(mint).or_default();
        mint.paid += u128::from(settlement.debit);
        mint.merchant += u128::from(settlement.merchant);
        mint.keeper_fees += u128::from(settlement.keeper_fee);
        mint.commission += shares
            .iter()
            .map(|share| u128::from(share.amount))
            .sum::<u128>();
    }
}

fn mint_of(snapshot: &Snapshot, subscription: Address) -> Option<Address> {
    let Account::Subscription(subscription) = snapshot.accounts.get(&subscription)? else {
        return None;
    };
    match snapshot.accounts.get(&subscription.plan)? {
        Account::Plan(plan) => Some(plan.mint),
        _ => None,
    }
}
