//! Funnels: how far persons get through a sequence of steps, and where they are lost.
//!
//! A funnel is a reduction per person whose results add over persons:
//!
//! 1. [`classify`] keeps of an event what matters to the funnel, a [`Hit`].
//! 2. [`PersonHits`] is the set of a person's hits. It depends on which events there were, never on
//!    the order in which they arrived.
//! 3. [`reduce`] turns a person's hits into the one [`Attempt`] that is credited, and [`entries()`]
//!    into what any range of days credits.
//! 4. [`FunnelCounts`] adds attempts.
//! 5. [`report()`] reads counts: cumulative persons per step, conversion, time to convert, bottleneck.
//!
//! Hits name steps by number: those kept under one definition mean nothing under another.
//!
//! # Which attempt is credited
//!
//! An attempt takes one event for each of its steps, a different event each time, and its last event
//! is at most the window later than its first (exactly the window is still inside). Credited is the
//! attempt of the highest level; among those the one with the earliest first step, then the earliest
//! second step, and so on; among equal times the one whose first event has the lowest id.
//!
//! **Ties.** Events at the same moment have no order: they count in whichever order serves the
//! attempt.
//!
//! - [`Mode::Ordered`]: step 1, then step 2 at the same moment or later, and so on. The level equals
//!   `ClickHouse`'s `windowFunnel(window, 'strict_once')`, and `windowFunnel(window)` wherever no
//!   event matches two steps. The plain mode lets one event serve several steps, so that a funnel
//!   with the same filter twice is passed by doing it once; `strict_once` and this one do not.
//! - [`Mode::Strict`]: as ordered, but a person's history ends with the first event that skips a
//!   step: it matches a step whose predecessor no attempt has reached yet, although step 1 has been
//!   seen. Repeating an earlier step is no skip. The level equals
//!   `windowFunnel(window, 'strict_order', 'strict_once')` over the events that match some step.
//!   `strict_deduplication` (a repeated step ends the history) and `strict_increase` (events at the
//!   same moment cannot follow each other) are other modes, which this is not.
//! - [`Mode::Unordered`]: the steps in any order. The level is the largest number of steps that the
//!   events within one window can serve, each event serving one step.
//!
//! **Exclusions.** An excluded event voids what an attempt does after it while the attempt is past
//! `from_step` and not yet at `to_step`: a chain of k steps is an attempt only if no excluded event
//! lies strictly between the moments of its step `from_step` and its step min(k, `to_step`). An
//! excluded event at the very moment of either end does not lie between them.

mod assignment;
mod attempt;
mod bottleneck;
mod counts;
mod default_stages;
mod definition;
mod duration;
mod encoding;
mod entry;
mod grouped;
mod hit;
mod moment;
mod ordered;
mod report;
mod unordered;

pub use attempt::{Attempt, Entered, reduce};
pub use bottleneck::Bottleneck;
pub use counts::{FunnelCounts, Measure};
pub use default_stages::default_definition;
pub use definition::{
    Exclusion, FunnelDefinition, MAX_EXCLUSIONS, MAX_FILTERS, MAX_NAME_CHARS, MAX_STEPS,
    MAX_WINDOW_SECS, Mode, Step,
};
pub use duration::{Quantile, TimeToConvert, bucket, bucket_bounds_millis};
pub use entry::{Entry, entries};
pub use grouped::{Counting, GroupedCounts};
pub use hit::{Hit, MAX_BREAKDOWN_BYTES, MAX_HITS, PersonHits, breakdown_text, classify};
pub use report::{
    BreakdownGroup, FunnelReport, GroupReport, MAX_GROUPS, StepReport, StepsReport, report,
};

/// Stored hits that cannot be read: they are damaged, or of another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("hits: {0}")]
pub struct HitsError(pub(crate) &'static str);
