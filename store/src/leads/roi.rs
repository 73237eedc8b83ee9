//! What plans are worth to leads' farms, as it was computed.

use crate::{OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

/// A calculation.
#[derive(Debug, Clone)]
pub struct RoiRow {
    /// Ids sort by age.
    pub id: Uuid,
    /// The person, as they were when it was made.
    pub person: Uuid,
    /// What was stated of the farm, as JSON.
    pub inputs: Value,
    /// What follows from it, as JSON.
    pub report: Value,
    /// The API key or wallet that asked for it.
    pub created_by: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Adds a calculation.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    row: &RoiRow,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.lead_roi (id, organisation, person, inputs, report, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        row.id,
        organisation.0,
        row.person,
        row.inputs,
        row.report,
        row.created_by,
        row.created_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A page of the calculations for a canonical person, newest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    canonical: Uuid,
    page: Page<Uuid>,
) -> Result<Vec<RoiRow>> {
    Ok(sqlx::query_as!(
        RoiRow,
        "select lead_roi.id, person, inputs, report, created_by, lead_roi.created_at
         from engine.person join engine.lead_roi on lead_roi.person = person.id
         where person.organisation = engine.current_organisation() and person.canonical = $1
           and ($2::uuid is null or lead_roi.id < $2)
         order by lead_roi.id desc limit $3",
        canonical,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Forgets the calculations for people.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn erase(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "delete from engine.lead_roi
         where organisation = engine.current_organisation() and person = any($1)",
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}
