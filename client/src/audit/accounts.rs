//! Compares accounts with what their receipts add up to, field by field. Fields that no receipt
//! says are left alone: who paid rents, bumps, decimals, token programs of pools.

mod configuration;
mod payments;
mod rewards;

use super::{Check, Report};
use crate::{decode::Account, model::State};
use tessera_types::Address;

/// Checks that the address may be empty: no receipt opened an account there, or one closed it.
pub(super) fn require_gone(address: &Address, replay: &State, report: &mut Report) {
    if let Some(chain) = replay.chains.get(address) {
        let detail = "the account is gone, and this receipt, which closes it, is missing";
        let at = (*address, Some(chain.seq.saturating_add(1)));
        report.require(Check::Receipts, at, false, detail);
    } else {
        // An authority has no receipt before its last.
        let gone = !replay.authorities.contains_key(address);
        let at = (*address, None);
        report.require(Check::Approvals, at, gone, "the account is missing");
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
    // Whether receipts account for its creation.
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
