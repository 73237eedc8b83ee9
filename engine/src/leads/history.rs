//! The outcomes of past leads, a part at a time: the events of all of them would not fit in memory. With
//! each of them comes the last moment of which something is known that does not follow from the outcome.

use crate::{Error, Result, job::Progress};
use std::collections::HashMap;
use tessera_domain::{event::Event, leads::prediction::last_before_outcome, time::Timestamp};
use tessera_store::{
    capture::event,
    leads::outcome::{self, Decided},
    tenant,
};
use uuid::Uuid;

/// Most decided deals that are looked at, the latest ones.
pub(super) const MAX_DEALS: i64 = 10_000;
/// Deals whose people's events are in memory together.
const PART: usize = 200;

/// Applies `each` to every decided deal, all events of its person and the last moment before its outcome,
/// away from the runtime's threads.
pub(super) async fn decided<T: Send + 'static>(
    progress: &Progress<'_>,
    each: impl Fn(&Decided, &[Event], Timestamp) -> T + Clone + Send + 'static,
) -> Result<Vec<T>> {
    let pool = &progress.engine.pool;
    let mut reader = tenant::snapshot(pool, progress.organisation).await?;
    let deals = outcome::decided(&mut reader, MAX_DEALS).await?;
    let all = deals.len();
    let mut results = Vec::with_capacity(all);
    for part in deals.chunks(PART) {
        let people: Vec<Uuid> = part.iter().map(|deal| deal.person).collect();
        let events = event::histories(&mut reader, &people).await?;
        let (part, each) = (part.to_vec(), each.clone());
        let computed = tokio::task::spawn_blocking(move || apply(&part, &events, each));
        results.extend(computed.await.map_err(|_| Error::Internal("compute"))?);
        progress.note(results.len(), all).await?;
    }
    Ok(results)
}

fn apply<T>(
    deals: &[Decided],
    events: &HashMap<Uuid, Vec<Event>>,
    each: impl Fn(&Decided, &[Event], Timestamp) -> T,
) -> Vec<T> {
    deals
        .iter()
        .map(|deal| {
            let events = events.get(&deal.person).map_or(&[][..], Vec::as_slice);
            let before = deal.decided_before.map(Timestamp::from);
            let last = last_before_outcome(events, before, deal.decided_at.into());
            each(deal, events, last)
        })
        .collect()
}
