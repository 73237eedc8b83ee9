//! Money that the business gives back.

use super::Business;
use crate::chain::{Chain, ChainError};
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address;
use tessera_client::{
    instructions::{Refund, Refundable},
    types::accounts::{Plan, Subscription},
};

impl Business {
    /// Refunds half of a subscription's last payment; returns how much that is, in the smallest
    /// unit.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn refund(
        &self,
        chain: &Chain,
        subscription: &Subscription,
    ) -> Result<u64, ChainError> {
        let amount = subscription.period_debit / 2;
        if amount == 0 {
            return Ok(0);
        }
        let plan: Plan = chain.existing(&subscription.plan).await?;
        let refund = Refund {
            authority: self.authority.pubkey(),
            source_owner: self.treasury.pubkey(),
            payment: Refundable::Subscription(subscription),
            plan: &plan,
            source: get_associated_token_address(&self.treasury.pubkey(), &self.mint),
            destination: subscription.payer_token,
            amount,
        };
        let signers = [&self.treasury];
        chain
            .send(&[refund.into()], &self.authority, &signers)
            .await?;
        Ok(amount)
    }
}
