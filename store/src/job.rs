//! Computations that take longer than a request may. A worker does them, and their results are kept
//! for some days.

use crate::{OrganisationId, Result, access::organisation};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

/// A job.
#[derive(Debug, Clone)]
pub struct JobRow {
    /// Names it for the caller that asks for its result.
    pub id: Uuid,
    /// The computation.
    pub kind: String,
    /// Its parameters.
    pub request: Value,
    /// `queued`, `running`, `done` or `failed`.
    pub status: String,
    /// Progress in hundredths.
    pub progress: i16,
    /// The result; none before it is done.
    pub result: Option<Value>,
    /// Why it failed, for people; none unless it did.
    pub problem: Option<String>,
    /// The API key or wallet that asked for it.
    pub created_by: String,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it was done or failed.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Adds a queued job.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: Uuid,
    kind: &str,
    request: &Value,
    created_by: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.job (organisation, id, kind, request, created_by)
         values ($1, $2, $3, $4, $5)",
        organisation.0,
        id,
        kind,
        request,
        created_by,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many jobs of the organisation are unfinished. Until the transaction ends, other transactions
/// that count them wait, so that together they cannot exceed a limit.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn unfinished(conn: &mut PgConnection, organisation: OrganisationId) -> Result<i64> {
    organisation::lock(conn, organisation).await?;
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from engine.job
           where organisation = $1 and finished_at is null"#,
        organisation.0,
    )
    .fetch_one(conn)
    .await?)
}

/// One job.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<JobRow>> {
    Ok(sqlx::query_as!(
        JobRow,
        "select id, kind, request, status, progress, result, problem, created_by, created_at,
                finished_at
         from engine.job where organisation = engine.current_organisation() and id = $1",
        id,
    )
    .fetch_optional(conn)
    .await?)
}

/// Notes how far a job is, in hundredths.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn note_progress(conn: &mut PgConnection, id: Uuid, progress: i16) -> Result<()> {
    sqlx::query!(
        "update engine.job set status = 'running', progress = $2
         where organisation = engine.current_organisation() and id = $1 and finished_at is null",
        id,
        progress.clamp(0, 100),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores a job's result.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn complete(conn: &mut PgConnection, id: Uuid, result: &Value) -> Result<()> {
    sqlx::query!(
        "update engine.job
         set status = 'done', progress = 100, result = $2, finished_at = now()
         where organisation = engine.current_organisation() and id = $1",
        id,
        result,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives a job up and stores the reason.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn give_up(conn: &mut PgConnection, id: Uuid, problem: &str) -> Result<()> {
    sqlx::query!(
        "update engine.job set status = 'failed', problem = $2, finished_at = now()
         where organisation = engine.current_organisation() and id = $1 and finished_at is null",
        id,
        problem,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes finished jobs that were asked for more than `days` ago. For a plain connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget(conn: &mut PgConnection, days: i32) -> Result<u64> {
    let forgotten = sqlx::query!(
        "delete from engine.job
         where created_at < now() - make_interval(days => $1) and finished_at is not null",
        days,
    )
    .execute(conn)
    .await?;
    Ok(forgotten.rows_affected())
}
