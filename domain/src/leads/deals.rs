//! Deals: the stages that they go through, the findings recorded about them, and how findings go
//! together with winning.

mod lift;
mod particulars;
mod stage;

pub use lift::{Factor, WinCounts, WinRateLift};
pub use particulars::{Barrier, Objection, Particulars, Solution};
pub use stage::{Stage, TransitionError, UnknownStage, transition};
