//! Payments that are missed.

use super::{Story, tell};
use crate::demo::Customer;
use anyhow::Result;

impl Story {
    /// Every tenth customer runs out of coins.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn some_run_dry(&self) -> Result<()> {
        self.run_dry(self.every_tenth(6)).await
    }

    /// These customers run out of coins.
    pub(super) async fn run_dry(
        &self,
        customers: impl IntoIterator<Item = &Customer>,
    ) -> Result<()> {
        let dry = self
            .each(customers, async |customer| {
                customer.run_dry(&self.chain, &self.business).await
            })
            .await?;
        tell("dry", &format!("wallets that ran out of coins: {dry}"));
        Ok(())
    }

    /// Every second one of them gets new coins and pays what it missed; the others lapse when their
    /// grace time is over.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn some_make_up(&self) -> Result<()> {
        let (chain, business) = (&self.chain, &self.business);
        let paid = self
            .each(self.every_tenth(6).step_by(2), async |customer| {
                let coins = Self::purse(customer.plan);
                business.fund(chain, &customer.address(), coins).await?;
                customer.make_up(chain, business).await
            })
            .await?;
        tell(
            "recover",
            &format!("wallets that paid what they had missed: {paid}"),
        );
        Ok(())
    }
}
