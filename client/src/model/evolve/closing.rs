//! Accounts that closed.

use crate::{decode::Event, model::State};
use std::collections::HashSet;
use tessera_types::Address;

/// Up to this many closed plans and campaigns, looking at all accounts is not worth it.
const FEW: usize = 512;

pub(super) fn evolve(state: &mut State, event: &Event) {
    let account = &event.receipt().account;
    state.rent_payers.remove(account);
    close_in_org(state, account);
    state.subscriptions.remove(account);
    state.invoices.remove(account);
    state.ledgers.remove(account);
    if let Some(authority) = state.authorities.remove(account) {
        state.delegates.remove(&authority.token_account);
    }
    state.codes.remove(account);
    state.pages.remove(account);
    state.claims.remove(account);
    if let Some(position) = state.positions.remove(account)
        && let Some(pool) = state.pools.get_mut(&position.pool)
    {
        pool.positions = pool.positions.saturating_sub(1);
    }
    forget_closed(state);
}

/// Drops the orgs of closed plans and campaigns that no open account names, once they are more than
/// twice the open accounts: none can be named again.
fn forget_closed(state: &mut State) {
    if state.orgs_of_closed.len() <= 2 * state.chains.len().max(FEW) {
        return;
    }
    let subscriptions = state.subscriptions.values().map(|it| &it.account);
    let plans = subscriptions.flat_map(|it| [it.plan, it.pending_plan]);
    let invoiced = state.invoices.values().map(|it| it.plan);
    let paged = state.pages.values().map(|it| it.campaign);
    let claimed = state.claims.values().map(|it| it.campaign);
    let named = plans.chain(invoiced).chain(paged).chain(claimed);
    let named: HashSet<Address> = named.collect();
    state
        .orgs_of_closed
        .retain(|closed, _| named.contains(closed));
}

/// Closes an org, or an account that it counts.
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

/// Takes a closed account off the count of its org.
fn leave(state: &mut State, org: &Address) {
    if let Some(org) = state.orgs.get_mut(org) {
        org.open_accounts = org.open_accounts.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use tessera_types::{
        accounts::{Authority, Claim, Invoice, Plan},
        events::{Closed, Receipt},
    };

    fn named(number: u64) -> Address {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Address::new_from_array(bytes)
    }

    fn close(state: &mut State, account: Address) {
        let receipt = Receipt {
            account,
            ..Receipt::zeroed()
        };
        let closed = Closed {
            receipt,
            ..Closed::zeroed()
        };
        state.evolve(&Event::Closed(closed));
    }

    #[test]
    fn of_closed_plans_only_those_that_something_names_are_kept_for_ever() {
        let mut state = State::default();
        let (plan, campaign) = (named(0), named(1));
        let invoice = Invoice {
            plan,
            ..Invoice::zeroed()
        };
        state.invoices.insert(named(1 << 32), invoice);
        let claim = Claim {
            campaign,
            ..Claim::zeroed()
        };
        state.claims.insert(named(2 << 32), claim);
        let mut most = 0;
        for number in 0..10_000 {
            state.plans.insert(named(number), Plan::zeroed());
            close(&mut state, named(number));
            most = most.max(state.orgs_of_closed.len());
        }
        assert_eq!(most, 2 * FEW);
        assert!(state.org_of_plan(&plan).is_some() && state.org_of_campaign(&campaign).is_some());
    }

    #[test]
    fn an_authority_that_closes_leaves_nothing() {
        let mut state = State::default();
        let token_account = named(0);
        let authority = state.delegate(token_account);
        let account = Authority {
            token_account,
            ..Authority::zeroed()
        };
        state.authorities.insert(authority, account);
        close(&mut state, authority);
        assert!(state.delegates.is_empty() && state.authorities.is_empty());
    }
}
