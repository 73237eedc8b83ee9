//! Tasks: what is to be done for a lead, whose it is, and by when it is due.

use crate::{Key, OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use sqlx::{
    PgConnection,
    types::{Json, Text},
};
use std::time::Duration;
use tessera_domain::leads::{
    tasks::{PlannedEscalation, TaskState},
    working_hours::WorkingHours,
};
use uuid::Uuid;

/// A task.
#[derive(Debug, Clone)]
pub struct TaskRow {
    /// Ids sort by age.
    pub id: Uuid,
    /// The person, as they were when it was created.
    pub person: Uuid,
    /// What kind of task it is.
    pub kind: String,
    /// What is to be done, for people.
    pub title: String,
    /// What caused it; none where it was asked for.
    pub cause: Option<String>,
    /// Whose it is; none if it is in a queue.
    pub owner: Option<Key>,
    /// The queue that it is in; none if it is a member's.
    pub queue: Option<String>,
    /// Its state.
    pub state: Text<TaskState>,
    /// The first moment at which it is late.
    pub due_at: DateTime<Utc>,
    /// What happens while it is late, in order.
    pub escalations: Json<Vec<PlannedEscalation>>,
    /// The hours in which its moments were computed.
    pub hours: Json<WorkingHours>,
    /// How many escalations have happened.
    pub escalated: i32,
    /// When to look for the next one.
    pub look_at: Option<DateTime<Utc>>,
    /// Grows with every change, from 1.
    pub version: i32,
    /// The API key or wallet that created it; `engine` for what a cause created.
    pub created_by: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// The API key or wallet that closed it.
    pub closed_by: Option<String>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// What came of it.
    pub outcome: Option<String>,
}

/// Adds a task, unless its cause has one; whether it was added.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    row: &TaskRow,
) -> Result<bool> {
    let inserted = sqlx::query!(
        "insert into engine.lead_task
             (id, organisation, person, kind, title, cause, owner, queue, due_at, escalations, hours, look_at,
              created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (organisation, cause) where cause is not null do nothing",
        row.id,
        organisation.0,
        row.person,
        row.kind,
        row.title,
        row.cause,
        row.owner as _,
        row.queue,
        row.due_at,
        &row.escalations as _,
        &row.hours as _,
        row.look_at,
        row.created_by,
        row.created_at,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// A task.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<TaskRow>> {
    Ok(sqlx::query_as!(
        TaskRow,
        r#"select id, person, kind, title, cause, owner as "owner: Key", queue,
                  state as "state: Text<TaskState>", due_at,
                  escalations as "escalations: Json<Vec<PlannedEscalation>>",
                  hours as "hours: Json<WorkingHours>", escalated, look_at, version, created_by,
                  created_at, closed_by, closed_at, outcome
           from engine.lead_task where organisation = engine.current_organisation() and id = $1"#,
        id,
    )
    .fetch_optional(conn)
    .await?)
}

/// The task of a cause.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn by_cause(conn: &mut PgConnection, cause: &str) -> Result<Option<TaskRow>> {
    Ok(sqlx::query_as!(
        TaskRow,
        r#"select id, person, kind, title, cause, owner as "owner: Key", queue,
                  state as "state: Text<TaskState>", due_at,
                  escalations as "escalations: Json<Vec<PlannedEscalation>>",
                  hours as "hours: Json<WorkingHours>", escalated, look_at, version, created_by,
                  created_at, closed_by, closed_at, outcome
           from engine.lead_task where organisation = engine.current_organisation() and cause = $1"#,
        cause,
    )
    .fetch_optional(conn)
    .await?)
}

/// A task, locked until the transaction ends.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<TaskRow>> {
    Ok(sqlx::query_as!(
        TaskRow,
        r#"select id, person, kind, title, cause, owner as "owner: Key", queue,
                  state as "state: Text<TaskState>", due_at,
                  escalations as "escalations: Json<Vec<PlannedEscalation>>",
                  hours as "hours: Json<WorkingHours>", escalated, look_at, version, created_by,
                  created_at, closed_by, closed_at, outcome
           from engine.lead_task where organisation = engine.current_organisation() and id = $1
           for no key update"#,
        id,
    )
    .fetch_optional(conn)
    .await?)
}

