//! Outcomes of leads: decided deals, and how many are open.

use crate::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// A deal that was won or lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// The canonical person.
    pub person: Uuid,
    /// When it was won or lost.
    pub decided_at: DateTime<Utc>,
    /// Whether it was won.
    pub won: bool,
    /// When a deal with the person was last decided before that.
    pub decided_before: Option<DateTime<Utc>>,
}

/// The deals that were decided last, at most `limit`, latest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn decided(conn: &mut PgConnection, limit: i64) -> Result<Vec<Decided>> {
    Ok(sqlx::query_as!(
        Decided,
        r#"select person.canonical as person, closed_at as "decided_at!", stage = 'won' as "won!",
                  max(closed_at) over (
                      partition by person.canonical order by closed_at
                      range between unbounded preceding and current row exclude group
                  ) as decided_before
           from engine.deal join engine.person on person.id = deal.person
           where deal.organisation = engine.current_organisation()
             and stage in ('won', 'lost') and closed_at is not null and removed_at is null
           order by closed_at desc, deal.id limit $1"#,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// How many deals of canonical people are neither won nor lost; people without any are left out.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn open(conn: &mut PgConnection, canonical: &[Uuid]) -> Result<HashMap<Uuid, i64>> {
    let rows = sqlx::query!(
        r#"select canonical, count(*) as "deals!"
           from engine.person join engine.deal on deal.person = person.id
           where canonical = any($1) and closed_at is null and removed_at is null
           group by canonical"#,
        canonical,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.canonical, row.deals))
        .collect())
}
