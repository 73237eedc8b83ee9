//! Compares accounts with what their receipts add up to.

use super::{Check, Report, Snapshot, replay::Replay};
use crate::{address, decode::Account};
use std::collections::BTreeMap;
use tessera_types::{
    Address, NO_ADDRESS,
    accounts::{Ledger, Member, Subscription},
};

pub(super) fn compare(snapshot: &Snapshot, replay: &Replay, report: &mut Report) {
    let mut owed: BTreeMap<Address, u128> = BTreeMap::new();
    for (address, account) in &snapshot.accounts {
        let at = (*address, None);
        report.compare(Check::Addresses, at, "address", derived(account), *address);
        match account {
            Account::Member(account) => {
                member(snapshot, *address, account, replay, report);
                referrers(snapshot, *address, account, report);
            }
            Account::Subscription(account) => {
                subscription(snapshot, *address, account, replay, report);
            }
            Account::Ledger(account) => {
                ledger(*address, account, replay, report);
                let vault = address::vault(&account.org, &account.mint);
                *owed.entry(vault).or_default() += u128::from(account.held)
                    + u128::from(account.queued)
                    + u128::from(account.claimable);
            }
            _ => {}
        }
    }
    for (vault, owed) in owed {
        let balance = snapshot.vaults.get(&vault).copied();
        let solvent = u128::from(balance.unwrap_or(0)) >= owed;
        let what = format!("vault holds {balance:?}, owes {owed}: solvent");
        report.compare(Check::Solvency, (vault, None), &what, true, solvent);
    }
}

fn derived(account: &Account) -> Address {
    match account {
        Account::Org(org) => address::org(org.id),
        Account::Issuer(issuer) => address::issuer(&issuer.org, &issuer.key),
        Account::Plan(plan) => address::plan(&plan.org, plan.id),
        Account::Member(member) => address::member(&member.org, &member.wallet),
        Account::Code(code) => address::code(&code.org, &code.code),
        Account::Authority(authority) => address::authority(&authority.wallet, &authority.mint),
        Account::Subscription(it) => address::subscription(&it.plan, &it.wallet),
        Account::Ledger(ledger) => address::ledger(&ledger.org, &ledger.wallet, &ledger.mint),
    }
}

fn member(
    snapshot: &Snapshot,
    address: Address,
    account: &Member,
    replay: &Replay,
    report: &mut Report,
) {
    let at = (address, None);
    let state = replay.members.get(&address).copied().unwrap_or_default();
    let found = (
        u128::from(account.points),
        u128::from(account.lifetime_points),
    );
    let expected = (state.points, state.lifetime_points);
    report.compare(Check::Points, at, "points and lifetime", expected, found);
    if let Some(Account::Org(org)) = snapshot.accounts.get(&account.org) {
        let tier = org.tier_for(account.lifetime_points);
        report.compare(Check::Points, at, "tier", tier, account.tier);
    }
}

/// The second and third referrer are the first one's own first and second.
fn referrers(snapshot: &Snapshot, address: Address, account: &Member, report: &mut Report) {
    let [first, second, third] = account.referrers;
    let above = match first {
        NO_ADDRESS => [NO_ADDRESS; 2],
        first => match snapshot
            .accounts
            .get(&address::member(&account.org, &first))
        {
            Some(Account::Member(referrer)) => [referrer.referrers[0], referrer.referrers[1]],
            _ => {
                let detail = format!("its referrer {first} is not a member");
                return report.refuse(Check::Referrals, address, None, detail);
            }
        },
    };
    report.compare(
        Check::Referrals,
        (address, None),
        "referrers above the first",
        above,
        [second, third],
    );
    let cyclic = account.referrers.contains(&account.wallet);
    report.compare(
        Check::Referrals,
        (address, None),
        "refers itself",
        false,
        cyclic,
    );
}

fn subscription(
    snapshot: &Snapshot,
    address: Address,
    account: &Subscription,
    replay: &Replay,
    report: &mut Report,
) {
    let at = (address, None);
    let Some(terms) = replay.subscriptions.get(&address) else {
        let detail = "no receipt signs its terms".to_owned();
        return report.refuse(Check::Subscriptions, address, None, detail);
    };
    let expected = (
        terms.price,
        terms.commission_bps,
        terms.paid_through,
        terms.paid_through,
        terms.periods_paid,
        terms.approved_periods,
        terms.state,
    );
    let found = (
        account.price,
        account.commission_bps,
        account.paid_through,
        account.next_due,
        account.periods_paid,
        account.approved_periods,
        account.state,
    );
    report.compare(
        Check::Subscriptions,
        at,
        "price, rates, paid_through, next_due, periods paid and approved, state",
        expected,
        found,
    );
    let Some(Account::Plan(plan)) = snapshot.accounts.get(&account.plan) else {
        let detail = "its plan does not exist".to_owned();
        return report.refuse(Check::Subscriptions, address, None, detail);
    };
    let member = address::member(&plan.org, &account.wallet);
    if let Some(Account::Member(member)) = snapshot.accounts.get(&member) {
        let ledgers = member.referrers.map(|referrer| match referrer {
            NO_ADDRESS => NO_ADDRESS,
            referrer => address::ledger(&plan.org, &referrer, &plan.mint),
        });
        report.compare(Check::Commission, at, "ledgers", ledgers, account.ledgers);
    }
}

/// Every balance of the ledger, and since when, follows from its charges and claims.
fn ledger(address: Address, account: &Ledger, replay: &Replay, report: &mut Report) {
    let state = replay.ledgers.get(&address).copied().unwrap_or_default();
    let expected = (state.held, state.queued, state.claimable, state.claimed, 0);
    let found = [
        account.held,
        account.queued,
        account.claimable,
        account.claimed,
        account.debt,
    ]
    .map(u128::from);
    report.compare(
        Check::Commission,
        (address, None),
        "held, queued, claimable, claimed, debt",
        expected,
        found.into(),
    );
    if account.held > 0 {
        report.compare(
            Check::Commission,
            (address, None),
            "release_at",
            state.release_at,
            account.release_at,
        );
    }
}
