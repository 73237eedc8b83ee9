//! Tasks in JSON.

use crate::{
    http::conditional::Changing,
    wire::{Id, Key, Moment, Name, choice},
};
use serde::{Deserialize, Serialize};
use tessera_domain::{leads::tasks::TaskState, time::Timestamp};
use tessera_engine::leads::tasks::standing;
use tessera_store::leads::{task::TaskRow, task_escalation::EscalationRow};
use utoipa::ToSchema;

/// A task to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTask {
    /// The person that it is for.
    pub(super) person: Id,
    /// What kind of task it is.
    #[schema(value_type = Name, example = "first_call")]
    pub(super) kind: String,
    /// What is to be done: 1 to 200 characters.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$",
        example = "Call about the trial"
    )]
    pub(super) title: String,
    /// The wallet of the member who is to do it; who has the lead, unless given.
    #[serde(default)]
    pub(super) owner: Option<Key>,
}

/// A move to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskMove {
    /// The state to move to.
    #[schema(value_type = choice::TaskState, example = "done")]
    pub(super) to: TaskState,
    /// What came of it, when that closes it: 1 to 500 characters.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$",
        example = "Will buy next week"
    )]
    pub(super) outcome: Option<String>,
}

/// Where a task is to go: exactly one of these.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, max_properties = 1)]
#[schema(example = json!({ "queue": "support" }))]
pub(super) struct TaskReassignment {
    /// The wallet of a member.
    #[serde(default)]
    pub(super) owner: Option<Key>,
    /// A queue.
    #[serde(default)]
    #[schema(value_type = Option<Name>, example = "sales")]
    pub(super) queue: Option<String>,
}

/// A task.
#[derive(Serialize, ToSchema)]
pub(super) struct Task {
    /// The task's id.
    id: Id,
    /// The person that it was created for; after a merge, the id leads to the person who stayed.
    person: Id,
    /// What kind of task it is.
    #[schema(example = "first_call")]
    kind: String,
    /// What is to be done.
    #[schema(example = "Call about the trial")]
    title: String,
    /// What caused it; null where it was asked for.
    #[schema(
        required,
        example = "journey:0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f60:call"
    )]
    cause: Option<String>,
    /// The wallet of the member whose it is; null if it is in a queue.
    #[schema(required)]
    owner: Option<Key>,
    /// The queue that it is in; null if it is a member's.
    #[schema(required, example = "sales")]
    queue: Option<String>,
    /// Its state.
    #[schema(value_type = choice::TaskState, example = "open")]
    state: TaskState,
    /// The first moment at which it is late.
    due_at: Moment,
    /// Whether it was closed too late, or is still open after its time.
    #[schema(example = false)]
    overdue: bool,
    /// How late it is, or was closed: seconds of working time.
    #[schema(example = 0)]
    late_secs: i64,
    /// How many escalations have happened.
    #[schema(example = 0)]
    escalated: i32,
    /// Its version.
    #[schema(example = 1)]
    version: i32,
    /// The API key or wallet that created it; `engine` for what a cause created.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When it was created.
    created_at: Moment,
    /// The API key or wallet that closed it; null while it is not closed.
    #[schema(
        required,
        example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8"
    )]
    closed_by: Option<String>,
    /// When it was closed; null while it is not.
    #[schema(required)]
    closed_at: Option<Moment>,
    /// What came of it.
    #[schema(required, example = "Will buy next week")]
    outcome: Option<String>,
}

impl Task {
    /// As it stands at a moment.
    pub(super) fn new(row: TaskRow, now: Timestamp) -> Self {
        let standing = standing(&row, now);
        Self {
            id: row.id.into(),
            person: row.person.into(),
            kind: row.kind,
            title: row.title,
            cause: row.cause,
            owner: row.owner.map(Into::into),
            queue: row.queue,
            state: row.state.0,
            due_at: row.due_at.into(),
            overdue: standing.overdue,
            late_secs: standing.late_secs,
            escalated: row.escalated,
            version: row.version,
            created_by: row.created_by,
            created_at: row.created_at.into(),
            closed_by: row.closed_by,
            closed_at: row.closed_at.map(Into::into),
            outcome: row.outcome,
        }
    }

    /// The same, with its version as its tag.
    pub(super) fn changing(row: TaskRow, now: Timestamp) -> Changing<Self> {
        Changing {
            version: row.version,
            body: Self::new(row, now),
        }
    }
}

/// A member or a queue that has heard of a late task.
#[derive(Serialize, ToSchema)]
pub(super) struct TaskEscalation {
    /// Its place among the task's escalations, from 0.
    #[schema(example = 0)]
    number: i32,
    /// The wallet of who heard of it; null if it was a queue.
    #[schema(required)]
    member: Option<Key>,
    /// The queue that heard of it; null if it was a member.
    #[schema(required, example = "supervisors")]
    queue: Option<String>,
    /// When it was to happen.
    due_at: Moment,
    /// When it did.
    happened_at: Moment,
}

impl From<EscalationRow> for TaskEscalation {
    fn from(row: EscalationRow) -> Self {
        Self {
            number: row.number,
            member: row.member.map(Into::into),
            queue: row.queue,
            due_at: row.due_at.into(),
            happened_at: row.happened_at.into(),
        }
    }
}
