//! Retention by cohort and period. A period that is not over yet is blank, never 0.
//!
//! Counts are sums over persons: neither the order of persons nor how they are split over shards
//! matters.

mod cohort;
mod period;
mod table;

pub use cohort::{CohortBy, UNKNOWN_SEGMENT};
pub use period::Period;
pub use table::{
    CohortError, CohortRow, MAX_PERIODS, PersonActivity, Retention, RetentionDefinition,
    RetentionTable,
};
