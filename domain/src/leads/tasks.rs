//! What is to be done for a lead by when: tasks that are due after an amount of working time, and who hears
//! of it while one is late.
//!
//! A task's moments are computed once, from the hours of its owner, and kept with it: hours that change
//! later move no task that was promised. Everything else about a task follows from these moments, its
//! state, and the moment that is asked about.

mod policy;
mod schedule;
mod standing;
mod state;

pub use policy::{Escalation, MAX_ESCALATIONS, MAX_TASK_SECS, Recipient, TaskPolicy};
pub use schedule::{PlannedEscalation, Schedule};
pub use standing::Standing;
pub use state::{TaskMoveError, TaskState, UnknownTaskState};

/// Most characters of what is to be done.
pub const MAX_TITLE_CHARS: usize = 200;
