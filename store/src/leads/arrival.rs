//! How leads have arrived, by the event log.

use crate::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// The events of one name and source that came in one way.
#[derive(Debug, Clone)]
pub struct ArrivalRow {
    /// Their name.
    pub name: String,
    /// `client`, `chain` or `engine`.
    pub source: String,
    /// Whether they had happened long before they arrived.
    pub late: bool,
    /// When the first of them happened.
    pub first: DateTime<Utc>,
    /// When the last of them happened.
    pub last: DateTime<Utc>,
}

/// Everything that has happened to a canonical person, by name, source and whether it arrived more than
/// `late_secs` after it had happened.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn of(
    conn: &mut PgConnection,
    canonical: Uuid,
    late_secs: f64,
) -> Result<Vec<ArrivalRow>> {
    Ok(sqlx::query_as!(
        ArrivalRow,
        r#"select found.name, found.source, found.late as "late!", min(found.at) as "first!",
                  max(found.at) as "last!"
           from engine.person member
           cross join lateral (
               select name, source, at, received_at - at > make_interval(secs => $2) as late
               from engine.event
               where event.organisation = member.organisation and event.person = member.id
           ) found
           where member.organisation = engine.current_organisation() and member.canonical = $1
           group by found.name, found.source, found.late"#,
        canonical,
        late_secs,
    )
    .fetch_all(conn)
    .await?)
}
