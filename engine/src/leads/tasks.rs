//! Tasks: what is to be done for a lead, whose it is and by when it is due, and who hears of it while one is late.
//!
//! Law: a task's moments are computed when it is created, from its owner's hours, and kept. Nothing causes a
//! task twice. An escalation happens once, in the transaction of a worker that finds it due.

mod escalate;
mod policies;

pub(crate) use escalate::escalate;
pub use policies::{policy, put_policy, remove_policy};

use super::{locked, team};
use crate::{
    Caller, Error, Result,
    error::unless_refused,
    work::{Kind, schedule_at, until},
};
use tessera_domain::{
    leads::{
        tasks::{MAX_TITLE_CHARS, Schedule, Standing, TaskPolicy, TaskState},
        working_hours::WorkingHours,
    },
    refusal::Refusal,
    time::Timestamp,
};
use tessera_store::{
    Key, OrganisationId, PgConnection,
    leads::{
        assignment,
        deal::Text,
        task::{self, TaskRow},
        team::{self as rows, MemberRow},
    },
};
use uuid::Uuid;

/// Most characters of what came of a task.
const MAX_OUTCOME_CHARS: usize = 500;

/// A task to create.
#[derive(Debug, Clone)]
pub struct NewTask {
    /// An id of the lead.
    pub person: Uuid,
    /// What kind of task it is; the policy of this kind says by when it is to be done.
    pub kind: String,
    /// What is to be done, for people.
    pub title: String,
    /// Whose it is; who has the lead, unless given.
    pub owner: Option<Key>,
    /// What causes it, so that nothing causes it twice; none where it is asked for.
    pub cause: Option<String>,
    /// The API key or wallet that creates it, or `engine`.
    pub created_by: String,
    /// When it is created.
    pub at: Timestamp,
}

/// Where a task goes.
#[derive(Debug, Clone)]
pub enum Place {
    /// To a member of the team.
    Member(Key),
    /// To a queue.
    Queue(String),
}

/// Creates a task, or finds the one that the cause has created. Without an owner it is theirs who has the
/// lead, and in the team's queue when nobody has it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`], [`Error::Store`].
pub async fn create(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    new: &NewTask,
) -> Result<TaskRow> {
    let person = locked(conn, new.person).await?.id;
    if let Some(cause) = &new.cause
        && let Some(known) = task::by_cause(conn, cause).await?
    {
        return Ok(known);
    }
    let policy = policies::in_force(conn, &new.kind).await?;
    let titled = Refusal::unless_name("title", &new.title, MAX_TITLE_CHARS);
    let refusals = [policy.validate().err(), titled.err()];
    unless_refused(refusals.into_iter().flatten().collect())?;
    let settings = team::settings(conn).await?;
    let member = match new.owner {
        Some(owner) => Some(team::named(conn, "owner", owner).await?),
        None => whose(conn, person).await?,
    };
    let own = member.as_ref().and_then(|it| it.hours.clone());
    let hours = own.map(|it| it.0).or(settings.hours);
    let (schedule, hours) = planned(&policy, hours, new.at);
    let standing = Standing::at(&schedule, &hours, None, new.at);
    let owner = member.map(|it| it.wallet);
    let row = TaskRow {
        id: Uuid::now_v7(),
        person,
        kind: new.kind.clone(),
        title: new.title.clone(),
        cause: new.cause.clone(),
        owner,
        queue: owner.is_none().then_some(settings.fallback),
        state: Text(TaskState::Open),
        due_at: schedule.due_at.into(),
        look_at: standing
            .next_at
            .filter(|_| !schedule.escalations.is_empty())
            .map(Into::into),
        escalations: schedule.escalations.into(),
        hours: hours.into(),
        escalated: 0,
        version: 1,
        created_by: new.created_by.clone(),
        created_at: new.at.into(),
        closed_by: None,
        closed_at: None,
        outcome: None,
    };
    if !task::insert(conn, organisation, &row).await? {
        let cause = row.cause.as_deref().unwrap_or_default();
        let known = task::by_cause(conn, cause).await?;
        return known.ok_or(Error::Internal("find the task of a cause"));
    }
    if let Some(at) = row.look_at {
        let due = until(at.into(), new.at);
        schedule_at(conn, Kind::Tasks, organisation, due).await?;
    }
    Ok(row)
}

