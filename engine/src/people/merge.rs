//! Merges of people, which an administrator decides on and can undo. A merge is an edge from loser
//! to winner. No event is rewritten, and nothing of the loser is written to the winner except
//! whether they are known by more than a browser, which follows from their identifiers; so undoing
//! a merge leaves no trace.

use super::canonical;
use crate::{
    Caller, Engine, Error, Result,
    clock::now,
    projection::{Touched, project},
};
use tessera_domain::people::{IdentifierKind, Link, MergeForest, PersonFacts, Proof, decide_link};
use tessera_store::{
    OrganisationId, PgConnection, StoreError,
    people::{
        merge::{self, MergeRow, NewMerge},
        person,
    },
    rules,
};
use uuid::Uuid;

/// Merges `loser` into `winner`; neither may already be merged into another person.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`], [`Error::Store`].
pub async fn merge(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    winner: Uuid,
    loser: Uuid,
    reason: &str,
) -> Result<MergeRow> {
    let organisation = caller.organisation;
    let rules = engine.rules.current(conn, organisation).await?;
    for id in [winner, loser] {
        canonical(conn, id).await?;
    }
    if winner == loser {
        return Err(Error::Conflict("that is one person already".to_owned()));
    }
    if let Some(stale) = person::lock(conn, &[winner, loser], &[]).await?.first() {
        return Err(Error::Conflict(format!(
            "person {stale} is merged into another one; merge that one"
        )));
    }
    let (one, other) = (facts(conn, winner).await?, facts(conn, loser).await?);
    if let Link::Refused(_) | Link::Nothing = decide_link(&one, &other, Proof::Admin) {
        return Err(Error::Conflict(
            "a person without any identifier, such as an erased one, cannot be merged".to_owned(),
        ));
    }
    let edge = NewMerge {
        id: Uuid::now_v7(),
        winner,
        loser,
        reason,
        actor: &caller.actor.to_string(),
    };
    apply(conn, organisation, &edge).await?;
    let touched = Touched {
        rebuilt: [winner].into(),
        gone: [loser].into(),
        ..Touched::default()
    };
    project(conn, organisation, &rules, &touched, now()).await?;
    let merged = merge::get(conn, edge.id).await?;
    merged.ok_or(Error::Internal("find the merge"))
}

/// Undoes a merge of the person behind `id`. Other merges stand, including later ones. Returns
/// everybody who was one person, and who they are now: `(person, canonical)`.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`], [`Error::Store`].
pub async fn undo(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    id: Uuid,
    merge: Uuid,
) -> Result<Vec<(Uuid, Uuid)>> {
    let organisation = caller.organisation;
    // Exclusive: a transaction that has looked one of these people up would go on with who they
    // were, and locking them would not show that this has changed.
    rules::lock(conn, organisation).await?;
    let rules = engine.rules.current(conn, organisation).await?;
    let person = canonical(conn, id).await?.id;
    let merges = merge::of(conn, person).await?;
    if !merges.iter().any(|known| known.id == merge) {
        return Err(Error::not_found("merge of this person with the id", merge));
    }
    let people = members(conn, person).await?;
    person::lock(conn, &people, &[]).await?;
    if !merge::mark_undone(conn, merge).await? {
        return Err(Error::Conflict("it was undone already".to_owned()));
    }
    let standing = merge::standing(conn, &people).await?;
    let forest = MergeForest::new(standing).map_err(StoreError::Merges)?;
    let canonical: Vec<Uuid> = people.iter().map(|it| forest.canonical(*it)).collect();
    person::set_canonical(conn, &people, &canonical).await?;
    person::review_identified(conn, &canonical).await?;
    let touched = Touched {
        rebuilt: canonical.iter().copied().collect(),
        ..Touched::default()
    };
    project(conn, organisation, &rules, &touched, now()).await?;
    Ok(people.into_iter().zip(canonical).collect())
}

/// Writes a merge of two canonical people, who are locked.
pub(crate) async fn apply(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    edge: &NewMerge<'_>,
) -> Result<()> {
    if !merge::insert(conn, organisation, edge).await? {
        return Err(StoreError::Raced.into());
    }
    let people = members(conn, edge.loser).await?;
    person::set_canonical(conn, &people, &vec![edge.winner; people.len()]).await?;
    merge::inherit_identified(conn, edge.winner, edge.loser).await?;
    Ok(())
}

/// Everybody who is `canonical` after all merges, themselves included.
pub(crate) async fn members(conn: &mut PgConnection, canonical: Uuid) -> Result<Vec<Uuid>> {
    let group = person::group(conn, &[canonical]).await?;
    Ok(group.into_iter().map(|(person, _)| person).collect())
}

async fn facts(conn: &mut PgConnection, id: Uuid) -> Result<PersonFacts> {
    let person = canonical(conn, id).await?;
    let identifiers: Vec<(IdentifierKind, i64)> = person::identifiers(conn, id).await?;
    Ok(PersonFacts {
        id,
        created_at: person.first_seen.into(),
        kinds: identifiers.into_iter().map(|(kind, _)| kind).collect(),
    })
}
