//! From a node's answers to rows. Pure; what is not understood is returned as such.

mod accounts;
mod receipts;

pub use accounts::{AccountError, Readings, account, readings};
pub use receipts::{Effects, effects, receipt};
pub(crate) use receipts::{plan, refused};

/// A slot as Postgres holds it; there is none beyond for 100 billion years.
pub(crate) fn slot(slot: u64) -> i64 {
    i64::try_from(slot).unwrap_or(i64::MAX)
}
