//! The indexer: reads the program's accounts and history from a node and mirrors them in Postgres.
//!
//! Rows, events and the cursor commit together, so a stop at any moment loses nothing and repeats
//! nothing. What a node does not tell is an error that stops the cursor, never "nothing happened".
//! [`Stream`] then carries what is mirrored into the sales engine, and [`Builder`] brings its new
//! funnels and scoring models up to date with the past.

mod apply;
mod build;
mod error;
mod metrics;
mod reconcile;
mod reread;
mod run;
mod stream;

pub mod decode;
pub mod history;
pub mod node;
pub mod source;

pub use build::Builder;
pub use error::IndexerError;
pub use run::{Indexer, IndexerConfig};
pub use stream::Stream;
