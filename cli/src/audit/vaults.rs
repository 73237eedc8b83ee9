//! Vaults, which are accounts of the token programs.

use crate::chain::ChainError;
use solana_signature::Signature;
use tessera_client::types::Address;
use tessera_indexer::node::{TokenBalances, TokenChange, async_trait};

/// A reader of token accounts.
#[async_trait]
pub trait Vaults: Send + Sync {
    /// What at most 100 token accounts hold, confirmed, all at one slot, `min_slot` or later; 0 for
    /// one that does not exist.
    ///
    /// # Errors
    /// [`ChainError`] when they cannot be read.
    async fn balances(
        &self,
        vaults: &[Address],
        min_slot: u64,
    ) -> Result<TokenBalances, ChainError>;

    /// How a transaction changed a token account; none when it does not name it, or cannot be read.
    ///
    /// # Errors
    /// [`ChainError`] when it cannot be read.
    async fn change(
        &self,
        transaction: &Signature,
        vault: &Address,
    ) -> Result<Option<TokenChange>, ChainError>;
}
