//! Members of a segment, at an hour.

use crate::{Engine, Result, automation::journeys::hear::new_run, clock::now};
use serde_json::json;
use std::time::Duration;
use tessera_domain::{automation::journey::Schedule, time::Timestamp};
use tessera_store::{
    OrganisationId, StoreError,
    automation::{
        journey::LiveJourney,
        journey_clock,
        journey_run::{self, NewRun},
    },
    people::segment_member,
    read::Page,
    tenant,
};

/// Members of a page.
const PAGE: i64 = 1_000;
/// An hour that has passed for longer counts no more: nobody looked for so long that a message would come in
/// the wrong moment.
const MISSED_SECS: i64 = 2 * 3_600;

/// Lets the members of a schedule enter if its hour has come; returns how long it is until the next one.
pub(super) async fn enter(
    engine: &Engine,
    organisation: OrganisationId,
    live: &LiveJourney,
    schedule: &Schedule,
) -> Result<Duration> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let now = now();
    let through =
        journey_clock::through(&mut transaction, organisation, &live.name, now.into()).await?;
    let last = schedule.hours(through.into(), now).last();
    if let Some(hour) = last.filter(|hour| *hour >= now.plus_secs(-MISSED_SECS)) {
        let mut after = None;
        loop {
            let page = Page { after, limit: PAGE };
            let members = segment_member::list(&mut transaction, &schedule.segment, page).await?;
            let Some(last) = members.last() else { break };
            after = Some(last.person);
            let cause = json!({ "segment": schedule.segment, "at": hour });
            let runs = members
                .iter()
                .map(|it| new_run(live, it.person, hour.to_string(), cause.clone(), now));
            let runs: Vec<NewRun> = runs.collect();
            journey_run::begin(&mut transaction, organisation, &runs).await?;
        }
    }
    let next = schedule.next(now);
    // The next look begins behind this moment.
    let seen = Timestamp(now.0.saturating_add(1));
    journey_clock::pass(&mut transaction, organisation, &live.name, seen.into()).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    let micros = u64::try_from(next.0.saturating_sub(now.0)).unwrap_or_default();
    Ok(Duration::from_micros(micros))
}
