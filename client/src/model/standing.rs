//! Balances and sums, for simulations on the model.

use super::{State, rules};
use tessera_types::{Address, accounts::Subscription};

/// Sums over all accounts; amounts over all mints, each in its smallest unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Subscriptions that nobody has ended.
    pub live_subscriptions: u64,
    /// Commission that is held.
    pub held: u128,
    /// Commission that can be claimed.
    pub claimable: u128,
    /// What referrers owe for refunds.
    pub debt: u128,
    /// Points that members can spend.
    pub points: u128,
    /// Points that members owe for refunds.
    pub points_debt: u128,
}

impl State {
    /// The subscription at an address.
    pub fn subscription(&self, address: &Address) -> Option<&Subscription> {
        self.subscriptions.get(address).map(|it| &it.account)
    }

    /// Points that the member at an address can spend at `now` (Unix seconds).
    pub fn spendable(&self, member: &Address, now: i64) -> u128 {
        self.members.get(member).map_or(0, |it| {
            let mut held = it.balance.clone();
            held.expire(now);
            held.points
        })
    }

    /// What can be claimed from the ledger at an address at `now` (Unix seconds).
    pub fn claimable(&self, ledger: &Address, now: i64) -> u128 {
        self.ledgers.get(ledger).map_or(0, |it| {
            let mut ledger = *it;
            ledger.release(now.into());
            ledger.claimable
        })
    }

    /// The sums at `now` (Unix seconds).
    pub fn standing(&self, now: i64) -> Standing {
        let mut standing = Standing::default();
        for it in self.subscriptions.values() {
            standing.live_subscriptions += u64::from(rules::schedule::is_live(it.account.state));
        }
        for it in self.ledgers.values() {
            let mut it = *it;
            it.release(now.into());
            standing.held += it.held + it.queued;
            standing.claimable += it.claimable;
            standing.debt += it.debt;
        }
        for it in self.members.values() {
            let mut held = it.balance.clone();
            held.expire(now);
            standing.points += held.points;
            standing.points_debt += held.debt;
        }
        standing
    }
}
