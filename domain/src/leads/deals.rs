//! Deals: the stages that they go through, what was found out about them, and which of those findings
//! go with winning.

mod lift;
mod particulars;
mod stage;

pub use lift::{Factor, WinCounts, WinRateLift};
pub use particulars::{Barrier, Objection, Particulars, Solution};
pub use stage::{Stage, TransitionError, UnknownStage, transition};
