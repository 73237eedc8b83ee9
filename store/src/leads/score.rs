//! Scores of people under the live models, and the states that they are computed from.

use crate::{OrganisationId, Result, rule_set::RuleKind};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// A person's score under one model.
#[derive(Debug, Clone)]
pub struct ScoreRow {
    /// The canonical person.
    pub person: Uuid,
    /// What it is computed from, as JSON.
    pub state: Vec<u8>,
    /// Thousandths of a point, at `scored_at`.
    pub points_milli: i64,
    /// The last event that it knows.
    pub scored_at: DateTime<Utc>,
}

/// States of these people under a model. The people are locked.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn of(
    conn: &mut PgConnection,
    model: i32,
    people: &[Uuid],
) -> Result<HashMap<Uuid, ScoreRow>> {
    let rows = sqlx::query_as!(
        ScoreRow,
        "select found.person, found.state, found.points_milli, found.scored_at
         from unnest($2::uuid[]) wanted (person)
         cross join lateral (
             select person, state, points_milli, scored_at from engine.score
             where organisation = engine.current_organisation() and model = $1
               and person = wanted.person
             limit 1
         ) found",
        model,
        people,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.person, row)).collect())
}

/// Writes scores in place of those that are there.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn upsert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    model: i32,
    rows: &[ScoreRow],
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let people: Vec<Uuid> = rows.iter().map(|row| row.person).collect();
    let states: Vec<&[u8]> = rows.iter().map(|row| row.state.as_slice()).collect();
    let points: Vec<i64> = rows.iter().map(|row| row.points_milli).collect();
    let moments: Vec<DateTime<Utc>> = rows.iter().map(|row| row.scored_at).collect();
    sqlx::query!(
        "insert into engine.score (organisation, model, person, state, points_milli, scored_at)
         select $1, $2, new.*
         from unnest($3::uuid[], $4::bytea[], $5::bigint[], $6::timestamptz[]) new
         on conflict (organisation, model, person) do update
         set state = excluded.state, points_milli = excluded.points_milli,
             scored_at = excluded.scored_at",
        organisation.0,
        model,
        &people,
        &states as _,
        &points,
        &moments,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes the scores of people who are somebody else now.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "delete from engine.score using engine.rule_set, unnest($1::uuid[]) gone (person)
         where rule_set.organisation = engine.current_organisation() and rule_set.kind = $2
           and score.organisation = engine.current_organisation()
           and score.model = rule_set.version and score.person = gone.person",
        people,
        RuleKind::ScoringModel.as_str(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes the scores of people under one model.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove_under(conn: &mut PgConnection, model: i32, people: &[Uuid]) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "delete from engine.score
         where organisation = engine.current_organisation() and model = $1 and person = any($2)",
        model,
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A page of a model's scores, highest first; `after` is the last one seen.
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
        "select person, state, points_milli, scored_at from engine.score
         where organisation = engine.current_organisation() and model = $1
           and points_milli <= $2 and (points_milli < $2 or person > $3)
         order by points_milli desc, person limit $4",
        model,
        points,
        person,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Removes all scores of a model.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn clear(conn: &mut PgConnection, model: i32) -> Result<()> {
    sqlx::query!(
        "delete from engine.score
         where organisation = engine.current_organisation() and model = $1",
        model,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes the scores under models that are neither in force nor being built.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn clear_retired(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!(
        "delete from engine.score
         where organisation = engine.current_organisation() and model not in (
             select version from engine.rule_set
             where organisation = engine.current_organisation() and kind = $1
               and status in ('published', 'building'))",
        RuleKind::ScoringModel.as_str(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
