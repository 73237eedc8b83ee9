//! Accounts that closed.

use crate::{
    audit::Check,
    model::{State, command::Close},
};
use tessera_types::{Address, events::Closed};

/// No other receipt says what the account held when it closed.
pub(super) fn closed(event: &Closed) -> Close {
    Close {
        account: event.receipt.account,
        lamports: event.lamports,
    }
}

/// The law that an open account belongs to; [`Check::Receipts`] when no receipt accounts for its
/// creation.
pub(in crate::audit) fn law_of_account(state: &State, account: &Address) -> Check {
    let of = |known: bool, law: Check| known.then_some(law);
    let codes = state.codes.contains_key(account);
    let in_org = state.orgs.contains_key(account)
        || state.plans.contains_key(account)
        || state.issuers.contains_key(account)
        || state.config_at(account).is_some();
    let vouchers = state.campaigns.contains_key(account)
        || state.pages.contains_key(account)
        || state.claims.contains_key(account);
    let stakes = state.pools.contains_key(account) || state.positions.contains_key(account);
    of(codes || in_org, Check::Configuration)
        .or_else(|| of(vouchers, Check::Vouchers))
        .or_else(|| of(stakes, Check::Stakes))
        .or_else(|| of(state.members.contains_key(account), Check::Referrals))
        .or_else(|| {
            of(
                state.subscriptions.contains_key(account),
                Check::Subscriptions,
            )
        })
        .or_else(|| of(state.invoices.contains_key(account), Check::Charges))
        .or_else(|| of(state.ledgers.contains_key(account), Check::Commission))
        .or_else(|| of(state.authorities.contains_key(account), Check::Approvals))
        .unwrap_or(Check::Receipts)
}
