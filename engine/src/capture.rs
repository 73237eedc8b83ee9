//! Events into the event log, and everything that moves with them.

mod ingest;
mod record;

pub use ingest::{EventBatch, Item, Outcome, ingest};
pub use record::{Occurrence, record};
