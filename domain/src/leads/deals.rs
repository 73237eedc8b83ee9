//! Deals: the stages that they go through, the findings recorded about them, and how findings go
//! together with winning.

mod findings;
mod lift;
mod stage;

pub use findings::{Barrier, Findings, Objection, Solution};
pub use lift::{Factor, WinCounts, WinRateLift};
pub use stage::{Stage, TransitionError, UnknownStage, transition};
