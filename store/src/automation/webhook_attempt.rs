//! Attempts to deliver messages: they are appended, and go with their message.

use crate::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// An attempt.
#[derive(Debug, Clone)]
pub struct AttemptRow {
    /// When it began.
    pub at: DateTime<Utc>,
    /// How long it took.
    pub duration_ms: i32,
    /// The answer's status, if there was an answer.
    pub status_code: Option<i32>,
    /// The beginning of the answer, if there was one.
    pub response: Option<String>,
    /// Why there was no answer, or not all of it.
    pub error: Option<String>,
}

/// Adds an attempt at a message, unless the message is gone.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(conn: &mut PgConnection, delivery: Uuid, attempt: &AttemptRow) -> Result<()> {
    sqlx::query!(
        "insert into engine.webhook_attempt
             (organisation, delivery, number, at, duration_ms, status_code, response, error)
         select organisation, id,
                1 + (select count(*) from engine.webhook_attempt tried
                     where tried.organisation = engine.current_organisation() and tried.delivery = $1),
                $2, $3, $4, $5, $6
         from engine.webhook_delivery
         where organisation = engine.current_organisation() and id = $1
         for key share",
        delivery,
        attempt.at,
        attempt.duration_ms,
        attempt.status_code,
        attempt.response,
        attempt.error,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The attempts at a message, first one first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(conn: &mut PgConnection, delivery: Uuid) -> Result<Vec<AttemptRow>> {
    Ok(sqlx::query_as!(
        AttemptRow,
        "select at, duration_ms, status_code, response, error from engine.webhook_attempt
         where organisation = engine.current_organisation() and delivery = $1
         order by number",
        delivery,
    )
    .fetch_all(conn)
    .await?)
}
