//! Merges of people: edges from loser to winner, which can be undone.

use crate::{OrganisationId, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tessera_domain::people::Merge;
use uuid::Uuid;

/// A merge to add.
#[derive(Debug, Clone)]
pub struct NewMerge<'a> {
    /// By which it can be undone.
    pub id: Uuid,
    /// A canonical person, who remains one.
    pub winner: Uuid,
    /// A canonical person, who becomes the winner.
    pub loser: Uuid,
    /// In the words of the one who decided.
    pub reason: &'a str,
    /// The API key or wallet that decided, or `engine`.
    pub actor: &'a str,
}

/// A merge, standing or undone.
#[derive(Debug, Clone)]
pub struct MergeRow {
    /// By which it can be undone.
    pub id: Uuid,
    /// The person who remained.
    pub winner: Uuid,
    /// The person who became the winner.
    pub loser: Uuid,
    /// In the words of the one who decided.
    pub reason: String,
    /// The API key or wallet that decided, or `engine`.
    pub actor: String,
    /// When it was decided.
    pub merged_at: DateTime<Utc>,
    /// When it was undone; none while it stands.
    pub undone_at: Option<DateTime<Utc>>,
}

/// Adds a merge; false when the loser has been merged in the meantime.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    merge: &NewMerge<'_>,
) -> Result<bool> {
    let inserted = sqlx::query!(
        "insert into engine.merge (id, organisation, winner, loser, reason, actor)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        merge.id,
        organisation.0,
        merge.winner,
        merge.loser,
        merge.reason,
        merge.actor,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Notes that the winner is more than a browser if the loser is.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn inherit_identified(conn: &mut PgConnection, winner: Uuid, loser: Uuid) -> Result<()> {
    sqlx::query!(
        "update engine.person winner set identified = true
         from engine.person loser
         where winner.id = $1 and loser.id = $2 and loser.identified and not winner.identified",
        winner,
        loser,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks a merge as undone; whether it stood.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn mark_undone(conn: &mut PgConnection, id: Uuid) -> Result<bool> {
    let undone = sqlx::query!(
        "update engine.merge set undone_at = clock_timestamp() where id = $1 and undone_at is null",
        id,
    )
    .execute(conn)
    .await?;
    Ok(undone.rows_affected() == 1)
}

/// The standing merges of which these people are the losers.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn standing(conn: &mut PgConnection, people: &[Uuid]) -> Result<Vec<Merge>> {
    Ok(sqlx::query_as!(
        Merge,
        "select id, loser, winner from engine.merge where undone_at is null and loser = any($1)",
        people,
    )
    .fetch_all(conn)
    .await?)
}

/// Everybody who is one person now with a winner or a loser of a merge that was made or undone after a
/// moment.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn moved_since(conn: &mut PgConnection, at: DateTime<Utc>) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select id from engine.person
         where canonical in (
             select canonical from engine.merge
             join engine.person moved on moved.id in (winner, loser)
             where merge.organisation = engine.current_organisation()
               and (merged_at > $1 or undone_at > $1))",
        at,
    )
    .fetch_all(conn)
    .await?)
}

/// The merges that stood at a moment of which these people are the losers.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn stood(
    conn: &mut PgConnection,
    people: &[Uuid],
    at: DateTime<Utc>,
) -> Result<Vec<Merge>> {
    Ok(sqlx::query_as!(
        Merge,
        "select id, loser, winner from engine.merge
         where loser = any($1) and merged_at <= $2 and (undone_at is null or undone_at > $2)",
        people,
        at,
    )
    .fetch_all(conn)
    .await?)
}

/// One merge.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<MergeRow>> {
    Ok(sqlx::query_as!(
        MergeRow,
        "select id, winner, loser, reason, actor, merged_at, undone_at from engine.merge
         where id = $1",
        id,
    )
    .fetch_optional(conn)
    .await?)
}

/// Merges of a canonical person and of everybody merged into them, as winner or loser, latest
/// first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn of(conn: &mut PgConnection, canonical: Uuid) -> Result<Vec<MergeRow>> {
    Ok(sqlx::query_as!(
        MergeRow,
        "select id, winner, loser, reason, actor, merged_at, undone_at from engine.merge
         where id in (
             select merge.id from engine.person join engine.merge on merge.winner = person.id
             where canonical = $1
             union
             select merge.id from engine.person join engine.merge on merge.loser = person.id
             where canonical = $1)
         order by merged_at desc, id",
        canonical,
    )
    .fetch_all(conn)
    .await?)
}
