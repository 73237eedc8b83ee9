//! The health of customers, as it was computed last. A row is replaced as a whole; a customer who was merged
//! since is not shown.

use crate::{OrganisationId, Result};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

/// A customer's health.
#[derive(Debug, Clone)]
pub struct HealthRow {
    /// The canonical person.
    pub person: Uuid,
    /// From 0 to 100.
    pub score: i16,
    /// Of the weights.
    pub version: i16,
    /// The parts.
    pub parts: Value,
    /// When it was computed.
    pub computed_at: DateTime<Utc>,
}

/// Replaces the health of some customers; of people who have become others, or were erased, nothing is kept.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn replace(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    rows: &[HealthRow],
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let people: Vec<Uuid> = rows.iter().map(|row| row.person).collect();
    let scores: Vec<i16> = rows.iter().map(|row| row.score).collect();
    let versions: Vec<i16> = rows.iter().map(|row| row.version).collect();
    let parts: Vec<&Value> = rows.iter().map(|row| &row.parts).collect();
    let moments: Vec<DateTime<Utc>> = rows.iter().map(|row| row.computed_at).collect();
    sqlx::query!(
        "insert into engine.customer_health as known (organisation, person, score, version, parts, computed_at)
         select $1, given.*
         from unnest($2::uuid[], $3::smallint[], $4::smallint[], $5::jsonb[], $6::timestamptz[])
              given (person, score, version, parts, computed_at)
         where exists (
             select from engine.person member join engine.identifier on identifier.person = member.id
             where member.canonical = given.person)
         on conflict on constraint customer_health_pkey do update
         set score = excluded.score, version = excluded.version, parts = excluded.parts,
             computed_at = excluded.computed_at
         where known.computed_at < excluded.computed_at",
        organisation.0,
        &people,
        &scores,
        &versions,
        &parts as _,
        &moments,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets those who were computed before a moment, because they are customers no longer.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget_older(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    than: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "delete from engine.customer_health where organisation = $1 and computed_at < $2",
        organisation.0,
        than,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets people.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "delete from engine.customer_health where person = any($1)",
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The health of a canonical person; none of who is no customer, or was none when it was computed.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, person: Uuid) -> Result<Option<HealthRow>> {
    Ok(sqlx::query_as!(
        HealthRow,
        "select person, score, version, parts, computed_at from engine.customer_health
         where organisation = engine.current_organisation() and person = $1",
        person,
    )
    .fetch_optional(conn)
    .await?)
}

/// Whether there is any.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn is_any(conn: &mut PgConnection, organisation: OrganisationId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from engine.customer_health where organisation = $1) as "any!""#,
        organisation.0,
    )
    .fetch_one(conn)
    .await?)
}

/// Customers behind a score and a person, the lowest score first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    after: Option<(i16, Uuid)>,
    limit: i64,
) -> Result<Vec<HealthRow>> {
    let (score, person) = after.unzip();
    Ok(sqlx::query_as!(
        HealthRow,
        "select health.person, score, version, parts, computed_at
         from engine.customer_health health
         join engine.person on person.id = health.person and person.canonical = person.id
         where health.organisation = $1
           and ($2::smallint is null or (score, health.person) > ($2, $3::uuid))
         order by score, health.person limit $4",
        organisation.0,
        score,
        person,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
