//! From what a node answers to rows. Pure; what is not understood is returned as such.

mod accounts;
mod events;

pub use accounts::{account, readings};
pub use events::{EventRows, effects};

/// A slot as Postgres holds it; there is none beyond for 100 billion years.
pub(crate) fn slot(slot: u64) -> i64 {
    i64::try_from(slot).unwrap_or(i64::MAX)
}
