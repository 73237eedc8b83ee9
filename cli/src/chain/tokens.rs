//! Balances of token accounts, and how transactions changed them.

use super::{Chain, ChainError};
use crate::audit::Vaults;
use async_trait::async_trait;
use solana_signature::Signature;
use tessera_client::types::Address;
use tessera_indexer::node::{Commitment, TokenBalances, TokenChange};

#[async_trait]
impl Vaults for Chain {
    async fn balances(
        &self,
        vaults: &[Address],
        min_slot: u64,
    ) -> Result<TokenBalances, ChainError> {
        Ok(self.node.token_balances(vaults, min_slot).await?)
    }

    async fn change(
        &self,
        transaction: &Signature,
        vault: &Address,
    ) -> Result<Option<TokenChange>, ChainError> {
        let commitment = Commitment::Confirmed;
        let change = self.node.token_change(*transaction, vault, commitment);
        Ok(change.await?)
    }
}
