//! What happens, in which order; each step is told in a line.

use super::{Business, Calendar, Customer, PLANS, amount, business::MONTH_SECS};
use crate::chain::{Chain, ChainError};
use anyhow::{Result, bail};
use futures::{StreamExt, TryStreamExt, stream};
use solana_keypair::Keypair;
use std::{sync::Arc, time::Duration};
use tessera_client::{
    Account,
    types::{Address, REFERRAL_LEVELS, accounts::Subscription},
};
use tokio::time::{Instant, sleep};

/// Wallets that act at the same time.
const CONCURRENCY: usize = 16;
/// How long the crank may take to collect what is due.
const PATIENCE: Duration = Duration::from_secs(300);
/// Coins that a customer starts with, for each coin of its plan's price.
const MONTHS_OF_COINS: u64 = 50;

/// A business, its customers, and the chain that they live on.
pub struct Story {
    chain: Arc<Chain>,
    /// The business.
    pub business: Business,
    /// Its customers, in the order in which they came.
    pub customers: Vec<Customer>,
}

impl Story {
    /// Opens the business, paid by `authority`; `quote_authority` makes the key that signs quotes of
    /// an org.
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
        })
    }

    /// `count` new customers register, every second one through a code, up to three levels deep.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn customers_join(&mut self, count: usize) -> Result<()> {
        let first = self.customers.len();
        for _ in 0..count {
            let customer = self.next_customer();
            self.customers.push(customer);
        }
        // Referrers come first: a level at a time.
        for depth in 0..=REFERRAL_LEVELS {
            let level = self.customers[first..]
                .iter()
                .filter(|customer| customer.depth == depth);
            self.each(level, async |customer| {
                let coins = PLANS[customer.plan].price * MONTHS_OF_COINS;
                let (chain, business) = (&self.chain, &self.business);
                business.fund(chain, &customer.address(), coins).await?;
                let above = customer.referrer.map(|index| &self.customers[index]);
                customer.join(chain, business, above).await?;
                Ok(true)
            })
            .await?;
        }
        let referred = self.customers[first..]
            .iter()
            .filter(|customer| customer.referrer.is_some())
            .count();
        tell(
            "join",
            &format!("{count} wallets registered, {referred} through a code"),
        );
        Ok(())
    }

    fn next_customer(&self) -> Customer {
        let index = self.customers.len();
        let referrer = (index % 2 == 1).then(|| {
            // The one referred before, until the chain is as deep as commission goes.
            match index.checked_sub(2) {
                Some(before) if self.customers[before].depth < REFERRAL_LEVELS => before,
                _ => index - 1,
            }
        });
        let mut code = [0; 16];
        let text = format!("FRIEND-{index}");
        code[..text.len()].copy_from_slice(text.as_bytes());
        Customer {
            wallet: Keypair::new(),
            code,
            plan: match index % 10 {
                7 | 8 => 1,
                9 => 2,
                _ => 0,
            },
            referrer,
            depth: referrer.map_or(0, |above| self.customers[above].depth + 1),
        }
    }

    /// The customers from `first` on subscribe, every fourth at a quote a tenth below the price.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn customers_subscribe(&self, first: usize) -> Result<()> {
        let newcomers = self.customers.iter().enumerate().skip(first);
        let subscribed = self
            .each(newcomers, async |(index, customer)| {
                let discount_bps = if index % 4 == 3 { 1_000 } else { 0 };
                customer
                    .subscribe(&self.chain, &self.business, discount_bps)
                    .await?;
                Ok(true)
            })
            .await?;
        tell(
            "subscribe",
            &format!("{subscribed} subscriptions, each with its first payment"),
        );
        Ok(())
    }

    /// A month passes and the crank, which runs elsewhere, collects what became due.
    ///
    /// # Errors
    /// When the crank does not collect in time.
    pub async fn month_passes(&self, calendar: &impl Calendar) -> Result<()> {
        let now = calendar.advance(MONTH_SECS).await?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (due, paid) = self.live_subscriptions(now).await?;
            if due == 0 {
                tell(
                    "month",
                    &format!("the clock is at {now}, {paid} subscriptions charged"),
                );
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("the crank left {due} due subscriptions uncollected for {PATIENCE:?}");
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// How many subscriptions that can be charged are due at `now` (Unix seconds), and how many are
    /// paid.
    async fn live_subscriptions(&self, now: i64) -> Result<(usize, usize), ChainError> {
        let accounts = self.chain.program_accounts().await?.accounts;
        let (due, paid): (Vec<&Subscription>, Vec<&Subscription>) = accounts
            .values()
            .filter_map(|account| match account {
                Account::Subscription(subscription) => Some(subscription),
                _ => None,
            })
            .filter(|subscription| match accounts.get(&subscription.plan) {
                Some(Account::Plan(plan)) => subscription.is_collectable(plan.ends_at, now),
                _ => false,
            })
            .partition(|subscription| subscription.next_due <= now);
        Ok((due.len(), paid.len()))
    }

    /// Referrers claim what has been held long enough, after a day.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn referrers_claim(&self, calendar: &impl Calendar) -> Result<()> {
        let now = calendar.advance(86_400).await?;
        let claims = self
            .each(&self.customers, async |customer| {
                customer.claim(&self.chain, &self.business, now).await
            })
            .await?;
        let accounts = self.chain.program_accounts().await?.accounts;
        let claimed: u128 = accounts
            .values()
            .map(|account| match account {
                Account::Ledger(ledger) => u128::from(ledger.claimed),
                _ => 0,
            })
            .sum();
        tell(
            "claim",
            &format!("{claims} referrers claimed, {} in all", amount(claimed)),
        );
        Ok(())
    }

    /// Every fifth customer is given points and every third spends some.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn points_move(&self) -> Result<()> {
        let awarded = self
            .each(self.customers.iter().step_by(5), async |customer| {
                self.business
                    .award(&self.chain, &customer.address(), 250)
                    .await?;
                Ok(true)
            })
            .await?;
        let redeemed = self
            .each(self.customers.iter().step_by(3), async |customer| {
                customer.redeem(&self.chain, &self.business).await
            })
            .await?;
        tell(
            "points",
            &format!("{awarded} awards, {redeemed} redemptions"),
        );
        Ok(())
    }

    /// Every twelfth customer leaves.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn some_cancel(&self) -> Result<()> {
        let cancelled = self
            .each(
                self.customers.iter().skip(2).step_by(12),
                async |customer| {
                    customer.cancel(&self.chain, &self.business).await?;
                    Ok(true)
                },
            )
            .await?;
        tell("cancel", &format!("{cancelled} subscriptions cancelled"));
        Ok(())
    }

    /// Lets many act at the same time; how many had something to do.
    async fn each<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        act: impl AsyncFn(T) -> Result<bool, ChainError>,
    ) -> Result<usize> {
        let acted: Vec<bool> = stream::iter(items)
            .map(|item| act(item))
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await?;
        Ok(acted.into_iter().filter(|acted| *acted).count())
    }
}

/// One line of progress.
pub(crate) fn tell(step: &str, what: &str) {
    println!("{step:<10}{what}");
}
