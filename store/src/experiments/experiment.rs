//! Experiments: the design as it was last written, and where it stands.

use crate::{OrganisationId, Result, StoreError, read::Page, rules::stored};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tessera_domain::experiments::design::Design;

/// An experiment.
#[derive(Debug, Clone)]
pub struct ExperimentRow {
    /// Unique in the organisation.
    pub key: String,
    /// `draft`, `running` or `stopped`.
    pub status: String,
    /// As it was last written.
    pub design: Design,
    /// The number of the latest phase; 0 before the first.
    pub phase: i32,
    /// Key of the arm that everybody sees since a decision.
    pub shipped: Option<String>,
    /// The API key or wallet that created it.
    pub created_by: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

struct Stored {
    key: String,
    status: String,
    design: serde_json::Value,
    phase: i32,
    shipped: Option<String>,
    created_by: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<Stored> for ExperimentRow {
    type Error = StoreError;

    fn try_from(row: Stored) -> Result<Self> {
        Ok(Self {
            key: row.key,
            status: row.status,
            design: stored(row.design, "experiment")?,
            phase: row.phase,
            shipped: row.shipped,
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// A design as JSON.
pub(super) fn body(design: &Design) -> Result<serde_json::Value> {
    serde_json::to_value(design).map_err(|source| StoreError::Stored {
        what: "experiment",
        source,
    })
}

/// Adds a draft; whether the key was free.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    key: &str,
    design: &Design,
    created_by: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let inserted = sqlx::query!(
        "insert into engine.experiment
             (organisation, key, status, design, created_by, created_at, updated_at)
         values ($1, $2, 'draft', $3, $4, $5, $5) on conflict do nothing",
        organisation.0,
        key,
        body(design)?,
        created_by,
        now,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Writes another design.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn redesign(
    conn: &mut PgConnection,
    key: &str,
    design: &Design,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update engine.experiment set design = $2, updated_at = $3
         where organisation = engine.current_organisation() and key = $1",
        key,
        body(design)?,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a phase runs, and that nothing is decided any more.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn run(conn: &mut PgConnection, key: &str, phase: i32, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update engine.experiment
         set status = 'running', phase = $2, shipped = null, updated_at = $3
         where organisation = engine.current_organisation() and key = $1",
        key,
        phase,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that no phase runs any more, and which arm everybody sees from now on, if it is decided.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn stop(
    conn: &mut PgConnection,
    key: &str,
    shipped: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update engine.experiment set status = 'stopped', shipped = $2, updated_at = $3
         where organisation = engine.current_organisation() and key = $1",
        key,
        shipped,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes an experiment; whether there was one.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn remove(conn: &mut PgConnection, key: &str) -> Result<bool> {
    let removed = sqlx::query!(
        "delete from engine.experiment
         where organisation = engine.current_organisation() and key = $1",
        key,
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() == 1)
}

/// How many experiments the organisation has, and how many of them run.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn count(conn: &mut PgConnection) -> Result<(i64, i64)> {
    let row = sqlx::query!(
        r#"select count(*) as "all!", count(*) filter (where status = 'running') as "running!"
           from engine.experiment where organisation = engine.current_organisation()"#,
    )
    .fetch_one(conn)
    .await?;
    Ok((row.all, row.running))
}

/// A page of experiments by key.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn list(
    conn: &mut PgConnection,
    status: Option<&str>,
    page: Page<String>,
) -> Result<Vec<ExperimentRow>> {
    let rows = sqlx::query_as!(
        Stored,
        "select key, status, design, phase, shipped, created_by, created_at, updated_at
         from engine.experiment
         where organisation = engine.current_organisation()
           and ($1::text is null or key > $1) and ($3::text is null or status = $3)
         order by key limit $2",
        page.after,
        page.limit,
        status,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(ExperimentRow::try_from).collect()
}

/// The experiment of this key.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn get(conn: &mut PgConnection, key: &str) -> Result<Option<ExperimentRow>> {
    let found = sqlx::query_as!(
        Stored,
        "select key, status, design, phase, shipped, created_by, created_at, updated_at
         from engine.experiment
         where organisation = engine.current_organisation() and key = $1",
        key,
    )
    .fetch_optional(conn)
    .await?;
    found.map(ExperimentRow::try_from).transpose()
}
