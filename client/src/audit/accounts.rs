//! Compares accounts with what their receipts add up to, field by field. Fields that no receipt
//! says are left alone: who paid rents, bumps, decimals, token programs of pools.

mod configuration;
mod payments;
mod rewards;

use super::{Check, Report, Snapshot};
use crate::{decode::Account, model::State};
use tessera_types::Address;

pub(super) fn compare(snapshot: &Snapshot, replay: &State, report: &mut Report) {
    for (address, account) in &snapshot.accounts {
        compare_one(address, account, replay, report);
    }
    // Whose receipts are its own is missed where they are counted; an authority has none before its
    // last.
    for address in replay.authorities.keys() {
        let at = (*address, None);
        let found = snapshot.accounts.contains_key(address);
        report.require(Check::Approvals, at, found, "the account is missing");
    }
}

/// Compares one account.
pub(super) fn compare_one(
    address: &Address,
    account: &Account,
    replay: &State,
    report: &mut Report,
) {
    let at = (*address, None);
    report.compare(Check::Addresses, at, "address", account.address(), *address);
    // Whether receipts say how it came about.
    let known = configuration::compare(at, account, replay, report)
        .or_else(|| payments::compare(at, account, replay, report))
        .or_else(|| rewards::compare(at, account, replay, report));
    let known = known.is_some();
    report.require(law(account), at, known, "no receipt says how it came about");
}

/// The law that an account of this kind belongs to.
fn law(account: &Account) -> Check {
    match account {
        Account::Config(_)
        | Account::Org(_)
        | Account::Plan(_)
        | Account::Issuer(_)
        | Account::Code(_) => Check::Configuration,
        Account::Member(_) => Check::Referrals,
        Account::Subscription(_) => Check::Subscriptions,
        Account::Invoice(_) => Check::Charges,
        Account::Ledger(_) => Check::Commission,
        Account::Authority(_) => Check::Approvals,
        Account::Campaign(_) | Account::NullifierPage(_) | Account::Claim(_) => Check::Vouchers,
        Account::StakePool(_) | Account::Position(_) => Check::Stakes,
    }
}
