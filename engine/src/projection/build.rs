//! Brings new funnels, scoring models and segments up to date with the past, in the background.
//!
//! From the commit that adds one on, every arriving event updates it like those that are live: it
//! was added under the exclusive rules lock, and every transaction that applies events holds that
//! lock shared from before it reads the rules until it commits. Only the people who were there
//! before are missing. So the builder goes through all people, a page a transaction, locks them as
//! capture does, and computes what is being built from all of their events. Anything else that
//! happens to them happens before, and is among the events read, or after, and updates the result.
//! People who come later are covered by capture, and people who are merged or unmerged are computed
//! again by the transaction that does it. So when the last page is done, every person is exact, and
//! what was built goes live.
//!
//! The last page is noted with the work, so a stop costs one page; two builders at a time compute
//! the same.

use super::{Touched, project};
use crate::{Engine, Error, Result, clock::now, people::segment};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use tessera_store::{
    OrganisationId, StoreError,
    people::{person, segment_member},
    projection,
    rule_set::{self, RuleKind},
    rules::{self, Building},
    tenant,
    work::{self, Work},
};
use uuid::Uuid;

/// People of a page: their events wait as long as it takes.
const PAGE: i64 = 200;
/// People of removed projections cleared away together; nobody waits for them.
const PURGE_PAGE: i64 = 5_000;

/// Which projections are being built, and through which person.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Progress {
    projections: Vec<i32>,
    after: Option<Uuid>,
}

/// Builds what is to be built for the organisation, and clears away what removed projections kept.
///
/// # Errors
/// [`Error::Store`].
pub(crate) async fn build(engine: &Engine, work: &Work) -> Result<()> {
    let organisation = work
        .organisation
        .ok_or(Error::Internal("build for no organisation"))?;
    let mut progress: Progress = serde_json::from_value(work.payload.clone()).unwrap_or_default();
    loop {
        if progress.projections.is_empty() {
            let mut transaction = tenant::begin(&engine.pool, organisation).await?;
            let building = rules::building(&mut transaction).await?;
            progress.projections = building.iter().map(|it| it.id).collect();
        }
        if progress.projections.is_empty() {
            break;
        }
        while page(engine, organisation, work, &mut progress).await? {}
        go_live(engine, organisation, &progress.projections).await?;
        progress = Progress::default();
    }
    segment::sync(engine, organisation).await?;
    strip_all(engine, organisation).await?;
    while purge(engine, organisation).await? {}
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    if work::finish(&mut transaction, work).await? {
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

/// Computes a page of people and notes how far it is; returns whether there may be more.
async fn page(
    engine: &Engine,
    organisation: OrganisationId,
    work: &Work,
    progress: &mut Progress,
) -> Result<bool> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let rules = engine.rules.current(&mut transaction, organisation).await?;
    let people = person::ids(&mut transaction, progress.after, PAGE).await?;
    let Some(last) = people.last().copied() else {
        return Ok(false);
    };
    let mut rebuilt: BTreeSet<Uuid> = people.iter().copied().collect();
    // A person who was merged meanwhile is part of one that the merge computed.
    for merged in person::lock(&mut transaction, &people, &[]).await? {
        rebuilt.remove(&merged);
    }
    let touched = Touched {
        rebuilt,
        ..Touched::default()
    };
    let rules = rules.only(&progress.projections);
    project(&mut transaction, organisation, &rules, &touched, now()).await?;
    progress.after = Some(last);
    if !work::note(&mut transaction, work, &json!(progress)).await? {
        return Err(StoreError::Raced.into());
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(true)
}

/// Puts what was built in force, unless it was removed meanwhile.
async fn go_live(engine: &Engine, organisation: OrganisationId, built: &[i32]) -> Result<()> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    rules::lock(&mut transaction, organisation).await?;
    let building = rules::building(&mut transaction).await?;
    for Building {
        id,
        kind,
        name,
        version,
    } in building.iter().filter(|it| built.contains(&it.id))
    {
        projection::go_live(&mut transaction, *id).await?;
        tracing::info!(organisation = organisation.0, kind, name, version, "built");
        if kind == RuleKind::Segment.as_str() {
            // Its members are brought in line first.
            continue;
        }
        rule_set::publish_named(&mut transaction, kind, name, *version).await?;
        if kind == RuleKind::ScoringModel.as_str() {
            segment::follow_model(&mut transaction, organisation).await?;
        }
    }
    rules::touch(&mut transaction, organisation).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(())
}

/// Clears away what removed and closed projections kept of people in rows with others.
async fn strip_all(engine: &Engine, organisation: OrganisationId) -> Result<()> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    // One that is closed later may have been passed over by some people.
    let closing = projection::closing(&mut transaction).await?;
    drop(transaction);
    let mut after = Some(Uuid::nil());
    while let Some(person) = after {
        after = strip(engine, organisation, person).await?;
    }
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    projection::closed(&mut transaction, &closing).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(())
}

/// As [`strip_all`], of a page of people; returns the last of them.
async fn strip(engine: &Engine, organisation: OrganisationId, after: Uuid) -> Result<Option<Uuid>> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let people = projection::to_strip(&mut transaction, after, PAGE).await?;
    person::lock(&mut transaction, &people, &[]).await?;
    projection::strip(&mut transaction, organisation, &people).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(people.last().copied())
}

/// Clears away some of what removed projections kept; returns whether there may be more.
async fn purge(engine: &Engine, organisation: OrganisationId) -> Result<bool> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let more = projection::purge(&mut transaction, PURGE_PAGE).await?
        || segment_member::purge(&mut transaction, PURGE_PAGE).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(more)
}
