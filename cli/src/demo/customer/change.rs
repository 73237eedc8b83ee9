//! Changes of plan.

use super::{Customer, terms};
use crate::{
    chain::{Chain, ChainError},
    demo::Business,
};
use tessera_client::instructions::ChangePlan;

impl Customer {
    /// Moves to another plan, whose first period begins and is paid now, less the worth of the rest
    /// of the last one. Returns that credit and the payment, in the smallest unit.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn change_now(
        &self,
        chain: &Chain,
        business: &Business,
        plan: usize,
    ) -> Result<(u64, u64), ChainError> {
        self.change(chain, business, plan, false).await?;
        let subscription = self.subscription(chain, business).await?;
        Ok((subscription.period_credit, subscription.period_debit))
    }

    /// Moves to another plan when the paid period ends.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn change_later(
        &self,
        chain: &Chain,
        business: &Business,
        plan: usize,
    ) -> Result<(), ChainError> {
        self.change(chain, business, plan, true).await
    }

    async fn change(
        &self,
        chain: &Chain,
        business: &Business,
        plan: usize,
        at_period_end: bool,
    ) -> Result<(), ChainError> {
        let subscription = self.subscription(chain, business).await?;
        let (_, new_plan) = &business.plans[plan];
        let change = ChangePlan {
            subscription: &subscription,
            new_plan,
            terms: terms(new_plan, chain.now().await?),
            most_debit: if at_period_end { 0 } else { new_plan.price },
            at_period_end,
        };
        chain.send(&[change.into()], &self.wallet, &[]).await?;
        Ok(())
    }
}
