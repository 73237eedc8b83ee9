//! How events move funnels.

use super::Touched;
use crate::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tessera_domain::{
    analytics::funnel::{FunnelCounts, FunnelDefinition, PersonHits, classify, reduce},
    event::Event,
};
use tessera_store::{
    OrganisationId, PgConnection,
    analytics::funnel::{Rows, add, forget, hits},
};
use uuid::Uuid;

/// Moves the states and sums of funnels: new events of those who are touched, all events of those
/// who are computed anew, and nothing any more of those who are gone.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub(super) async fn advance(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    funnels: &[(i32, FunnelDefinition)],
    touched: &Touched,
    anew: &HashMap<Uuid, Vec<Event>>,
) -> Result<()> {
    for (id, definition) in funnels {
        let hits_of = |events: &[Event]| -> PersonHits {
            let events = events.iter();
            events
                .filter_map(|event| classify(definition, event))
                .collect()
        };
        let mut fresh: BTreeMap<Uuid, PersonHits> = touched
            .events
            .iter()
            .filter(|(person, _)| !anew.contains_key(person))
            .map(|(person, events)| (*person, hits_of(events)))
            .filter(|(_, hits)| !hits.as_slice().is_empty())
            .collect();
        fresh.extend(
            anew.iter()
                .map(|(person, events)| (*person, hits_of(events))),
        );
        fresh.extend(
            touched
                .gone
                .iter()
                .map(|person| (*person, PersonHits::default())),
        );
        let replaced: BTreeSet<Uuid> = anew.keys().chain(&touched.gone).copied().collect();
        advance_one(conn, organisation, *id, definition, fresh, &replaced).await?;
    }
    Ok(())
}

/// Moves one funnel: `fresh` hits are added to what is stored, or take its place for those who are
/// `replaced`.
async fn advance_one(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: i32,
    definition: &FunnelDefinition,
    fresh: BTreeMap<Uuid, PersonHits>,
    replaced: &BTreeSet<Uuid>,
) -> Result<()> {
    if fresh.is_empty() {
        return Ok(());
    }
    let people: Vec<Uuid> = fresh.keys().copied().collect();
    let mut before = hits(conn, id, &people).await?;
    let mut changes = FunnelCounts::default();
    let mut rows = Rows::default();
    let mut emptied = Vec::new();
    for (person, fresh) in fresh {
        let known = before.remove(&person);
        let was = known.as_ref().and_then(|hits| reduce(definition, hits));
        let hits = match &known {
            Some(known) if !replaced.contains(&person) => {
                let mut hits = known.clone();
                let mut added = false;
                for hit in fresh.as_slice() {
                    added |= hits.insert(hit.clone());
                }
                if !added {
                    continue;
                }
                hits
            }
            _ => fresh,
        };
        let is = reduce(definition, &hits);
        changes.merge(&FunnelCounts::delta(was.as_ref(), is.as_ref()));
        if hits.as_slice().is_empty() {
            emptied.extend(known.map(|_| person));
        } else {
            rows.push(person, &hits, is.as_ref());
        }
    }
    rows.write(conn, organisation, id).await?;
    forget(conn, id, &emptied).await?;
    Ok(add(conn, organisation, id, &changes).await?)
}
