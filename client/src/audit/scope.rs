//! Whose accounts an audit reports on. It follows all accounts: what one holds follows from
//! receipts of others.

use crate::model::State;
use tessera_types::Address;

/// Whose accounts; all of them by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scope {
    /// Only those of one org.
    pub org: Option<Address>,
    /// Only those of one wallet, including the authorities of its token accounts, which belong to
    /// no org.
    pub wallet: Option<Address>,
}

/// Whose an account is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Owner {
    org: Option<Address>,
    wallet: Option<Address>,
}

impl Scope {
    /// Whether all accounts are in scope.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the account, which is open, is in scope.
    pub(super) fn includes(&self, state: &State, account: &Address) -> bool {
        if self.is_all() {
            return true;
        }
        let Owner { org, wallet } = owner(state, account);
        match (self.org, self.wallet) {
            (org_meant, Some(meant)) => {
                wallet == Some(meant) && org_meant.is_none_or(|it| org.is_none_or(|org| org == it))
            }
            (meant, None) => org == meant,
        }
    }
}

fn owner(state: &State, account: &Address) -> Owner {
    let of = |org: Address, wallet: Address| Owner {
        org: Some(org),
        wallet: Some(wallet),
    };
    let of_org = |org: Address| Owner {
        org: Some(org),
        wallet: None,
    };
    let of_plan = |plan, wallet| Owner {
        org: state.org_of_plan(plan),
        wallet: Some(wallet),
    };
    if let Some(it) = state.subscriptions.get(account) {
        of_plan(&it.account.plan, it.account.wallet)
    } else if let Some(it) = state.members.get(account) {
        of(it.account.org, it.account.wallet)
    } else if let Some(it) = state.ledgers.get(account) {
        of(it.org, it.wallet)
    } else if let Some(it) = state.authorities.get(account) {
        Owner {
            org: None,
            wallet: Some(it.wallet),
        }
    } else if let Some(it) = state.invoices.get(account) {
        of_plan(&it.plan, it.wallet)
    } else if let Some(it) = state.plans.get(account) {
        of_org(it.org)
    } else if state.orgs.contains_key(account) {
        of_org(*account)
    } else if let Some(it) = state.issuers.get(account) {
        of_org(it.account.org)
    } else if let Some(it) = state.codes.get(account) {
        of(it.org, it.owner)
    } else if let Some(it) = state.campaigns.get(account) {
        of_org(it.org)
    } else if let Some(it) = state.pages.get(account) {
        Owner {
            org: state.org_of_campaign(&it.campaign),
            wallet: None,
        }
    } else if let Some(it) = state.claims.get(account) {
        Owner {
            org: state.org_of_campaign(&it.campaign),
            wallet: Some(it.wallet),
        }
    } else if let Some(it) = state.pools.get(account) {
        of_org(it.org)
    } else if let Some(it) = state.positions.get(account) {
        Owner {
            org: state.pools.get(&it.pool).map(|pool| pool.org),
            wallet: Some(it.wallet),
        }
    } else {
        Owner::default()
    }
}
