//! Whether vaults hold what their ledgers are owed.

use super::{Check, Finding, Report, Snapshot};
use crate::{address, decode::Account};
use std::collections::{BTreeMap, HashMap, HashSet};
use tessera_types::{Address, accounts::Plan};

pub(super) fn check(snapshot: &Snapshot, report: &mut Report) {
    let mut owed: BTreeMap<Address, u128> = BTreeMap::new();
    let mut vaults: HashMap<(Address, Address), Address> = HashMap::new();
    let mut seizable: HashSet<Address> = HashSet::new();
    for account in snapshot.accounts.values() {
        match account {
            Account::Ledger(ledger) => {
                let vault = vaults
                    .entry((ledger.org, ledger.mint))
                    .or_insert_with(|| address::vault(&ledger.org, &ledger.mint));
                *owed.entry(*vault).or_default() += [ledger.held, ledger.queued, ledger.claimable]
                    .into_iter()
                    .map(u128::from)
                    .sum::<u128>();
            }
            Account::Plan(plan) if plan.flags & Plan::PERMANENT_DELEGATE != 0 => {
                seizable.insert(plan.vault);
            }
            _ => {}
        }
    }
    for (vault, owed) in owed {
        report.count(Check::Solvency);
        let held = snapshot.vaults.get(&vault).copied().unwrap_or(0);
        if u128::from(held) >= owed {
            continue;
        }
        let mut detail = format!("the vault holds {held} and owes {owed}");
        if seizable.contains(&vault) {
            // The program takes that consent only where the mint has a permanent delegate.
            detail.push_str("; the mint's permanent delegate may have seized the rest");
            report.notices.push(Finding {
                check: Check::Solvency,
                account: vault,
                seq: None,
                detail,
            });
            continue;
        }
        report.refuse(Check::Solvency, (vault, None), detail);
    }
}
