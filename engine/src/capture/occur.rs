//! Events of people who are known and locked, which follow from what this service itself does.

use crate::{Result, projection::Touched};
use std::collections::BTreeMap;
use tessera_domain::{
    event::{Event, Properties},
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, PgConnection,
    capture::event::{self, Arrival, EventSource, NewEvent},
};
use uuid::Uuid;

/// What happened to a canonical person.
#[derive(Debug)]
pub(crate) struct Occurred {
    pub(crate) person: Uuid,
    pub(crate) name: &'static str,
    pub(crate) properties: Properties,
}

/// Adds events to the log; returns what is to be projected from them.
pub(crate) async fn occur(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    occurred: Vec<Occurred>,
    now: Timestamp,
) -> Result<Touched> {
    let events: Vec<NewEvent> = occurred
        .into_iter()
        .map(|it| NewEvent {
            person: it.person,
            message_key: Uuid::now_v7(),
            body_hash: Uuid::nil(),
            name: it.name.to_owned(),
            at: now.into(),
            properties: it.properties,
        })
        .collect();
    let all: Vec<&NewEvent> = events.iter().collect();
    let day = now.day();
    let arrival = Arrival {
        source: EventSource::Engine,
        received_at: now.into(),
        // No other message can have these keys.
        forget_on: Some(day),
    };
    event::insert(conn, organisation, arrival, &all).await?;
    let mut touched = Touched::default();
    let mut by_person: BTreeMap<Uuid, Vec<Event>> = BTreeMap::new();
    for event in events {
        *touched.counts.entry((day, event.name.clone())).or_default() += 1;
        by_person.entry(event.person).or_default().push(Event {
            id: event.message_key,
            name: event.name,
            at: now,
            properties: event.properties,
        });
    }
    touched.events = by_person;
    Ok(touched)
}