/// The member who has the lead, if they are still in the team.
async fn whose(conn: &mut PgConnection, person: Uuid) -> Result<Option<MemberRow>> {
    let held = assignment::current(conn, person).await?;
    match held.and_then(|it| it.member) {
        Some(wallet) => Ok(rows::member(conn, wallet).await?),
        None => Ok(None),
    }
}

/// The moments of a task, and the hours in which they are computed. Where hours leave too little time for it,
/// any time counts: a promise that nobody can keep in their hours is due all the same.
fn planned(
    policy: &TaskPolicy,
    hours: Option<WorkingHours>,
    from: Timestamp,
) -> (Schedule, WorkingHours) {
    let hours = hours.unwrap_or_else(WorkingHours::always);
    if let Ok(schedule) = Schedule::of(policy, &hours, from) {
        return (schedule, hours);
    }
    let always = WorkingHours::always();
    let schedule = Schedule::of(policy, &always, from).unwrap_or_else(|_| Schedule {
        due_at: from,
        escalations: Vec::new(),
    });
    (schedule, always)
}

/// A task.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<TaskRow> {
    task::get(conn, id).await?.ok_or_else(|| absent(id))
}

/// A task to change, locked until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<TaskRow> {
    task::lock(conn, id).await?.ok_or_else(|| absent(id))
}

/// Moves a task, which is locked, to another state, with what came of it where that closes it.
///
/// # Errors
/// [`Error::Refused`], [`Error::Conflict`] when there is no such move, [`Error::Store`].
pub async fn advance(
    conn: &mut PgConnection,
    caller: &Caller,
    mut row: TaskRow,
    to: TaskState,
    outcome: Option<String>,
    now: Timestamp,
) -> Result<TaskRow> {
    if let Some(outcome) = &outcome {
        Refusal::unless_name("outcome", outcome, MAX_OUTCOME_CHARS)?;
        if !to.is_closed() {
            let rule = "must not be there unless the task is closed";
            return Err(Error::refused("outcome", rule));
        }
    }
    let moved = row.state.0.moved(to);
    row.state = Text(moved.map_err(|refusal| Error::Conflict(refusal.to_string()))?);
    if to.is_closed() {
        row.closed_at = Some(now.into());
        row.closed_by = Some(caller.actor.to_string());
        row.look_at = None;
        row.outcome = outcome;
    }
    store(conn, row).await
}

/// Gives a task, which is locked, to another member or to a queue. It is open again, and its moments stay as
/// they were promised.
///
/// # Errors
/// [`Error::Refused`], [`Error::Conflict`] when it is closed, [`Error::Store`].
pub async fn reassign(conn: &mut PgConnection, mut row: TaskRow, to: Place) -> Result<TaskRow> {
    if row.state.is_closed() {
        let what = format!("the task is closed, as {}", row.state.0);
        return Err(Error::Conflict(what));
    }
    (row.owner, row.queue) = match to {
        Place::Member(wallet) => (Some(team::named(conn, "owner", wallet).await?.wallet), None),
        Place::Queue(name) => (None, Some(name)),
    };
    row.state = Text(TaskState::Open);
    store(conn, row).await
}

async fn store(conn: &mut PgConnection, mut row: TaskRow) -> Result<TaskRow> {
    row.version += 1;
    task::update(conn, &row).await?;
    Ok(row)
}

/// How a task stands at a moment.
pub fn standing(row: &TaskRow, now: Timestamp) -> Standing {
    let schedule = Schedule {
        due_at: row.due_at.into(),
        escalations: row.escalations.0.clone(),
    };
    Standing::at(&schedule, &row.hours, row.closed_at.map(Into::into), now)
}

fn absent(id: Uuid) -> Error {
    Error::not_found("task", id)
}
