//! The event log's upkeep: months ahead are ready, keys that nothing can repeat are forgotten, and
//! what is older than the installation keeps goes.
//!
//! Law: at every moment, what is kept of people is what the events that are left say. So events go
//! in the transaction that computes their people from the others, some people at a time, and the
//! part of a month goes when it is empty. What is left says where to go on, so a stop at any moment
//! costs nothing.
//!
//! What experiments measure stays in the log until they are closed: an experiment would else show less
//! the longer it runs, or is over.

use crate::{
    Engine, Result,
    clock::now,
    experiments::closing,
    metrics,
    projection::{Touched, project},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};
use tessera_store::{
    OrganisationId, StoreError,
    capture::{event_log, message},
    people::person,
    tenant,
    work::{self, Due, Work},
};
use uuid::Uuid;

/// Time between two rounds.
const EVERY: Duration = Duration::from_secs(3_600);
/// Months after the one that is running that are ready.
const MONTHS_AHEAD: i32 = 3;
/// Keys forgotten together.
const KEYS: i64 = 5_000;
/// Events of a page, but that those of one person go together.
const PAGE: i64 = 2_000;
/// Pages before other long work has its turn.
const PAGES: usize = 100;

/// Through whom events that are not kept are gone.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Progress {
    organisation: i32,
    person: Uuid,
    /// Whether any went since the beginning.
    gone: bool,
}

/// A round, and the next one in an hour.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store), [`Error::BrokenState`](crate::Error::BrokenState).
pub(crate) async fn tend(engine: &Engine, work: &Work) -> Result<()> {
    let mut conn = engine.pool.acquire().await.map_err(StoreError::from)?;
    while message::forget(&mut conn, KEYS).await? > 0 {}
    drop(conn);
    let mut transaction = event_log::begin(&engine.pool).await?;
    if !event_log::open_months(&mut transaction, MONTHS_AHEAD).await? {
        tracing::warn!(
            "another transaction has been reading the event log for too long: its next months are made later"
        );
    }
    transaction.commit().await.map_err(StoreError::from)?;
    // First: what is closed needs no events any more.
    closing::close(engine, now()).await?;
    let progress = serde_json::from_value(work.payload.clone()).unwrap_or_default();
    let (progress, due) = match engine.kept_months {
        Some(months) => let_go(engine, months.horizon(now()).into(), progress).await?,
        None => (Progress::default(), Due::After(EVERY)),
    };
    let mut transaction = engine.pool.begin().await.map_err(StoreError::from)?;
    if work::go_on(&mut transaction, work, &json!(progress), due).await? {
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

/// Lets some of what happened before `horizon` go, and the months that are empty then; where and when
/// to go on.
async fn let_go(
    engine: &Engine,
    horizon: DateTime<Utc>,
    mut progress: Progress,
) -> Result<(Progress, Due)> {
    let mut pages = 0;
    while let Some(organisation) = next(engine, horizon, progress.organisation).await? {
        if progress.organisation != organisation.0 {
            progress.organisation = organisation.0;
            progress.person = Uuid::nil();
        }
        while page(engine, organisation, horizon, &mut progress).await? {
            pages += 1;
            if pages >= PAGES {
                return Ok((progress, Due::Now));
            }
        }
        progress.organisation += 1;
        progress.person = Uuid::nil();
    }
    if progress.gone {
        // Somebody who was merged meanwhile was passed over.
        return Ok((Progress::default(), Due::Now));
    }
    drop_months(engine, horizon).await?;
    Ok((progress, Due::After(EVERY)))
}

/// The first organisation from `from` on that has events before `horizon`.
async fn next(
    engine: &Engine,
    horizon: DateTime<Utc>,
    from: i32,
) -> Result<Option<OrganisationId>> {
    let mut reader = event_log::begin(&engine.pool).await?;
    Ok(event_log::organisation_with_events_before(&mut reader, horizon, from).await?)
}

/// Lets a page of an organisation's events go; returns whether there may be more.
async fn page(
    engine: &Engine,
    organisation: OrganisationId,
    horizon: DateTime<Utc>,
    progress: &mut Progress,
) -> Result<bool> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let rules = engine.rules.current(&mut transaction, organisation).await?;
    let horizon = rules
        .measured_since()
        .map_or(horizon, |since| horizon.min(since.into()));
    let found = event_log::people_before(&mut transaction, horizon, progress.person, PAGE).await?;
    let Some((last, _)) = found.last().copied() else {
        return Ok(false);
    };
    let mut rebuilt: BTreeSet<Uuid> = found.into_iter().map(|(_, canonical)| canonical).collect();
    let people: Vec<Uuid> = rebuilt.iter().copied().collect();
    for merged in person::lock(&mut transaction, &people, &[]).await? {
        rebuilt.remove(&merged);
    }
    let people: Vec<Uuid> = rebuilt.iter().copied().collect();
    let gone = event_log::delete_before(&mut transaction, horizon, &people).await?;
    let touched = Touched {
        rebuilt,
        ..Touched::default()
    };
    project(&mut transaction, organisation, &rules, &touched, now()).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    metrics::let_go(gone);
    progress.gone |= gone > 0;
    progress.person = last;
    Ok(true)
}

/// Drops the months before `horizon` of which no event is left.
async fn drop_months(engine: &Engine, horizon: DateTime<Utc>) -> Result<()> {
    let begin = || event_log::begin(&engine.pool);
    let months = event_log::months_before(&mut *begin().await?, horizon).await?;
    for month in months {
        if !event_log::is_over(&mut *begin().await?, month).await? {
            continue;
        }
        // In two transactions: what writers wait for ends before the part is read.
        let mut transaction = begin().await?;
        let detached = event_log::detach_month(&mut transaction, month).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        if !detached {
            tracing::warn!(%month, "another transaction has been reading the event log for too long: a month of it is dropped later");
            continue;
        }
        let mut transaction = begin().await?;
        event_log::drop_month(&mut transaction, month).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        tracing::info!(%month, "a month of the event log is over");
    }
    Ok(())
}
