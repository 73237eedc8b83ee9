//! Brings the members of segments in line with versions whose projections are complete. What arrives in
//! the meantime changes members as always: both compare under the lock of the person.

use super::transition::{Transition, record};
use crate::{Engine, Result, clock::now, projection::follow};
use std::collections::HashSet;
use tessera_store::{
    OrganisationId, StoreError,
    people::{
        person,
        segment::{self, Unsynced},
    },
    rule_set::{self, RuleKind},
    rules::{self, Applied},
    tenant,
};
use uuid::Uuid;

/// People of a page: their events wait as long as it takes.
const PAGE: i64 = 200;

/// Records the entries and exits that follow from such versions, and puts them in force.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub(crate) async fn sync(engine: &Engine, organisation: OrganisationId) -> Result<()> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let unsynced = segment::unsynced(&mut transaction).await?;
    drop(transaction);
    for version in &unsynced {
        while page(engine, organisation, version).await? {}
    }
    Ok(())
}

/// Returns whether there may be more. When there is none, the version is put in force, unless it
/// was replaced meanwhile.
async fn page(engine: &Engine, organisation: OrganisationId, version: &Unsynced) -> Result<bool> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let rules = engine.rules.current(&mut transaction, organisation).await?;
    let (projection, name) = (version.projection, version.name.as_str());
    let is_live = |it: &Applied| it.id == projection && it.live;
    if !rules.projections.iter().any(is_live) {
        return Ok(false);
    }
    let people = segment::differing(&mut transaction, name, projection, PAGE).await?;
    if people.is_empty() {
        drop(transaction);
        publish(engine, organisation, version).await?;
        return Ok(false);
    }
    let merged = person::lock(&mut transaction, &people, &[]).await?;
    segment::forget(&mut transaction, &merged).await?;
    let members: HashSet<Uuid> = segment::among(&mut transaction, projection, &people)
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
    let now = now();
    let caused = record(&mut transaction, organisation, &transitions, now).await?;
    follow(&mut transaction, organisation, &rules, &caused, now).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(true)
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
