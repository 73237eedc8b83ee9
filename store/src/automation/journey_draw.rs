//! Runs of which it was drawn whether their person is held out, and what is forgotten of runs with a person.

use crate::{OrganisationId, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// A run that was drawn.
#[derive(Debug, Clone, Copy)]
pub struct DrawnRow {
    /// Who the person is now.
    pub person: Uuid,
    /// When it began.
    pub entered_at: DateTime<Utc>,
    /// Whether the person is held out.
    pub is_held_out: bool,
}

/// The runs that were drawn by the holdout of a version, by person.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn of_version(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    journey: &str,
    version: i32,
) -> Result<Vec<DrawnRow>> {
    Ok(sqlx::query_as!(
        DrawnRow,
        r#"select person.canonical as "person!", run.entered_at,
                  coalesce(run.reason = 'held_out', false) as "is_held_out!"
           from engine.journey_run run join engine.person on person.id = run.person
           where run.organisation = $1 and run.journey = $2 and run.drawn_in = $3
           order by person.canonical"#,
        organisation.0,
        journey,
        version,
    )
    .fetch_all(conn)
    .await?)
}

/// Forgets what began the runs of people and what they were about, also of those that have ended.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "update engine.journey_run set cause = '{}', key = case when key = '' then '' else id::text end
         where person = any($1) and (cause <> '{}' or key <> '')",
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}
