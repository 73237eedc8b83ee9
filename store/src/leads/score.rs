//! Scores of people under the models that are kept current: see [`projection`](crate::projection).

use crate::{Result, rule_set::RuleKind};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// A person's score under one model.
#[derive(Debug, Clone)]
pub struct ScoreRow {
    /// The canonical person.
    pub person: Uuid,
    /// Thousandths of a point, at `scored_at`.
    pub points_milli: i64,
    /// When the last event counted in it happened; decay continues from there.
    pub scored_at: DateTime<Utc>,
}

/// A page of a model's scores, highest first; `after` is the last row already seen.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    model: i32,
    after: Option<(i64, Uuid)>,
    limit: i64,
) -> Result<Vec<ScoreRow>> {
    let (points, person) = after.unwrap_or((i64::MAX, Uuid::nil()));
    Ok(sqlx::query_as!(
        ScoreRow,
        "select person, order_key as points_milli, at as scored_at from engine.projection_person
         where projection = (
                 select id from engine.projection
                 where organisation = engine.current_organisation() and kind = $5 and version = $1
                   and status <> 'removed')
           and order_key <= $2 and (order_key < $2 or person > $3)
           and order_key > '-9223372036854775808'
         order by order_key desc, person limit $4",
        model,
        points,
        person,
        limit,
        RuleKind::ScoringModel.as_str(),
    )
    .fetch_all(conn)
    .await?)
}
