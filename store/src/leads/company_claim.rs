//! Which domains are being asked about.

use crate::{OrganisationId, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Claims a domain for a work that asks about it; whether it is that work's now. A claim of another work stands
/// unless it was made at `stale` or before.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn take(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    domain: &str,
    work: i64,
    at: DateTime<Utc>,
    stale: DateTime<Utc>,
) -> Result<bool> {
    let taken = sqlx::query!(
        "insert into engine.company_claim as known (organisation, domain, work, claimed_at)
         values ($1, $2, $3, $4)
         on conflict (organisation, domain) do update
         set work = excluded.work, claimed_at = excluded.claimed_at
         where known.work = excluded.work or known.claimed_at <= $5",
        organisation.0,
        domain,
        work,
        at,
        stale,
    )
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Gives back what a work has claimed.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn release(conn: &mut PgConnection, work: i64) -> Result<()> {
    sqlx::query!(
        "delete from engine.company_claim
         where organisation = engine.current_organisation() and work = $1",
        work,
    )
    .execute(conn)
    .await?;
    Ok(())
}
