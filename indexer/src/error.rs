//! What can keep the indexer from going on.

use crate::{feed::FeedError, node::NodeError};
use tessera_store::StoreError;

/// Why a round did not come to its end. What was stored before stays.
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
    /// What is said to be the chain's last slot is further than the network can have got.
    #[error(
        "slot {slot} cannot be: {ahead} slots behind the last final one, in {passed_secs} s of the clock"
    )]
    ImplausibleSlot {
        /// The slot.
        slot: i64,
        /// How many slots it is behind the last final one.
        ahead: i64,
        /// How far the network's clock went on meanwhile, seconds.
        passed_secs: i64,
    },
    /// A round did what it could, and something is left.
    #[error("{0}")]
    Incomplete(String),
}

impl IndexerError {
    /// Whether a later round cannot succeed either: the database is another network's, or no node can be
    /// asked as they are given. All else may pass, and nothing that stands on the chain is among it.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Store(StoreError::OtherGenesis { .. }) | Self::Node(NodeError::Setup(_))
        )
    }
}
