//! The one thing that the API asks of the network itself: everything else is in the mirror.

use async_trait::async_trait;
use solana_hash::Hash;

/// The network, as the API needs it.
#[async_trait]
pub trait Chain: std::fmt::Debug + Send + Sync {
    /// A blockhash that transactions can still be built on.
    ///
    /// # Errors
    /// [`Unreachable`] when the node does not answer.
    async fn latest_blockhash(&self) -> Result<Hash, Unreachable>;
}

/// The node does not answer.
#[derive(Debug, thiserror::Error)]
#[error("the network's node does not answer")]
pub struct Unreachable(#[source] pub Box<dyn std::error::Error + Send + Sync>);
