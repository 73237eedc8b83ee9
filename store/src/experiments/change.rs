//! What was done to experiments, and what was decided. Rows are only added.

use crate::{OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

/// Something that was done.
#[derive(Debug, Clone)]
pub struct ChangeRow {
    /// Its number among the organisation's.
    pub number: i64,
    /// What was done: `started`, `ramped`, `redesigned`, `decided`, `stopped`, `shipped`.
    pub kind: String,
    /// The phase in which it was done.
    pub phase: i32,
    /// What else is known of it.
    pub body: Value,
    /// The API key or wallet that did it; `engine` for what Tessera did by itself.
    pub actor: String,
    /// When it was done.
    pub at: DateTime<Utc>,
}

/// Notes that something was done.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    experiment: &str,
    change: &ChangeRow,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.experiment_change
             (organisation, experiment, kind, phase, body, actor, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        organisation.0,
        experiment,
        change.kind,
        change.phase,
        change.body,
        change.actor,
        change.at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A page of what was done to an experiment, oldest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    experiment: &str,
    page: Page<i64>,
) -> Result<Vec<ChangeRow>> {
    Ok(sqlx::query_as!(
        ChangeRow,
        "select number, kind, phase, body, actor, at from engine.experiment_change
         where organisation = engine.current_organisation() and experiment = $1
           and ($2::bigint is null or number > $2)
         order by number limit $3",
        experiment,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// What was done last to end a phase: it was stopped, or an arm was shipped.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn ending(
    conn: &mut PgConnection,
    experiment: &str,
    phase: i32,
) -> Result<Option<ChangeRow>> {
    Ok(sqlx::query_as!(
        ChangeRow,
        "select number, kind, phase, body, actor, at from engine.experiment_change
         where organisation = engine.current_organisation() and experiment = $1 and phase = $2
           and kind in ('stopped', 'shipped')
         order by number desc limit 1",
        experiment,
        phase,
    )
    .fetch_optional(conn)
    .await?)
}

/// What the latest change of a kind in a phase says.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn latest(
    conn: &mut PgConnection,
    experiment: &str,
    phase: i32,
    kind: &str,
) -> Result<Option<Value>> {
    Ok(sqlx::query_scalar!(
        "select body from engine.experiment_change
         where organisation = engine.current_organisation() and experiment = $1 and phase = $2
           and kind = $3
         order by number desc limit 1",
        experiment,
        phase,
        kind,
    )
    .fetch_optional(conn)
    .await?)
}
