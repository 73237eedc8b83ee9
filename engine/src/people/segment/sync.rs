//! Brings the members of segments in line with versions whose projections are complete. What arrives in
//! the meantime changes members as always: both compare under the lock of the person.

use super::transition::Transition;
use crate::{Engine, Result, clock::now, projection::transit};
use std::collections::HashSet;
use tessera_store::{
    OrganisationId, StoreError,
    people::{
        person,
        segment::{self, Unsynced},
        segment_member::{self, Differing},
    },
    rule_set::{self, RuleKind},
    rules::{self, Applied},
    tenant,
};
use uuid::Uuid;

/// People of a page: their events wait as long as it takes.
const PAGE: i64 = 200;
/// The second finds nothing, unless people were merged behind the first.
const PASSES: usize = 3;

/// Records the entries and exits that follow from such versions, and puts them in force.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub(crate) async fn sync(engine: &Engine, organisation: OrganisationId) -> Result<()> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let unsynced = segment::unsynced(&mut transaction).await?;
    drop(transaction);
    for version in &unsynced {
        for _ in 0..PASSES {
            if !pass(engine, organisation, version).await? {
                break;
            }
        }
        publish(engine, organisation, version).await?;
    }
    Ok(())
}

/// Goes through everybody once; returns whether there was a difference.
async fn pass(engine: &Engine, organisation: OrganisationId, version: &Unsynced) -> Result<bool> {
    let (mut differed, mut after) = (false, None);
    loop {
        let found = page(engine, organisation, version, after).await?;
        differed |= !found.people.is_empty();
        after = found.through;
        if after.is_none() {
            return Ok(differed);
        }
    }
}

/// Brings a page of people in line; returns who differed. Nobody does when the version was replaced.
async fn page(
    engine: &Engine,
    organisation: OrganisationId,
    version: &Unsynced,
    after: Option<Uuid>,
) -> Result<Differing> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let rules = engine.rules.current(&mut transaction, organisation).await?;
    let (projection, name) = (version.projection, version.name.as_str());
    let is_live = |it: &Applied| it.id == projection && it.live;
    if !rules.projections.iter().any(is_live) {
        return Ok(Differing::default());
    }
    let found = segment_member::differing(&mut transaction, name, projection, after, PAGE).await?;
    if found.people.is_empty() {
        return Ok(found);
    }
    let people: Vec<Uuid> = found.people.iter().copied().collect();
    let merged = person::lock(&mut transaction, &people, &[]).await?;
    segment_member::forget(&mut transaction, &merged).await?;
    let members: HashSet<Uuid> = segment_member::among(&mut transaction, projection, &people)
        .await?
        .into_iter()
        .collect();
    let transitions: Vec<Transition> = people
        .into_iter()
        .filter(|person| !merged.contains(person))
        .map(|person| Transition {
            segment: name.to_owned(),
            person,
            is_member: members.contains(&person),
        })
        .collect();
    transit(&mut transaction, organisation, &rules, &transitions, now()).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(found)
}

async fn publish(engine: &Engine, organisation: OrganisationId, version: &Unsynced) -> Result<()> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    rules::lock(&mut transaction, organisation).await?;
    let unsynced = segment::unsynced(&mut transaction).await?;
    if unsynced
        .iter()
        .any(|it| it.projection == version.projection)
    {
        let kind = RuleKind::Segment.as_str();
        rule_set::publish_named(&mut transaction, kind, &version.name, version.version).await?;
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}
