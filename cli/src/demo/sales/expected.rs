//! What the sales engine has to answer: counted from the visitors' scripts and the chain's accounts,
//! and never from its own tables.

use super::{Sales, deals::Outcome};
use crate::{
    chain::{Chain, ChainError},
    demo::{
        Customer,
        visitors::{Channel, Stage, Visitor},
    },
};
use std::{collections::BTreeMap, ops::Range};
use tessera_client::{
    Account,
    types::{
        Address,
        accounts::{Subscription, SubscriptionState},
    },
};

/// Subscriptions of the business, as the chain has them.
pub(super) struct OnChain(Vec<Subscription>);

impl OnChain {
    pub(super) async fn read(chain: &Chain) -> Result<Self, ChainError> {
        let accounts = chain.program_accounts().await?.accounts;
        let subscriptions = accounts.into_values().filter_map(|account| match account {
            Account::Subscription(subscription) => Some(subscription),
            _ => None,
        });
        Ok(Self(subscriptions.collect()))
    }

    /// All of them: each customer has one.
    pub(super) fn subscribed(&self) -> usize {
        self.0.len()
    }

    /// Those that were paid for.
    pub(super) fn paid(&self) -> impl Iterator<Item = &Subscription> {
        self.0.iter().filter(|it| it.periods_paid > 0)
    }

    /// Those whose wallet is one of these.
    pub(super) fn paid_by(&self, wallets: &[Address]) -> usize {
        self.paid()
            .filter(|it| wallets.contains(&it.wallet))
            .count()
    }

    pub(super) fn in_state(&self, state: SubscriptionState) -> usize {
        self.0.iter().filter(|it| it.state == state as u8).count()
    }

    /// Those of a state whose grace time ended at a time, Unix seconds, with nothing paid.
    pub(super) fn missed_in(
        &self,
        state: SubscriptionState,
        time: Range<i64>,
    ) -> impl Iterator<Item = &Subscription> {
        let is_in_state = move |it: &&Subscription| it.state == state as u8;
        let ended = |it: &Subscription| it.next_due + i64::from(it.terms.grace_secs);
        let all = self.0.iter().filter(is_in_state);
        all.filter(move |it| time.contains(&ended(it)))
    }

    /// Those that have not ended.
    pub(super) fn live(&self) -> usize {
        let live = |it: &&Subscription| SubscriptionState::is_live(it.state);
        self.0.iter().filter(live).count()
    }
}

impl Sales {
    /// Visitors who came at least so far.
    pub(super) fn reached(&self, stage: Stage) -> usize {
        self.count(|visitor| visitor.stage >= stage)
    }

    /// Visitors of whom this is true.
    pub(super) fn count(&self, is: impl Fn(&Visitor) -> bool) -> usize {
        self.visitors.iter().filter(|visitor| is(visitor)).count()
    }

    /// Customers who came with their wallet alone.
    pub(super) fn unseen(&self, chain: &OnChain) -> usize {
        chain.subscribed() - self.customers.len()
    }

    /// Customers by the channel that first brought them: of those who came with their wallet alone, the
    /// chain knows whether they registered through a code.
    pub(super) fn first_touches(&self, customers: &[Customer]) -> BTreeMap<&'static str, usize> {
        let channel = |(place, customer): (usize, &Customer)| match self.customers.get(&place) {
            Some(visitor) => self.visitors[*visitor].channel(),
            None if customer.referrer.is_some() => Channel::Referral,
            None => Channel::Direct,
        };
        let mut channels = BTreeMap::new();
        for channel in customers.iter().enumerate().map(channel) {
            *channels.entry(channel.name()).or_default() += 1;
        }
        channels
    }

    pub(super) fn deals_that(&self, outcome: Outcome) -> usize {
        let is = |(_, its): &(&Visitor, Outcome)| *its == outcome;
        self.deals().into_iter().filter(is).count()
    }
}
