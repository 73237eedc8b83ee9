//! The indexer: reads the program's accounts and history from nodes and mirrors them in Postgres.
//!
//! Rows, receipts and the cursor commit together, so a stop at any moment loses nothing and repeats
//! nothing. What a node does not show is an error, never "nothing happened"; what this version does
//! not understand on the chain is kept as a dead letter, and the rest goes on.

mod ahead;
mod apply;
mod backfill;
mod error;
mod fresh;
mod hints;
mod letters;
mod live;
mod metrics;
mod mirror;
mod proof;
mod reconcile;
mod run;
mod tip;
mod walk;

pub mod decode;
pub mod feed;
pub mod node;

pub use backfill::{Filled, Progress};
pub use error::IndexerError;
pub use letters::Replayed;
pub use run::{Indexer, IndexerConfig};
