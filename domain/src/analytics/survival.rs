//! How long customers stay, estimated correctly although most have not left yet: Kaplan and Meier's
//! curve.
//!
//! Lifetimes are counts that add over persons, so that a curve can be drawn from the sums of shards.

mod kaplan_meier;
mod lifetimes;
mod subscribers;

pub use kaplan_meier::{SurvivalCurve, SurvivalPoint};
pub use lifetimes::{Ends, Lifetimes};
pub use subscribers::SubscriberLifetimes;
