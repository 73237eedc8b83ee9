//! Who heard of late tasks.

use crate::{Key, OrganisationId, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// An escalation that has happened.
#[derive(Debug, Clone)]
pub struct EscalationRow {
    /// The task.
    pub task: Uuid,
    /// Its place among the task's escalations, from 0.
    pub number: i32,
    /// Who heard of it; none if it was a queue.
    pub member: Option<Key>,
    /// The queue that heard of it; none if it was a member.
    pub queue: Option<String>,
    /// When it was to happen.
    pub due_at: DateTime<Utc>,
    /// When it did.
    pub happened_at: DateTime<Utc>,
}

/// Adds an escalation.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    row: &EscalationRow,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.task_escalation (organisation, task, number, member, queue, due_at, happened_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        organisation.0,
        row.task,
        row.number,
        row.member as _,
        row.queue,
        row.due_at,
        row.happened_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The escalations of a task, in order.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn of(conn: &mut PgConnection, task: Uuid) -> Result<Vec<EscalationRow>> {
    Ok(sqlx::query_as!(
        EscalationRow,
        r#"select task, number, member as "member: Key", queue, due_at, happened_at
           from engine.task_escalation
           where organisation = engine.current_organisation() and task = $1 order by number"#,
        task,
    )
    .fetch_all(conn)
    .await?)
}
