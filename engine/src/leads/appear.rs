//! What is done when a lead appears, which is when a person is first identified with proof: work that is written
//! in the transaction in which they are. Where an organisation has nothing done, nothing is asked.

use crate::{Error, Result, work::Kind};
use tessera_store::{
    OrganisationId, PgConnection,
    leads::{assignment, company, waiting},
    read::Page,
    rules::Appearing,
    work::{self, Due, NewWork, Work},
};
use uuid::Uuid;

/// Notes that a lead waits to be assigned, unless it was ever assigned, and has its company looked up, unless it
/// was. Whether it waits: then [`route_soon`] ends the transaction.
pub(crate) async fn appeared(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    done: Appearing,
    person: Uuid,
) -> Result<bool> {
    let first = Page {
        after: None,
        limit: 1,
    };
    let waits = done.routed && assignment::history(conn, person, first).await?.is_empty();
    if waits {
        waiting::insert(conn, organisation, person).await?;
    }
    if done.looked_up && company::of(conn, person).await?.is_none() {
        look_up_soon(conn, organisation, person).await?;
    }
    Ok(waits)
}

/// Has the leads assigned that wait. Last in a transaction: all of the organisation share one piece of work, so
/// that others who schedule it wait for its end.
pub(crate) async fn route_soon(
    conn: &mut PgConnection,
    organisation: OrganisationId,
) -> Result<()> {
    crate::work::schedule(conn, Kind::Routing, organisation).await
}

/// Has a lead's company looked up as soon as the transaction has committed.
pub(super) async fn look_up_soon(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    person: Uuid,
) -> Result<()> {
    let work = NewWork {
        kind: Kind::Enrichment.as_str(),
        key: &person.to_string(),
        organisation: Some(organisation),
        due: Due::Now,
    };
    Ok(work::schedule(conn, work).await?)
}

/// The lead that a work is for.
pub(super) fn named(work: &Work) -> Result<(OrganisationId, Uuid)> {
    let named = work.organisation.zip(work.key.parse().ok());
    named.ok_or(Error::Internal("find the lead of a work"))
}
