//! Reports: results as they were signed.

use crate::{OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// A report.
#[derive(Debug, Clone)]
pub struct ReportRow {
    /// Its id.
    pub id: Uuid,
    /// The experiment.
    pub experiment: String,
    /// The phase.
    pub phase: i32,
    /// The moment whose events are in it.
    pub as_of: DateTime<Utc>,
    /// The bytes that were signed, which are JSON.
    pub body: String,
    /// Ed25519, over `body`.
    pub signature: Vec<u8>,
    /// The API key or wallet that asked for it; `engine` for what it signs by itself.
    pub created_by: String,
}

/// What a report is about.
#[derive(Debug, Clone)]
pub struct ReportHead {
    /// Its id.
    pub id: Uuid,
    /// The phase.
    pub phase: i32,
    /// The moment whose events are in it.
    pub as_of: DateTime<Utc>,
    /// The API key or wallet that asked for it; `engine` for what it signs by itself.
    pub created_by: String,
}

/// Adds a report.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    report: &ReportRow,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.experiment_report
             (id, organisation, experiment, phase, as_of, body, signature, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        report.id,
        organisation.0,
        report.experiment,
        report.phase,
        report.as_of,
        report.body,
        report.signature,
        report.created_by,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many reports an experiment has that others than `engine` asked for.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn asked_for(conn: &mut PgConnection, experiment: &str, engine: &str) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from engine.experiment_report
           where organisation = engine.current_organisation() and experiment = $1
             and created_by <> $2"#,
        experiment,
        engine,
    )
    .fetch_one(conn)
    .await?)
}

/// A page of an experiment's reports, oldest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    experiment: &str,
    page: Page<Uuid>,
) -> Result<Vec<ReportHead>> {
    Ok(sqlx::query_as!(
        ReportHead,
        "select id, phase, as_of, created_by from engine.experiment_report
         where organisation = engine.current_organisation() and experiment = $1
           and ($2::uuid is null or id > $2)
         order by id limit $3",
        experiment,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// One report of an experiment.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, experiment: &str, id: Uuid) -> Result<Option<ReportRow>> {
    Ok(sqlx::query_as!(
        ReportRow,
        "select id, experiment, phase, as_of, body, signature, created_by
         from engine.experiment_report
         where organisation = engine.current_organisation() and experiment = $1 and id = $2",
        experiment,
        id,
    )
    .fetch_optional(conn)
    .await?)
}

/// The newest report of an experiment, or of one of its phases.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn newest(
    conn: &mut PgConnection,
    experiment: &str,
    phase: Option<i32>,
) -> Result<Option<ReportRow>> {
    Ok(sqlx::query_as!(
        ReportRow,
        "select id, experiment, phase, as_of, body, signature, created_by
         from engine.experiment_report
         where organisation = engine.current_organisation() and experiment = $1
           and ($2::int is null or phase = $2)
         order by phase desc, as_of desc, id desc limit 1",
        experiment,
        phase,
    )
    .fetch_optional(conn)
    .await?)
}
