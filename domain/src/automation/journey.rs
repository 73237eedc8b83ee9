//! Journeys: graphs of steps that people walk, each at their own pace.
//!
//! Law: where a run goes follows from the version of the journey that it entered, what is known of the person
//! then, the run's own id and the clock; nothing else is asked. A journey has no circle, so every run ends.

mod definition;
mod dry_run;
mod entry;
mod holdout;
mod membership;
mod node;
mod validate;
mod walk;

pub use definition::{Journey, MAX_NODES, RunKey, run_id};
pub use dry_run::{DryRun, Flow, Rehearsed, Would};
pub use entry::{Cadence, Entry, Moment, Schedule};
pub use holdout::{Holdout, MAX_HOLDOUT_BPS};
pub use node::{Arms, Case, Delay, Node, Part};
pub use validate::{MAX_DELAY_SECS, MAX_WAYS, MAX_WORKING_DAYS};
pub use walk::{Effect, Heard, Place, Reason, Rest, Walk, World};

/// The event of a person who came by a node that says so.
pub const REACHED_EVENT: &str = "journey_reached";
