//! What each month brings: charges, commission, points.

use super::{Story, tell};
use crate::{
    chain::ChainError,
    demo::{Calendar, amount, business::MONTH_SECS},
};
use anyhow::{Result, bail};
use std::time::Duration;
use tessera_client::{Account, keeper, types::accounts::SubscriptionState};
use tessera_domain::time::Timestamp;
use tokio::time::{Instant, sleep};

/// How long the keeper may take for a month's work.
const PATIENCE: Duration = Duration::from_secs(300);

/// How long commission is held before it can be claimed, seconds.
pub(super) const SECS_TO_CLAIM: u32 = 86_400;

/// Counts of subscriptions.
#[derive(Debug, Default)]
struct Standing {
    /// Due, and not yet charged or marked by the keeper.
    waiting: usize,
    paid: usize,
    past_due: usize,
    lapsed: usize,
}

impl Story {
    /// A month passes, and the keeper, which runs as another task, collects what became due and
    /// marks what cannot be collected.
    ///
    /// # Errors
    /// When the keeper does not finish in time.
    pub async fn month_passes(&self, calendar: &impl Calendar) -> Result<()> {
        self.days_pass(calendar, MONTH_SECS).await
    }

    /// The same of another time, seconds.
    pub(super) async fn days_pass(&self, calendar: &impl Calendar, secs: u32) -> Result<()> {
        let now = calendar.advance(secs).await?;
        self.collected(now).await
    }

    /// The network's clock comes to `present`, Unix seconds, and the keeper collects what became due
    /// until then.
    ///
    /// # Errors
    /// When the keeper does not finish in time.
    pub async fn present_comes(&self, calendar: &impl Calendar, present: i64) -> Result<()> {
        let now = calendar.advance_to(present).await?;
        self.collected(now).await
    }

    /// Waits until the keeper has done everything that was due at `now`, Unix seconds.
    async fn collected(&self, now: i64) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let standing = self.standing(now).await?;
            if standing.waiting == 0 {
                let Standing {
                    paid,
                    past_due,
                    lapsed,
                    ..
                } = standing;
                tell(
                    "month",
                    &format!(
                        "it is {}; subscriptions charged: {paid}, past due: {past_due}, \
                         lapsed: {lapsed}",
                        Timestamp::from_secs(now)
                    ),
                );
                return Ok(());
            }
            if Instant::now() > deadline {
                let due = standing.waiting;
                bail!("the keeper left {due} due subscriptions as they were for {PATIENCE:?}");
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// Counts subscriptions at `now` (Unix seconds).
    async fn standing(&self, now: i64) -> Result<Standing, ChainError> {
        let accounts = self.chain.program_accounts().await?.accounts;
        let mut standing = Standing::default();
        for account in accounts.values() {
            let Account::Subscription(it) = account else {
                continue;
            };
            let ends_at = match accounts.get(&keeper::plan(it)) {
                Some(Account::Plan(plan)) => plan.ends_at,
                _ => i64::MIN,
            };
            if it.state == SubscriptionState::Lapsed as u8 {
                standing.lapsed += 1;
            } else if !SubscriptionState::is_live(it.state) {
                continue;
            } else if it.next_due > now {
                standing.paid += 1;
            } else if it.state == SubscriptionState::PastDue as u8
                && it.is_collectable(ends_at, now)
            {
                standing.past_due += 1;
            } else {
                standing.waiting += 1;
            }
        }
        Ok(standing)
    }

    /// Referrers claim what has been held long enough, after a day.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn referrers_claim(&self, calendar: &impl Calendar) -> Result<()> {
        let now = calendar.advance(SECS_TO_CLAIM).await?;
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
            &format!(
                "referrers who claimed: {claims}, {} in all",
                amount(claimed)
            ),
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
            &format!("awards: {awarded}, redemptions: {redeemed}"),
        );
        Ok(())
    }
}
