//! Leads that have appeared and that a worker is to assign.

use crate::{OrganisationId, Result};
use sqlx::PgConnection;
use uuid::Uuid;

/// Notes that a lead waits.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    person: Uuid,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.waiting_lead (organisation, person) values ($1, $2) on conflict do nothing",
        organisation.0,
        person,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// At most `limit` people who wait, those who were seen first in front.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(conn: &mut PgConnection, limit: i64) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select person from engine.waiting_lead
         where organisation = engine.current_organisation() order by person limit $1",
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Lets people wait no longer.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "delete from engine.waiting_lead
         where organisation = engine.current_organisation() and person = any($1)",
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}
