//! Merges of people: edges from loser to winner that can be taken away again. No event is rewritten;
//! who somebody is follows from the edges that stand. So that taking one away leaves no trace, nothing
//! of the loser is written to the winner but whether they are more than a browser, which follows from
//! their identifiers.

use super::person;
use crate::{OrganisationId, Result, StoreError};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tessera_domain::people::{Merge, MergeForest};
use uuid::Uuid;

/// A merge.
#[derive(Debug, Clone)]
pub struct MergeRow {
    /// Its id.
    pub id: Uuid,
    /// Who remained.
    pub winner: Uuid,
    /// Who became the winner.
    pub loser: Uuid,
    /// Why.
    pub reason: String,
    /// By whom.
    pub actor: String,
    /// When.
    pub merged_at: DateTime<Utc>,
    /// When it was taken back.
    pub undone_at: Option<DateTime<Utc>>,
}

/// Makes the canonical person `loser` the canonical person `winner`.
///
/// # Errors
/// [`StoreError::Raced`] when one of them has been merged meanwhile, [`StoreError::Database`].
pub async fn apply(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    winner: Uuid,
    loser: Uuid,
    reason: &str,
    actor: &str,
    id: Uuid,
) -> Result<()> {
    let inserted = sqlx::query!(
        "insert into engine.merge (id, organisation, winner, loser, reason, actor)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        id,
        organisation.0,
        winner,
        loser,
        reason,
        actor,
    )
    .execute(&mut *conn)
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(StoreError::Raced);
    }
    let people: Vec<Uuid> = person::group(conn, &[loser])
        .await?
        .into_iter()
        .map(|(person, _)| person)
        .collect();
    person::set_canonical(conn, &people, &vec![winner; people.len()]).await?;
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

/// Takes a merge back, and says who everybody in it is now: `(person, canonical)`. None when there
/// is no such merge or it was taken back before. The people in it are locked, and nobody applies
/// rules ([`crate::rules::lock`]): whoever has looked one of them up before would go on with who they
/// were, and could not see that from the lock.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn undo(conn: &mut PgConnection, id: Uuid) -> Result<Option<Vec<(Uuid, Uuid)>>> {
    let undone = sqlx::query!(
        r#"update engine.merge set undone_at = now()
           from engine.person
           where merge.id = $1 and undone_at is null and person.id = merge.winner
           returning person.canonical"#,
        id,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(undone) = undone else {
        return Ok(None);
    };
    let group = person::group(conn, &[undone.canonical]).await?;
    let people: Vec<Uuid> = group.into_iter().map(|(person, _)| person).collect();
    let standing = sqlx::query_as!(
        Merge,
        "select id, loser, winner from engine.merge where undone_at is null and loser = any($1)",
        &people,
    )
    .fetch_all(&mut *conn)
    .await?;
    let forest = MergeForest::new(standing).map_err(StoreError::Merges)?;
    let canonical: Vec<Uuid> = people
        .iter()
        .map(|person| forest.canonical(*person))
        .collect();
    person::set_canonical(conn, &people, &canonical).await?;
    person::review_identified(conn, &canonical).await?;
    Ok(Some(people.into_iter().zip(canonical).collect()))
}

/// One merge.
///
/// # Errors
/// [`StoreError::Database`].
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

/// Merges into or of a canonical person and everybody who is them, latest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn of(conn: &mut PgConnection, canonical: Uuid) -> Result<Vec<MergeRow>> {
    Ok(sqlx::query_as!(
        MergeRow,
        "select id, winner, loser, reason, actor, merged_at, undone_at from engine.merge
         where id in (
             select merge.id from engine.person join engine.merge on merge.winner = person.id
             where person.organisation = engine.current_organisation() and canonical = $1
             union
             select merge.id from engine.person join engine.merge on merge.loser = person.id
             where person.organisation = engine.current_organisation() and canonical = $1)
         order by merged_at desc, id",
        canonical,
    )
    .fetch_all(conn)
    .await?)
}
