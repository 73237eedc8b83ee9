//! Proves a program's state from its receipts: money, points, commission, approvals, vouchers,
//! stakes, solvency.
//!
//! Law: what an account holds follows from receipts alone. The audit rebuilds the command behind each
//! receipt that accounts count, in chain order, has the model (`crate::model`) decide it on what the
//! receipts before made, and compares; then it compares the accounts. Receipts beyond an account's
//! count happened after the accounts were read; they are checked when the accounts are read again.

mod accounts;
mod chains;
mod hold;
mod replay;
mod report;
mod solvency;
#[cfg(test)]
mod tests;
mod totals;

pub use report::{Check, Finding, MintTotals, Report, Totals};
pub use solvency::vaults;

use crate::decode::Account;
use crate::model::State;
use std::collections::BTreeMap;
use tessera_types::Address;

/// Everything the audit needs, read from one node.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Every account of the program, all read at one moment.
    pub accounts: BTreeMap<Address, Account>,
    /// Balance of every one of [`vaults`] at that moment, in the mint's smallest unit.
    pub vaults: BTreeMap<Address, u64>,
    /// Every receipt as carried, in chain order; receipts of one account may stand in any order. Of
    /// an account that is not among `accounts` all are needed, so those of a life that began after
    /// the reading are left out.
    pub events: Vec<Vec<u8>>,
}

/// Checks every law on `snapshot`.
pub fn audit(snapshot: &Snapshot) -> Report {
    let mut report = Report::default();
    let events = chains::verify(snapshot, &mut report);
    let mut replay = State::default();
    for event in &events {
        replay.apply(event, &mut report);
    }
    accounts::compare(snapshot, &replay, &mut report);
    solvency::check(snapshot, &mut report);
    totals::count(snapshot, &events, &mut report);
    report
}

/// What of an account is not as the model has it.
pub fn differences(address: &Address, account: &Account, model: &State) -> Vec<Finding> {
    let mut report = Report::default();
    accounts::compare_one(address, account, model, &mut report);
    report.findings
}
