//! Events that the service itself creates: each names what happened, the person it happened to, and
//! its id.

use super::{EventBatch, Item, Outcome, ingest};
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
    rules::Rules,
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
    /// Where it comes from: what the service itself records cannot come again.
    pub source: EventSource,
    /// When it happened.
    pub at: Timestamp,
    /// Its other properties.
    pub properties: Properties,
}

/// Adds the event to the log, and updates what follows from it by the rules in force.
///
/// # Errors
/// As [`ingest`].
pub async fn record(
    engine: &Engine,
    conn: &mut PgConnection,
    rules: &Rules,
    organisation: OrganisationId,
    occurrence: Occurrence<'_>,
    now: Timestamp,
) -> Result<Outcome> {
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
        at: occurrence.at.into(),
        properties: occurrence.properties,
    };
    let batch = EventBatch {
        organisation,
        source: occurrence.source,
        received_at: now.into(),
        proof: occurrence.proof,
        items: &[item],
        withheld: &EventCounts::new(),
    };
    let outcomes = ingest(conn, rules, batch, Uuid::now_v7).await?;
    let outcome = outcomes.into_iter().next();
    outcome.ok_or(crate::Error::Internal("record an event"))
}
