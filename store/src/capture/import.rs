//! History that is brought along: how far each file is, and what was refused of it.

use crate::{OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

/// Most refusals that are kept of an import.
pub const MAX_ERRORS: usize = 100;

/// A refused row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowError {
    /// The line that it begins on, from 1.
    pub line: i64,
    /// The kind of breach.
    pub code: String,
    /// The field that breaks the rule.
    pub field: String,
    /// What it must be.
    pub rule: String,
}

/// An import.
#[derive(Debug, Clone)]
pub struct ImportRow {
    /// Names it when it is gone on with.
    pub id: Uuid,
    /// `events`, `persons`, `deals` or `spend`.
    pub kind: String,
    /// The line through which everything is done.
    pub lines: i64,
    /// Rows that were taken in.
    pub accepted: i64,
    /// Rows that had been taken in before.
    pub duplicate: i64,
    /// Events of which only the count was taken in.
    pub withheld: i64,
    /// Rows that were refused.
    pub rejected: i64,
    /// The first of the refusals.
    pub errors: Json<Vec<RowError>>,
    /// Of the rows through `lines`.
    pub digest: Vec<u8>,
    /// The names of the columns, where the file is CSV.
    pub names: Option<Vec<String>>,
    /// The API key or wallet that began it.
    pub created_by: String,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it was last gone on with.
    pub updated_at: DateTime<Utc>,
    /// When the end of its file was reached.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Adds an import, unless it is there.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    import: &ImportRow,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.import (organisation, id, kind, digest, created_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6) on conflict (organisation, id) do nothing",
        organisation.0,
        import.id,
        import.kind,
        import.digest,
        import.created_by,
        import.created_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One import.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<ImportRow>> {
    Ok(sqlx::query_as!(
        ImportRow,
        r#"select id, kind, lines, accepted, duplicate, withheld, rejected,
                  errors as "errors: Json<Vec<RowError>>", digest, names, created_by, created_at,
                  updated_at, finished_at
           from engine.import where organisation = engine.current_organisation() and id = $1"#,
        id,
    )
    .fetch_optional(conn)
    .await?)
}

/// One import, locked until the transaction ends.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<ImportRow> {
    Ok(sqlx::query_as!(
        ImportRow,
        r#"select id, kind, lines, accepted, duplicate, withheld, rejected,
                  errors as "errors: Json<Vec<RowError>>", digest, names, created_by, created_at,
                  updated_at, finished_at
           from engine.import where organisation = engine.current_organisation() and id = $1
           for no key update"#,
        id,
    )
    .fetch_one(conn)
    .await?)
}

/// Stores how far an import is.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn update(conn: &mut PgConnection, import: &ImportRow) -> Result<()> {
    sqlx::query!(
        "update engine.import
         set lines = $2, accepted = $3, duplicate = $4, withheld = $5, rejected = $6, errors = $7,
             digest = $8, names = $9, updated_at = $10, finished_at = $11
         where organisation = engine.current_organisation() and id = $1",
        import.id,
        import.lines,
        import.accepted,
        import.duplicate,
        import.withheld,
        import.rejected,
        &import.errors as _,
        import.digest,
        import.names.as_deref(),
        import.updated_at,
        import.finished_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A page of imports by id.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(conn: &mut PgConnection, page: Page<Uuid>) -> Result<Vec<ImportRow>> {
    Ok(sqlx::query_as!(
        ImportRow,
        r#"select id, kind, lines, accepted, duplicate, withheld, rejected,
                  errors as "errors: Json<Vec<RowError>>", digest, names, created_by, created_at,
                  updated_at, finished_at
           from engine.import
           where organisation = engine.current_organisation() and ($1::uuid is null or id > $1)
           order by id limit $2"#,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}
