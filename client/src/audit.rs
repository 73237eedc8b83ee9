//! Proves a program's state from its receipts: money, points, commission, approvals, vouchers,
//! stakes, solvency.
//!
//! Law: what an account holds follows from receipts alone. The audit rebuilds the command behind
//! each receipt, in chain order, has the model (`crate::model`) decide it on the state that the
//! earlier receipts made, and compares; an account is compared with the state as of the moment it
//! was read. Receipts pass one by one and are not kept: memory grows with the accounts only.

mod accounts;
mod auditor;
mod chains;
#[cfg(feature = "checkpoint")]
mod checkpoint;
mod hold;
mod movements;
mod replay;
mod report;
mod scope;
mod solvency;
#[cfg(test)]
mod tests;
mod totals;

pub use auditor::{Auditor, Looked, Passing};
#[cfg(feature = "checkpoint")]
pub use checkpoint::{Checkpoint, CheckpointError, Position};
pub use report::{Check, Finding, MAX_FINDINGS, MintTotals, Report, Totals};
pub use scope::Scope;
pub use solvency::{Seized, Shortage};

use crate::{carried::Tokens, decode::Account, model::State};
use std::collections::{BTreeMap, BTreeSet};
use tessera_types::Address;

/// Everything that an audit needs, read at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Every account of the program.
    pub accounts: BTreeMap<Address, Account>,
    /// Balance of every one of [`vaults`], in the mint's smallest unit.
    pub vaults: BTreeMap<Address, u64>,
    /// Every receipt up to that moment as carried, in chain order.
    pub events: Vec<Vec<u8>>,
    /// What the invocations behind the receipts did with tokens, as far as it is known.
    pub tokens: Vec<Tokens>,
    /// What permanent delegates are known to have taken from vaults.
    pub seized: BTreeMap<Address, u128>,
}

/// Checks every law on `snapshot`.
pub fn audit(snapshot: &Snapshot) -> Report {
    let mut auditor = Auditor::default();
    let mut tokens = snapshot.tokens.iter();
    for raw in &snapshot.events {
        auditor.take(&Passing {
            slot: None,
            transaction: None,
            raw,
            tokens: tokens.next(),
        });
    }
    for (address, account) in &snapshot.accounts {
        let looked = auditor.look(address, Some(account));
        auditor.book(looked);
    }
    let missing = auditor.accounts().copied();
    let missing: Vec<Address> = missing
        .filter(|it| !snapshot.accounts.contains_key(it))
        .collect();
    for address in missing {
        let looked = auditor.look(&address, None);
        auditor.book(looked);
    }
    for vault in auditor.vaults() {
        let held = snapshot.vaults.get(&vault).copied().unwrap_or(0);
        let looked = auditor.look_at_vault(&vault, held);
        let seized = Seized {
            amount: snapshot.seized.get(&vault).copied().unwrap_or(0),
            detail: String::new(),
        };
        auditor.book_vault(&vault, held, looked, &seized);
    }
    auditor.finish()
}

/// The vaults of these accounts, whose balances an audit needs.
pub fn vaults(accounts: &BTreeMap<Address, Account>) -> BTreeSet<Address> {
    let named = accounts.values().flat_map(|account| match account {
        Account::Plan(it) => vec![it.vault],
        Account::Campaign(it) => vec![it.vault],
        Account::StakePool(it) => vec![it.stake_vault, it.reward_vault],
        _ => vec![],
    });
    named.collect()
}

/// Where an account differs from the model.
pub fn differences(address: &Address, account: &Account, model: &State) -> Vec<Finding> {
    let mut report = Report::default();
    accounts::compare_one(address, account, model, &mut report);
    report.findings
}
