//! Through which moment those who enter by the clock have entered. The row is the lock under which they do.

use crate::{OrganisationId, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// The moment of a journey, and `now` of one that was not looked at before.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn through(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    journey: &str,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    Ok(sqlx::query_scalar!(
        "insert into engine.journey_clock as known (organisation, journey, through) values ($1, $2, $3)
         on conflict on constraint journey_clock_pkey do update set through = known.through
         returning through",
        organisation.0,
        journey,
        now,
    )
    .fetch_one(conn)
    .await?)
}

/// Moves it on.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn pass(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    journey: &str,
    through: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update engine.journey_clock set through = $3 where organisation = $1 and journey = $2",
        organisation.0,
        journey,
        through,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the moment of a journey.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    journey: &str,
) -> Result<()> {
    sqlx::query!(
        "delete from engine.journey_clock where organisation = $1 and journey = $2",
        organisation.0,
        journey,
    )
    .execute(conn)
    .await?;
    Ok(())
}
