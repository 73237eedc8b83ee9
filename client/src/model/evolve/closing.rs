//! Accounts that closed.

use crate::{decode::Event, model::State};
use tessera_types::Address;

pub(super) fn evolve(state: &mut State, event: &Event) {
    let account = &event.receipt().account;
    state.rent_payers.remove(account);
    close_in_org(state, account);
    state.subscriptions.remove(account);
    state.invoices.remove(account);
    state.ledgers.remove(account);
    state.authorities.remove(account);
    state.codes.remove(account);
    state.pages.remove(account);
    state.claims.remove(account);
    if let Some(position) = state.positions.remove(account)
        && let Some(pool) = state.pools.get_mut(&position.pool)
    {
        pool.positions = pool.positions.saturating_sub(1);
    }
}

/// An org, or what it counts.
fn close_in_org(state: &mut State, account: &Address) {
    if state.orgs.remove(account).is_some() {
        state.closed_orgs.insert(*account);
    }
    if let Some(plan) = state.plans.remove(account) {
        if state.vaults.get(&plan.vault) == Some(account) {
            state.vaults.remove(&plan.vault);
        } else if let Some(org) = state.orgs.get_mut(&plan.org) {
            org.plans_on_vaults = org.plans_on_vaults.saturating_sub(1);
        }
        state.orgs_of_closed.insert(*account, plan.org);
        leave(state, &plan.org);
    }
    if let Some(issuer) = state.issuers.remove(account) {
        leave(state, &issuer.account.org);
    }
    if let Some(campaign) = state.campaigns.remove(account) {
        state.orgs_of_closed.insert(*account, campaign.org);
        leave(state, &campaign.org);
    }
    if let Some(pool) = state.pools.remove(account) {
        leave(state, &pool.org);
    }
}

/// The org of an account that closed counts it no more.
fn leave(state: &mut State, org: &Address) {
    if let Some(org) = state.orgs.get_mut(org) {
        org.open_accounts = org.open_accounts.saturating_sub(1);
    }
}
