//! The steps of the story, in order; each prints a line.

mod changes;
mod coming;
mod misses;
mod months;
mod rewards;
mod trials;

use super::{Business, Customer, PLANS, business::MONTH_SECS};
use crate::chain::{Chain, ChainError};
use anyhow::Result;
use changes::SECS_BEFORE_CHANGE;
use futures::{StreamExt, TryStreamExt, stream};
use months::SECS_TO_CLAIM;
use solana_keypair::Keypair;
use std::sync::Arc;
use tessera_client::types::Address;

/// Wallets that act at the same time.
const CONCURRENCY: usize = 16;
/// What the network's clock does by itself while the story goes on, at most; seconds.
const LEEWAY_SECS: u32 = 3_600;
/// Months of a plan's price that a customer's coins pay for.
const MONTHS_OF_COINS: u64 = 50;

/// A business, its customers, and the chain that they live on.
pub struct Story {
    chain: Arc<Chain>,
    /// The business.
    pub business: Business,
    /// Its customers, in the order in which they came.
    pub customers: Vec<Customer>,
    /// How many of them were there when the first month began, which the month's steps are about.
    early: usize,
}

impl Story {
    /// How long a story of so many months takes by the network's clock, at most; seconds.
    pub fn length(months: u32) -> i64 {
        let month = i64::from(MONTH_SECS + SECS_TO_CLAIM);
        i64::from(SECS_BEFORE_CHANGE + LEEWAY_SECS) + month * i64::from(months)
    }

    /// Opens the business, paid by `authority`; `quote_authority` derives the key that signs an
    /// org's quotes.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn begin(
        chain: Arc<Chain>,
        authority: Keypair,
        quote_authority: impl Fn(&Address) -> Keypair,
    ) -> Result<Self> {
        let business = Business::open(&chain, authority, quote_authority).await?;
        let plans: Vec<String> = PLANS
            .iter()
            .map(|plan| format!("{} {}", plan.name, plan.price))
            .collect();
        tell(
            "business",
            &format!("org {} sells {}", business.org, plans.join(", ")),
        );
        Ok(Self {
            chain,
            business,
            customers: Vec::new(),
            early: 0,
        })
    }

    /// The first month begins, with the customers who are there.
    pub fn first_month_begins(&mut self) {
        self.early = self.customers.len();
    }

    /// Those who were there when the first month began.
    fn early(&self) -> &[Customer] {
        &self.customers[..self.early]
    }

    /// Lets many act at the same time; returns how many had something to do.
    async fn each<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        act: impl AsyncFn(T) -> Result<bool, ChainError>,
    ) -> Result<usize> {
        let acted = self.gather(items, act).await?;
        Ok(acted.into_iter().filter(|acted| *acted).count())
    }

    /// Lets many act at the same time; returns their results, in no order.
    async fn gather<T, A>(
        &self,
        items: impl IntoIterator<Item = T>,
        act: impl AsyncFn(T) -> Result<A, ChainError>,
    ) -> Result<Vec<A>> {
        let acted = stream::iter(items)
            .map(|item| act(item))
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await?;
        Ok(acted)
    }

    /// Coins for many months of a plan.
    fn purse(plan: usize) -> u64 {
        PLANS[plan].price * MONTHS_OF_COINS
    }

    /// Every tenth of the first month's customers from `from` on: what a customer does follows from its
    /// place.
    fn every_tenth(&self, from: usize) -> impl Iterator<Item = &Customer> {
        self.early().iter().skip(from).step_by(10)
    }
}

/// Prints a line of progress.
pub(crate) fn tell(step: &str, what: &str) {
    say!("{step:<10}{what}");
}
