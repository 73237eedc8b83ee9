//! People under the scoring model in force, in the order of their places: see
//! [`projection`](crate::projection).

use crate::{Result, rule_set::RuleKind};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// A person's state under a scoring model.
#[derive(Debug, Clone)]
pub struct RankRow {
    /// The canonical person.
    pub person: Uuid,
    /// The state, encoded by its kind.
    pub state: Vec<u8>,
    /// Thousandths of a point of the moment at which the place was computed.
    pub place: i64,
}

/// People whose scores at `at` are their places, highest first; `after` is the last row already seen.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn still(
    conn: &mut PgConnection,
    model: i32,
    at: DateTime<Utc>,
    after: (i64, Uuid),
    limit: i64,
) -> Result<Vec<RankRow>> {
    let (place, person) = after;
    Ok(sqlx::query_as!(
        RankRow,
        "select person, state, order_key as place from engine.projection_person
         where projection = (
                 select id from engine.projection
                 where organisation = engine.current_organisation() and kind = $6 and version = $1
                   and status <> 'removed')
           and order_key <= $2 and (order_key < $2 or person > $3)
           and (next_at is null or label = 'still') and (next_at is null or next_at > $4)
         order by order_key desc, person limit $5",
        model,
        place,
        person,
        at,
        limit,
        RuleKind::ScoringModel.as_str(),
    )
    .fetch_all(conn)
    .await?)
}

/// People whose scores are near their places at `at`, highest first; `after` is the last row already
/// seen.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn moving(
    conn: &mut PgConnection,
    model: i32,
    at: DateTime<Utc>,
    after: (i64, Uuid),
    limit: i64,
) -> Result<Vec<RankRow>> {
    let (place, person) = after;
    Ok(sqlx::query_as!(
        RankRow,
        "select person, state, order_key as place from engine.projection_person
         where projection = (
                 select id from engine.projection
                 where organisation = engine.current_organisation() and kind = $6 and version = $1
                   and status <> 'removed')
           and order_key <= $2 and (order_key < $2 or person > $3)
           and next_at > $4 and label <> 'still' and order_key > '-9223372036854775808'
         order by order_key desc, person limit $5",
        model,
        place,
        person,
        at,
        limit,
        RuleKind::ScoringModel.as_str(),
    )
    .fetch_all(conn)
    .await?)
}

/// People whose places may no longer hold at `at`, and have not been computed since.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn overdue(
    conn: &mut PgConnection,
    model: i32,
    at: DateTime<Utc>,
) -> Result<Vec<RankRow>> {
    Ok(sqlx::query_as!(
        RankRow,
        "select person, state, order_key as place from engine.projection_person
         where organisation = engine.current_organisation() and next_at <= $2
           and projection = (
                 select id from engine.projection
                 where organisation = engine.current_organisation() and kind = $3 and version = $1
                   and status <> 'removed')",
        model,
        at,
        RuleKind::ScoringModel.as_str(),
    )
    .fetch_all(conn)
    .await?)
}
