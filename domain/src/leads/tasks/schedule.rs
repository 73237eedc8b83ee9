//! When a task is due, and when its escalations are.

use super::policy::{Recipient, TaskPolicy};
use crate::{
    leads::working_hours::{MAX_SEARCH_DAYS, WorkingHours},
    refusal::Refusal,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// An escalation and its moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedEscalation {
    /// When it is to happen, unless the task is closed before.
    pub at: Timestamp,
    /// Who hears of it.
    pub to: Recipient,
}

/// The moments of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// By when it is to be done: the first moment at which it is late.
    pub due_at: Timestamp,
    /// What happens while it is late, in order.
    pub escalations: Vec<PlannedEscalation>,
}

impl Schedule {
    /// The moments of a task that was created at `from`, in the working time of its owner.
    ///
    /// # Errors
    /// When the hours leave too little time within [`MAX_SEARCH_DAYS`].
    pub fn of(policy: &TaskPolicy, hours: &WorkingHours, from: Timestamp) -> Result<Self, Refusal> {
        let moment = |late_secs: u32| {
            hours
                .after(from, policy.due_secs.saturating_add(late_secs))
                .ok_or_else(too_little_time)
        };
        let steps = policy.escalations.iter().map(|step| {
            Ok(PlannedEscalation {
                at: moment(step.late_secs)?,
                to: step.to.clone(),
            })
        });
        Ok(Self {
            due_at: moment(0)?,
            escalations: steps.collect::<Result<_, Refusal>>()?,
        })
    }
}

fn too_little_time() -> Refusal {
    let rule =
        format!("must leave time for the task and its escalations within {MAX_SEARCH_DAYS} days");
    Refusal::new("hours", rule)
}
