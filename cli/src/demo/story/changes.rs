//! Customers who change their mind, and money that goes back.

use super::{Story, tell};
use crate::demo::{
    Calendar, amount,
    business::{INDIVIDUAL, MINING_FARM},
};
use anyhow::Result;

/// How long after the first payments plans change: within the grace time, so that the charges of all
/// who subscribed before keep their billing day.
pub(super) const SECS_BEFORE_CHANGE: u32 = 3 * 86_400;

impl Story {
    /// Three days later every tenth customer moves up, and another tenth decides to move down when its
    /// month is over.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn plans_change(&self, calendar: &impl Calendar) -> Result<()> {
        calendar.advance(SECS_BEFORE_CHANGE).await?;
        let (chain, business) = (&self.chain, &self.business);
        let moved = self
            .gather(self.every_tenth(4), async |customer| {
                let coins = Self::purse(MINING_FARM);
                business.fund(chain, &customer.address(), coins).await?;
                customer.change_now(chain, business, MINING_FARM).await
            })
            .await?;
        let later = self
            .each(self.every_tenth(7), async |customer| {
                customer.change_later(chain, business, INDIVIDUAL).await?;
                Ok(true)
            })
            .await?;
        let credit = moved.iter().map(|(credit, _)| u128::from(*credit)).sum();
        let paid = moved.iter().map(|(_, debit)| u128::from(*debit)).sum();
        tell(
            "change",
            &format!(
                "moved up: {}, for {} and the {} that their days left were worth; moving down at the \
                 end of the month: {later}",
                moved.len(),
                amount(paid),
                amount(credit)
            ),
        );
        Ok(())
    }

    /// Every seventh customer gets half of its last payment back.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn some_refunds(&self) -> Result<()> {
        let (chain, business) = (&self.chain, &self.business);
        let refunds = self
            .gather(self.early().iter().step_by(7), async |customer| {
                let subscription = customer.subscription(chain, business).await?;
                business.refund(chain, &subscription).await
            })
            .await?;
        let count = refunds.iter().filter(|refund| **refund > 0).count();
        let sum = refunds.iter().map(|refund| u128::from(*refund)).sum();
        tell(
            "refund",
            &format!(
                "customers who got half of a payment back: {count}, {} in all",
                amount(sum)
            ),
        );
        Ok(())
    }
}
