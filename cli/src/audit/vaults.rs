//! Vaults, which are accounts of the token programs.

use crate::chain::{Balances, ChainError};
use solana_signature::Signature;
use tessera_client::types::Address;
use tessera_indexer::node::async_trait;

/// What a transaction made of a token account's balance, in the mint's smallest unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Before it.
    pub before: u64,
    /// After it.
    pub after: u64,
}

/// Who reads token accounts.
#[async_trait]
pub trait Vaults: Send + Sync {
    /// What at most 100 token accounts hold, confirmed, all at one slot, `min_slot` or later; 0 for
    /// one that does not exist.
    ///
    /// # Errors
    /// [`ChainError`] when they cannot be read.
    async fn balances(&self, vaults: &[Address], min_slot: u64) -> Result<Balances, ChainError>;

    /// What a transaction made of a token account; none when it has nothing to do with it.
    ///
    /// # Errors
    /// [`ChainError`] when it cannot be read.
    async fn change(
        &self,
        transaction: &Signature,
        vault: &Address,
    ) -> Result<Option<Change>, ChainError>;
}
