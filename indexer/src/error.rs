//! Errors of the indexer.

use crate::{feed::FeedError, node::NodeError};
use tessera_store::StoreError;

/// Why a round was not completed. What was stored before stays.
#[derive(Debug, thiserror::Error)]
pub enum IndexerError {
    /// The chain could not be read.
    #[error("the chain cannot be read")]
    Node(#[from] NodeError),
    /// The feed could not be read.
    #[error("the chain cannot be read")]
    Feed(#[from] FeedError),
    /// The mirror could not be read or written.
    #[error("the mirror failed")]
    Store(#[from] StoreError),
    /// A node states a last slot that the network cannot have reached.
    #[error(
        "slot {slot} is impossible: {ahead} slots after the last final one, but the network's clock has advanced only {passed_secs} s"
    )]
    ImplausibleSlot {
        /// The slot.
        slot: i64,
        /// How many slots it is after the last final one.
        ahead: i64,
        /// How far the network's clock has advanced since then, seconds.
        passed_secs: i64,
    },
    /// A round did what it could, and something is left.
    #[error("{0}")]
    Incomplete(String),
}

impl IndexerError {
    /// Whether a later round cannot succeed either: the database is of another network, or no node
    /// can be asked as configured. Every other error may pass, and no content of the chain causes a
    /// final one.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Store(StoreError::OtherGenesis { .. }) | Self::Node(NodeError::Setup(_))
        )
    }
}
