//! Events that the service itself creates: each names what happened, the person it happened to, and
//! its id.

use super::{EventBatch, Item, ingest};
use crate::{Engine, Result};
use tessera_domain::{
    capture::message_key,
    event::Properties,
    people::{Identifier, Proof},
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, PgConnection,
    capture::event::{EventCounts, EventSource},
    people::person::IdentifierKey,
};
use uuid::Uuid;

/// Something that happened to a person.
#[derive(Debug)]
pub struct Occurrence<'a> {
    /// The event's name.
    pub name: &'a str,
    /// Id of its subject, for which an event of this name is recorded once.
    pub id: Uuid,
    /// Of the person it happened to: the last one names them, the others belong to them too.
    pub identifiers: &'a [Identifier],
    /// What stands behind the claim that they are one person's.
    pub proof: Proof,
    /// Its other properties.
    pub properties: Properties,
}

/// Adds the event to the log, and updates what follows from it.
///
/// # Errors
/// As [`ingest`].
pub async fn record(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    occurrence: Occurrence<'_>,
    now: Timestamp,
) -> Result<()> {
    let rules = engine.rules.current(conn, organisation).await?;
    let digests = engine.digest_key(organisation);
    let Occurrence { name, id, .. } = occurrence;
    let item = Item {
        identifiers: occurrence
            .identifiers
            .iter()
            .map(|identifier| IdentifierKey::of(identifier, &digests))
            .collect(),
        message_key: message_key(&format!("{name}:{id}")),
        body_hash: id,
        name: name.to_owned(),
        at: now.into(),
        properties: occurrence.properties,
    };
    let batch = EventBatch {
        organisation,
        source: EventSource::Engine,
        received_at: now.into(),
        proof: occurrence.proof,
        items: &[item],
        withheld: &EventCounts::new(),
    };
    ingest(conn, &rules, batch, Uuid::now_v7).await?;
    Ok(())
}
