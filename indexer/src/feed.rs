//! Where transactions come from, in chain order.
//!
//! Law: a stretch is complete. No transaction that calls the program between the mark and the
//! stretch's end is missing; a feed that cannot guarantee this fails, or says what is missing.

mod rpc;
#[cfg(feature = "yellowstone")]
pub mod yellowstone;

pub use rpc::RpcFeed;

use crate::node::{NodeError, Tip, Transaction};
use async_trait::async_trait;
use std::time::Duration;

/// The position of a feed's reader: everything up to and including this slot is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The slot.
    pub slot: u64,
}

/// The transactions after a mark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stretch {
    /// Transactions in chain order. Known ones may be among them, and those that do not call the
    /// program may be left out.
    pub transactions: Vec<Transaction>,
    /// The slot through which these are all; none when there was no news, or when some are missing.
    pub through: Option<Tip>,
    /// Why these are not all.
    pub missing: Option<String>,
}

/// Why a feed cannot hand on a stretch.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// Something after the mark is not available here. Another source has to move the mark on.
    #[error("the feed cannot go on from slot {from}: {reason}")]
    Gap {
        /// The mark.
        from: u64,
        /// A mark from which the feed could go on, if known.
        resume: Option<u64>,
        /// Why the feed lacks it.
        reason: String,
    },
    /// The feed's access was refused.
    #[error("the feed refuses access: {reason}")]
    Refused {
        /// The server's reason, without credentials.
        reason: String,
    },
    /// There was no connection for too long.
    #[error("the feed is broken: {reason}")]
    Broken {
        /// What broke the connection, without credentials.
        reason: String,
    },
    /// A node that had to be asked failed.
    #[error(transparent)]
    Node(#[from] NodeError),
}

/// A source of the transactions that call the program.
#[async_trait]
pub trait Feed: Send {
    /// Returns what happened after `mark` as soon as there is news, and waits no longer than
    /// `patience` for it. A mark before an earlier stretch's end gets what follows it again. Cancel
    /// safe: the future may be dropped without loss.
    async fn next(&mut self, mark: Mark, patience: Duration) -> Result<Stretch, FeedError>;
}
