//! Those who enter by the clock.

mod schedule;
mod subscription;

use crate::{Engine, Result};
use std::time::Duration;
use tessera_domain::automation::journey::{Entry, Moment};
use tessera_store::{OrganisationId, automation::journey::LiveJourney, tenant};

/// Lets those enter whose moment has come; returns how long it is until the next look.
pub(super) async fn by_the_clock(
    engine: &Engine,
    organisation: OrganisationId,
) -> Result<Option<Duration>> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let rules = engine.rules.current(&mut transaction, organisation).await?;
    drop(transaction);
    let mut next = None;
    for live in rules.journeys.iter().filter(|it| it.is_open) {
        if let Some(until) = enter(engine, organisation, live).await? {
            next = Some(next.map_or(until, |next: Duration| next.min(until)));
        }
    }
    Ok(next)
}

async fn enter(
    engine: &Engine,
    organisation: OrganisationId,
    live: &LiveJourney,
) -> Result<Option<Duration>> {
    match &live.journey.entry {
        Entry::Schedule(schedule) => {
            let until = schedule::enter(engine, organisation, live, schedule).await?;
            Ok(Some(until))
        }
        Entry::Subscription(Moment::PastDue)
        | Entry::Event(_)
        | Entry::Segment(_)
        | Entry::Score(_) => Ok(None),
        Entry::Subscription(moment) => {
            subscription::enter(engine, organisation, live, moment).await?;
            Ok(Some(subscription::EVERY))
        }
    }
}
