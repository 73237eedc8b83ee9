//! Running out of coins, and paying what was missed.

use super::Customer;
use crate::{
    audit::Vaults as _,
    chain::{Chain, ChainError},
    demo::{Business, business::built},
};
use solana_signer::Signer;
use spl_token_interface::instruction as token;
use tessera_client::{
    instructions::Charge,
    keeper,
    types::{
        TesseraError,
        accounts::{Plan, SubscriptionState},
    },
};

impl Customer {
    /// Loses all of its coins; returns whether it had any.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn run_dry(&self, chain: &Chain, business: &Business) -> Result<bool, ChainError> {
        let account = self.token(business);
        let read = chain.balances(&[account], 0).await?;
        let held = read.balances.first().map_or(0, |(_, held)| *held);
        if held == 0 {
            return Ok(false);
        }
        let burn = built(token::burn(
            &spl_token_interface::ID,
            &account,
            &business.mint,
            &self.wallet.pubkey(),
            &[],
            held,
        ));
        chain.send(&[burn], &self.wallet, &[]).await?;
        Ok(true)
    }

    /// Charges its own missed period, as anybody may; returns whether there was one that can still
    /// be paid.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn make_up(&self, chain: &Chain, business: &Business) -> Result<bool, ChainError> {
        let subscription = self.subscription(chain, business).await?;
        let plan: Plan = chain.existing(&keeper::plan(&subscription)).await?;
        let now = chain.now().await?;
        if subscription.state != SubscriptionState::PastDue as u8
            || !subscription.is_collectable(plan.ends_at, now)
        {
            return Ok(false);
        }
        let charge = Charge {
            subscription: &subscription,
            plan: &plan,
            keeper_token: None,
        };
        match chain.send(&[charge.into()], &self.wallet, &[]).await {
            // The keeper was faster.
            Err(error) if error.is(TesseraError::NotDue) => Ok(true),
            sent => sent.map(|_| true),
        }
    }
}
