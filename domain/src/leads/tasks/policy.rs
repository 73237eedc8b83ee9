//! By when a kind of task is to be done, and who hears of it when it is not.

use crate::{capture::is_name, refusal::Refusal, tagged::from_objects};
use serde::{Deserialize, Serialize};

/// Longest time for a task, seconds of working time: a quarter of forty-hour weeks.
pub const MAX_TASK_SECS: u32 = 13 * 40 * 3_600;
/// Most escalations of a kind of task.
pub const MAX_ESCALATIONS: usize = 10;

/// Who hears of a late task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    remote = "Self",
    tag = "kind",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub enum Recipient {
    /// The manager of the lead's owner.
    Manager,
    /// Everybody at a queue.
    Queue {
        /// Its name.
        name: String,
    },
}

from_objects!(Recipient);

/// A step to take while a task is late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// How late the task is then, seconds of working time; 0 is the moment when it is due.
    pub late_secs: u32,
    /// Who hears of it.
    pub to: Recipient,
}

/// What is promised of a kind of task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskPolicy {
    /// The kind of task, such as `first_call`.
    pub kind: String,
    /// By when it is to be done, seconds of working time after it was created.
    pub due_secs: u32,
    /// What happens while it is late, in order.
    #[serde(default)]
    pub escalations: Vec<Escalation>,
}

impl TaskPolicy {
    /// Whether the policy may be used.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        if !is_name(&self.kind) {
            return Err(not_a_name("kind"));
        }
        Refusal::unless_number("due_secs", self.due_secs, 1..=MAX_TASK_SECS)?;
        let count = self.escalations.len();
        Refusal::unless_count("escalations", count, 0..=MAX_ESCALATIONS, "escalations")?;
        let mut before = None;
        for (index, step) in self.escalations.iter().enumerate() {
            let field = format!("escalations[{index}].late_secs");
            Refusal::unless_number(&field, step.late_secs, 0..=MAX_TASK_SECS)?;
            if before.is_some_and(|it| step.late_secs <= it) {
                return Err(Refusal::new(field, "must be later than the step before"));
            }
            before = Some(step.late_secs);
            if let Recipient::Queue { name } = &step.to
                && !is_name(name)
            {
                return Err(not_a_name(&format!("escalations[{index}].to.name")));
            }
        }
        Ok(())
    }
}

fn not_a_name(field: &str) -> Refusal {
    Refusal::new(field, "must be 1 to 64 of a-z, 0-9 and _, a letter first")
}
