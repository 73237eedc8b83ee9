//! Experiments: designs and what they measure, who sees which arm, and what may be concluded.

pub mod assign;
pub(crate) mod closing;
pub mod designs;
pub mod holdouts;
pub(crate) mod look;
pub mod metrics;
pub mod overlaps;
pub mod phases;
pub mod planning;
pub mod reports;
pub mod results;

mod recount;
