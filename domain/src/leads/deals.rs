//! Deals: the stages that they go through, the pipelines that an organisation makes of them, how they are
//! corrected, the findings recorded about them, and how findings go together with winning.

mod correction;
mod findings;
mod lift;
pub mod pipeline;
mod stage;

pub use correction::{Entry, MAX_CLOSED_DAYS, MAX_REASON_CHARS, UnknownEntry, closing};
pub use findings::{Barrier, Findings, Objection, Solution};
pub use lift::{Factor, WinCounts, WinRateLift};
pub use stage::{Stage, TransitionError, UnknownStage, transition};
