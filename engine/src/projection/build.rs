//! Brings new funnels and scoring models up to date with the past, in the background.
//!
//! From the commit that adds one on, every arriving event moves it like those that are live: it was
//! added under the exclusive rules lock, and whoever applies events holds that lock shared from
//! before they read the rules until they commit. What is missing is who was there before. So the
//! builder goes through all people, a page a transaction, locks them as capture does, and computes
//! what is being built from all of their events. Whatever else happens to them happens before, and is
//! among the events read, or after, and moves the result. People who come later are covered by
//! capture, and whoever is merged or unmerged is computed anew by whoever does that. So when the
//! last page is done, every person is exact, and what was built goes live.
//!
//! How far the pages are is noted with the work, so a stop costs one page; two builders at a time
//! compute the same.

use super::{Touched, project};
use crate::{Engine, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use tessera_store::{
    OrganisationId, StoreError,
    analytics::funnel,
    leads::score,
    people::person,
    rule_set::{self, RuleKind},
    rules::{self, Building},
    tenant,
    work::{self, Work},
};
use uuid::Uuid;

/// People at once: their events wait as long as a page takes.
const PAGE: i64 = 200;
/// People of removed funnels cleared away at once, for whom nobody waits.
const PURGE_PAGE: i64 = 5_000;

/// What is being built, and through which person it is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Progress {
    building: Option<Building>,
    after: Option<Uuid>,
}

/// Builds what is to be built for the organisation, and clears away what removed funnels kept.
///
/// # Errors
/// [`Error::Store`].
pub(crate) async fn build(engine: &Engine, work: &Work) -> Result<()> {
    let organisation = work
        .organisation
        .ok_or(Error::Internal("build for no organisation"))?;
    let mut progress: Progress = serde_json::from_value(work.payload.clone()).unwrap_or_default();
    loop {
        let building = match progress.building.take() {
            Some(building) => building,
            None => {
                let mut transaction = tenant::begin(&engine.pool, organisation).await?;
                rules::building(&mut transaction).await?
            }
        };
        if building.is_empty() {
            break;
        }
        while page(engine, organisation, &building, work, &mut progress.after).await? {}
        go_live(engine, organisation, &building).await?;
        progress = Progress::default();
    }
    while purge(engine, organisation).await? {}
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    if work::finish(&mut transaction, work).await? {
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

/// Computes a page of people and notes how far it is; whether there may be more.
async fn page(
    engine: &Engine,
    organisation: OrganisationId,
    building: &Building,
    work: &Work,
    after: &mut Option<Uuid>,
) -> Result<bool> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let rules = engine.rules.current(&mut transaction, organisation).await?;
    let people = person::ids(&mut transaction, *after, PAGE).await?;
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
    let rules = rules.only(building);
    project(&mut transaction, organisation, &rules, &touched).await?;
    *after = Some(last);
    let progress = json!(Progress {
        building: Some(building.clone()),
        after: *after,
    });
    if !work::note(&mut transaction, work, &progress).await? {
        return Err(StoreError::Raced.into());
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(true)
}

/// Puts what was built in force, unless it was removed meanwhile.
async fn go_live(engine: &Engine, organisation: OrganisationId, building: &Building) -> Result<()> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    rules::lock(&mut transaction, organisation).await?;
    for id in &building.funnels {
        funnel::go_live(&mut transaction, *id).await?;
    }
    let model = rule_set::building(&mut transaction).await?;
    let built = model.filter(|model| building.model == Some(model.version));
    if let Some(model) = &built {
        rule_set::publish(&mut transaction, RuleKind::ScoringModel, model.version).await?;
    }
    rules::touch(&mut transaction, organisation).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    tracing::info!(
        organisation = organisation.0,
        funnels = building.funnels.len(),
        model = built.as_ref().map(|model| model.version),
        "built"
    );
    if built.is_some() {
        // Apart, because events wait while the rules are locked.
        let mut transaction = tenant::begin(&engine.pool, organisation).await?;
        score::clear_retired(&mut transaction).await?;
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

/// Clears away some of what removed funnels kept; whether there may be more.
async fn purge(engine: &Engine, organisation: OrganisationId) -> Result<bool> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let more = funnel::purge(&mut transaction, PURGE_PAGE).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(more)
}