/// Stores what changes in a task.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn update(conn: &mut PgConnection, row: &TaskRow) -> Result<()> {
    sqlx::query!(
        "update engine.lead_task
         set owner = $2, queue = $3, state = $4, escalated = $5, look_at = $6, version = $7,
             closed_by = $8, closed_at = $9, outcome = $10
         where organisation = engine.current_organisation() and id = $1",
        row.id,
        row.owner as _,
        row.queue,
        row.state.as_str(),
        row.escalated,
        row.look_at,
        row.version,
        row.closed_by,
        row.closed_at,
        row.outcome,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Which tasks are listed; all of them by default.
#[derive(Debug, Clone, Default)]
pub struct TaskFilter {
    /// This member's.
    pub owner: Option<Key>,
    /// In this queue.
    pub queue: Option<String>,
    /// For this person or anybody merged with them.
    pub person: Option<Uuid>,
    /// In this state.
    pub state: Option<TaskState>,
    /// Open after their time at this moment.
    pub overdue_at: Option<DateTime<Utc>>,
    /// Of which this member has heard because they are late.
    pub escalated_to: Option<Key>,
}

/// A page of tasks by id, oldest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    filter: &TaskFilter,
    page: Page<Uuid>,
) -> Result<Vec<TaskRow>> {
    Ok(sqlx::query_as!(
        TaskRow,
        r#"select id, person, kind, title, cause, owner as "owner: Key", queue,
                  state as "state: Text<TaskState>", due_at,
                  escalations as "escalations: Json<Vec<PlannedEscalation>>",
                  hours as "hours: Json<WorkingHours>", escalated, look_at, version, created_by,
                  created_at, closed_by, closed_at, outcome
           from engine.lead_task
           where organisation = engine.current_organisation()
             and ($1::pubkey is null or owner = $1) and ($2::text is null or queue = $2)
             and ($3::uuid is null or person = any(array(
                 select merged.id from engine.person
                 join engine.person merged on merged.canonical = person.canonical
                 where person.id = $3)))
             and ($4::text is null or state = $4)
             and ($5::timestamptz is null or due_at <= $5 and closed_at is null)
             and ($6::pubkey is null or id = any(array(
                 select task from engine.task_escalation
                 where organisation = engine.current_organisation() and member = $6)))
             and ($7::uuid is null or id > $7)
           order by id limit $8"#,
        filter.owner as _,
        filter.queue,
        filter.person,
        filter.state.map(TaskState::as_str),
        filter.overdue_at,
        filter.escalated_to as _,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// How many tasks of a canonical person are open.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn open(conn: &mut PgConnection, canonical: Uuid) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!"
           from engine.person join engine.lead_task on lead_task.person = person.id
           where person.organisation = engine.current_organisation() and person.canonical = $1
             and lead_task.closed_at is null"#,
        canonical,
    )
    .fetch_one(conn)
    .await?)
}

/// Tasks to look at, those that wait longest first, locked until the transaction ends; what another
/// transaction has locked is left to it.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn due(conn: &mut PgConnection, at: DateTime<Utc>, limit: i64) -> Result<Vec<TaskRow>> {
    Ok(sqlx::query_as!(
        TaskRow,
        r#"select id, person, kind, title, cause, owner as "owner: Key", queue,
                  state as "state: Text<TaskState>", due_at,
                  escalations as "escalations: Json<Vec<PlannedEscalation>>",
                  hours as "hours: Json<WorkingHours>", escalated, look_at, version, created_by,
                  created_at, closed_by, closed_at, outcome
           from engine.lead_task
           where organisation = engine.current_organisation() and look_at <= $1
           order by look_at limit $2 for no key update skip locked"#,
        at,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// How long it is until a task is to be looked at; none when there is none.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn next_due(conn: &mut PgConnection) -> Result<Option<Duration>> {
    let secs = sqlx::query_scalar!(
        "select extract(epoch from min(look_at) - clock_timestamp())::float8 from engine.lead_task
         where organisation = engine.current_organisation() and look_at is not null",
    )
    .fetch_one(conn)
    .await?;
    Ok(secs.map(|secs| Duration::try_from_secs_f64(secs).unwrap_or_default()))
}

/// Forgets the tasks of people.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn erase(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "delete from engine.lead_task
         where organisation = engine.current_organisation() and person = any($1)",
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}
