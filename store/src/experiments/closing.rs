//! Phases that are over for good.

use crate::{OrganisationId, Result, rule_set::RuleKind};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Organisations with phases that ended before a moment, and whose measurements still go on. For a plain
/// connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn organisations(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
) -> Result<Vec<OrganisationId>> {
    Ok(sqlx::query_scalar!(
        r#"select distinct organisation as "organisation: OrganisationId"
           from engine.experiment_phase it join engine.projection measured using (organisation)
           where ended_at < $1 and kind = $2 and name = experiment || '/' || phase
             and status = 'live'
           order by 1"#,
        before,
        RuleKind::Experiment.as_str(),
    )
    .fetch_all(conn)
    .await?)
}

/// The measurements of phases that ended before a moment, by number. One that is still built with the
/// phase's end is not among them.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn measurements(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<Vec<i32>> {
    Ok(sqlx::query_scalar!(
        "select measured.id
         from engine.experiment_phase it join engine.projection measured using (organisation)
         where organisation = engine.current_organisation() and ended_at < $1 and kind = $2
           and name = experiment || '/' || phase and status = 'live'
           and not exists (select from engine.projection coming
                           where coming.organisation = measured.organisation
                             and coming.kind = measured.kind and coming.name = measured.name
                             and coming.status = 'building')
         order by measured.id",
        before,
        RuleKind::Experiment.as_str(),
    )
    .fetch_all(conn)
    .await?)
}
