//! How a task stands at a moment.

use super::{
    policy::Recipient,
    schedule::{PlannedEscalation, Schedule},
};
use crate::{leads::working_hours::WorkingHours, time::Timestamp};
use serde::Serialize;

/// How a task stands at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Whether it was closed too late, or is still open after its time.
    pub overdue: bool,
    /// How late it is or was closed, seconds of its owner's working time.
    pub late_secs: i64,
    /// Who was to hear of it until now, in order.
    pub escalated_to: Vec<Recipient>,
    /// When to look at the task again: it falls due or is escalated then, if it is still open.
    pub next_at: Option<Timestamp>,
}

impl Standing {
    /// How a task of this schedule stands at `now`, closed at `closed_at` or not. A closed task stays as
    /// it was when it was closed.
    pub fn at(
        schedule: &Schedule,
        hours: &WorkingHours,
        closed_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let closed_at = closed_at.filter(|it| *it <= now);
        let seen = closed_at.unwrap_or(now);
        let is_past = |it: &&PlannedEscalation| it.at <= seen;
        let steps = schedule.escalations.iter();
        let coming = std::iter::once(schedule.due_at)
            .chain(steps.clone().map(|it| it.at))
            .find(|at| *at > now);
        Self {
            overdue: schedule.due_at <= seen,
            late_secs: hours.open_secs(schedule.due_at, seen),
            escalated_to: steps.take_while(is_past).map(|it| it.to.clone()).collect(),
            next_at: coming.filter(|_| closed_at.is_none()),
        }
    }
}
