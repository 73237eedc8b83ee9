//! Entries and exits: the change of a membership, and its event.

use crate::{Result, projection::Touched};
use std::collections::BTreeMap;
use tessera_domain::{
    event::{Event, Properties},
    people::segment::{ENTERED, EXITED},
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, PgConnection,
    capture::event::{self, Arrival, EventSource, NewEvent},
    people::segment_member,
};
use uuid::Uuid;

/// A person is, or is not, a member of a segment from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transition {
    pub(crate) segment: String,
    pub(crate) person: Uuid,
    pub(crate) is_member: bool,
}

/// Records the transitions that change a membership, and their events. Returns what follows from
/// these events. The people are locked.
pub(crate) async fn record(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    transitions: &[Transition],
    now: Timestamp,
) -> Result<Touched> {
    let columns = |is_member: bool| -> (Vec<&str>, Vec<Uuid>) {
        let wanted = transitions.iter().filter(|it| it.is_member == is_member);
        wanted.map(|it| (it.segment.as_str(), it.person)).unzip()
    };
    let ((entering, to_enter), (exiting, to_exit)) = (columns(true), columns(false));
    let entered =
        segment_member::enter(conn, organisation, &entering, &to_enter, now.into()).await?;
    let exited = segment_member::exit(conn, &exiting, &to_exit).await?;
    let changes = (entered.into_iter().map(|it| (ENTERED, it)))
        .chain(exited.into_iter().map(|it| (EXITED, it)));
    let events: Vec<NewEvent> = changes
        .map(|(name, (segment, person))| NewEvent {
            person,
            message_key: Uuid::now_v7(),
            body_hash: Uuid::nil(),
            name: name.to_owned(),
            at: now.into(),
            properties: Properties::from_iter([("segment".to_owned(), segment.into())]),
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
    Ok(caused(events, now, day))
}

fn caused(events: Vec<NewEvent>, now: Timestamp, day: i32) -> Touched {
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
    touched
}
