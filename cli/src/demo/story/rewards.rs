//! What the business gives: vouchers, and rewards for stakes.

use super::{Story, tell};
use crate::demo::{Customer, amount, units};
use anyhow::Result;

/// Coins of a voucher.
const VOUCHER: u64 = 5;
/// Coins that a staker stakes.
const STAKE: u64 = 10;
/// Coins that all stakers together earn in a month.
const REWARDS: u64 = 100;

impl Story {
    /// Every third customer is given a voucher, and claims it.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn vouchers_claimed(&self) -> Result<()> {
        let (chain, business) = (&self.chain, &self.business);
        let given = || self.early().iter().step_by(3);
        let wallets = given().map(Customer::address);
        let Some(vouchers) = business.give(chain, wallets, units(VOUCHER)).await? else {
            return Ok(());
        };
        let claimed = self
            .each(given(), async |customer| {
                customer.claim_voucher(chain, business, &vouchers).await
            })
            .await?;
        tell(
            "voucher",
            &format!("vouchers claimed, for {VOUCHER} coins each: {claimed}"),
        );
        Ok(())
    }

    /// Every fourth customer stakes, and the business streams rewards to them for a month.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn stakes_begin(&self) -> Result<()> {
        let (chain, business) = (&self.chain, &self.business);
        business.open_pool(chain).await?;
        let staked = self
            .each(self.stakers(), async |customer| {
                customer.stake(chain, business, units(STAKE)).await?;
                Ok(true)
            })
            .await?;
        business.fund_pool(chain, units(REWARDS)).await?;
        tell(
            "stake",
            &format!("wallets that staked {STAKE} coins, for {REWARDS} in a month: {staked}"),
        );
        Ok(())
    }

    /// After that month they take their rewards, and every second one its stake.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn stakers_harvest(&self) -> Result<()> {
        let harvests = self
            .gather(self.stakers().enumerate(), async |(index, customer)| {
                let leaves = index % 2 == 1;
                customer.harvest(&self.chain, &self.business, leaves).await
            })
            .await?;
        let sum = harvests.iter().map(|it| u128::from(*it)).sum();
        tell(
            "harvest",
            &format!("stakers paid: {}, {} in all", harvests.len(), amount(sum)),
        );
        Ok(())
    }

    fn stakers(&self) -> impl Iterator<Item = &Customer> {
        self.early().iter().step_by(4)
    }
}
