//! Who sees no experiment.

use crate::{OrganisationId, Result, StoreError, rules::stored};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tessera_domain::experiments::assignment::Holdout;

/// The holdout in force.
#[derive(Debug, Clone)]
pub struct HoldoutRow {
    /// Who is held out.
    pub holdout: Holdout,
    /// The API key or wallet that stated it.
    pub changed_by: String,
    /// When it was stated.
    pub changed_at: DateTime<Utc>,
}

/// Puts a holdout in force.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn put(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    row: &HoldoutRow,
) -> Result<()> {
    let body = serde_json::to_value(&row.holdout).map_err(|source| StoreError::Stored {
        what: "holdout",
        source,
    })?;
    sqlx::query!(
        "insert into engine.experiment_holdout (organisation, holdout, changed_by, changed_at)
         values ($1, $2, $3, $4)
         on conflict (organisation) do update
         set holdout = excluded.holdout, changed_by = excluded.changed_by,
             changed_at = excluded.changed_at",
        organisation.0,
        body,
        row.changed_by,
        row.changed_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the holdout out of force; whether there was one.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn remove(conn: &mut PgConnection) -> Result<bool> {
    let removed = sqlx::query!(
        "delete from engine.experiment_holdout
         where organisation = engine.current_organisation()",
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() == 1)
}

/// The holdout in force.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn get(conn: &mut PgConnection) -> Result<Option<HoldoutRow>> {
    let found = sqlx::query!(
        "select holdout, changed_by, changed_at from engine.experiment_holdout
         where organisation = engine.current_organisation()",
    )
    .fetch_optional(conn)
    .await?;
    found
        .map(|row| {
            Ok(HoldoutRow {
                holdout: stored(row.holdout, "holdout")?,
                changed_by: row.changed_by,
                changed_at: row.changed_at,
            })
        })
        .transpose()
}
