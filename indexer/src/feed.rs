//! Where transactions come from, in chain order.
//!
//! Law: a stretch is whole. Of what calls the program between the mark and its end nothing is
//! missing; a feed that cannot say so fails, or says what is missing.

mod rpc;
#[cfg(feature = "yellowstone")]
pub mod yellowstone;

pub use rpc::RpcFeed;

use crate::node::{NodeError, Tip, Transaction};
use async_trait::async_trait;
use std::time::Duration;

/// Where its reader stands: everything up to and with this slot is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The slot.
    pub slot: u64,
}

/// What happened behind a mark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stretch {
    /// Transactions in chain order. Known ones may be among them, and what means nothing here may
    /// be left out.
    pub transactions: Vec<Transaction>,
    /// Through where these are all; none when there was no news, or when some are missing.
    pub through: Option<Tip>,
    /// Why these are not all.
    pub missing: Option<String>,
}

/// Why a feed has nothing to hand on.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// Something behind the mark cannot be had here. Another source has to carry the mark on.
    #[error("the feed cannot go on from slot {from}: {reason}")]
    Gap {
        /// The mark.
        from: u64,
        /// A mark from which it could go on, where it is known.
        resume: Option<u64>,
        /// Why.
        reason: String,
    },
    /// The feed's access was refused.
    #[error("the feed refuses access: {reason}")]
    Refused {
        /// What was said, without credentials.
        reason: String,
    },
    /// There is no connection, and patience is at its end.
    #[error("the feed is broken: {reason}")]
    Broken {
        /// What broke it, without credentials.
        reason: String,
    },
    /// A node failed that had to be asked.
    #[error(transparent)]
    Node(#[from] NodeError),
}

/// A source of the transactions that call the program.
#[async_trait]
pub trait Feed: Send {
    /// What happened behind `mark`, as soon as there is news; for the first of it, no longer than
    /// `patience` is waited. A mark behind an earlier stretch's end has what follows it handed out
    /// again. May be dropped at any await without loss.
    async fn next(&mut self, mark: Mark, patience: Duration) -> Result<Stretch, FeedError>;
}
