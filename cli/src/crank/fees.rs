//! Where the keeper is paid.

use super::Crank;
use crate::chain::ChainError;
use solana_signer::Signer;
use spl_associated_token_account_interface::{
    address::get_associated_token_address_with_program_id,
    instruction::create_associated_token_account_idempotent,
};
use tessera_client::types::{Address, accounts::Plan};

impl Crank {
    /// The keeper's token account for the plan's mint, created the first time. Where none can be
    /// had, the charge is made for nothing.
    pub(super) async fn fee_account(&self, plan: &Plan) -> Result<Option<Address>, ChainError> {
        let mut known = self.fee_accounts.lock().await;
        if let Some(account) = known.get(&plan.mint) {
            return Ok(Some(*account));
        }
        let keeper = self.keeper.pubkey();
        let (mint, program) = (&plan.mint, &plan.token_program);
        let create = create_associated_token_account_idempotent(&keeper, &keeper, mint, program);
        match self.chain.send(&[create], &self.keeper, &[]).await {
            Err(error) if error.is_verdict() => {
                tracing::warn!(%mint, "there is no account for the keeper's fee: {error}");
                return Ok(None);
            }
            sent => sent?,
        };
        let account = get_associated_token_address_with_program_id(&keeper, mint, program);
        known.insert(plan.mint, account);
        Ok(Some(account))
    }
}
