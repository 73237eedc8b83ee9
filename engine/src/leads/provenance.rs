//! How a lead arrived first and last, by the event log. Nothing of it is kept: it follows from the events of
//! everybody who is one person now, so a merge brings both together and undoing it takes them apart. Where
//! the log is not kept for ever, the first arrival is the first that it still has.

use crate::Result;
use tessera_domain::{
    capture::MAX_AGE_SECS,
    event::IDENTIFIED_EVENT,
    leads::provenance::{Arrival, Origin, Provenance},
};
use tessera_store::{
    PgConnection,
    capture::event::EventSource,
    leads::arrival::{self, ArrivalRow},
};
use uuid::Uuid;

/// The first and the last arrival of a canonical person; none of who has never arrived.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub async fn of(conn: &mut PgConnection, canonical: Uuid) -> Result<Option<Provenance>> {
    let late = u32::try_from(MAX_AGE_SECS).map_or(f64::MAX, f64::from);
    let rows = arrival::of(conn, canonical, late).await?;
    let arrived = rows.iter().filter_map(seen).reduce(Provenance::merged);
    Ok(arrived.or_else(|| rows.iter().find_map(named)))
}

/// The arrival of who has not done anything: a program has named them.
fn named(row: &ArrivalRow) -> Option<Provenance> {
    let is_it = row.name == IDENTIFIED_EVENT && row.source == EventSource::Engine.as_str();
    is_it.then(|| {
        Provenance::of(Arrival {
            at: row.first.into(),
            origin: Origin::Api,
        })
    })
}

fn seen(row: &ArrivalRow) -> Option<Provenance> {
    let stated = row.source == EventSource::Client.as_str();
    let origin = Origin::of_event(&row.name, stated, row.late)?;
    let arrival = |at| Provenance::of(Arrival { at, origin });
    Some(arrival(row.first.into()).merged(arrival(row.last.into())))
}
