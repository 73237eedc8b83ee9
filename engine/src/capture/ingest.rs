//! Events into the event log, and everything that they change, in one transaction: people are found
//! or created, each message counts once, scores and funnels move with the events that move them.
//!
//! A person's facts depend only on the set of their events, never on the order in which they
//! arrive.

mod directory;

use crate::{
    Result,
    caller::ENGINE,
    people,
    projection::{Touched, project},
};
use chrono::{DateTime, TimeDelta, Utc};
use directory::Directory;
use std::collections::{BTreeMap, HashMap, HashSet};
use tessera_domain::{
    capture::{MAX_AGE_SECS, forget_on},
    event::{Event, Properties},
    people::Proof,
};
use tessera_store::{
    OrganisationId, PgConnection, StoreError,
    capture::{
        event::{self, Arrival, EventCounts, EventSource, NewEvent},
        message,
    },
    people::{
        erased_message, identifier,
        merge::NewMerge,
        person::{self, IdentifierKey},
        seen, shared_browser,
    },
    rules::Rules,
};
use uuid::Uuid;

/// A valid event.
#[derive(Debug, Clone)]
pub struct Item {
    /// Of the person it happened to: the last one names them, the others belong to them too.
    pub identifiers: Vec<IdentifierKey>,
    /// From the sender's `message_id`.
    pub message_key: Uuid,
    /// Of the message's content.
    pub body_hash: Uuid,
    /// What happened.
    pub name: String,
    /// When it happened, by its source's clock.
    pub at: DateTime<Utc>,
    /// Its other properties.
    pub properties: Properties,
}

/// Events that came together.
#[derive(Debug, Clone, Copy)]
pub struct EventBatch<'a> {
    /// The tenant in whose log they belong.
    pub organisation: OrganisationId,
    /// Where they come from.
    pub source: EventSource,
    /// When they were received.
    pub received_at: DateTime<Utc>,
    /// What stands behind an item's claim that its two identifiers are one person's.
    pub proof: Proof,
    /// The events.
    pub items: &'a [Item],
    /// Events of which only the count is kept.
    pub withheld: &'a EventCounts,
}

/// The outcome of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the event log now.
    Accepted,
    /// The same message is in the event log already, or belonged to a person who was erased.
    Duplicate,
    /// Another message with this `message_id` is in the event log.
    Conflict,
}

/// Ingests a batch. Returns the outcome of each item, in their order.
///
/// # Errors
/// [`Error::TwoPeople`](crate::Error::TwoPeople) when an item's identifiers name two identified people,
/// [`StoreError::Raced`] when another transaction was first with some of these people, so that this
/// one must be begun again, [`Error::Store`](crate::Error::Store).
pub async fn ingest(
    conn: &mut PgConnection,
    rules: &Rules,
    batch: EventBatch<'_>,
    mut new_id: impl FnMut() -> Uuid,
) -> Result<Vec<Outcome>> {
    let keys: Vec<Uuid> = batch.items.iter().map(|item| item.message_key).collect();
    let erased = erased_message::among(conn, &keys).await?;
    if erased.is_empty() {
        return ingest_unknown(conn, rules, batch, &mut new_id).await;
    }
    let is_left = |item: &&Item| !erased.contains(&item.message_key);
    let items: Vec<Item> = batch.items.iter().filter(is_left).cloned().collect();
    let left = EventBatch {
        items: &items,
        ..batch
    };
    let mut outcomes = ingest_unknown(conn, rules, left, &mut new_id)
        .await?
        .into_iter();
    let outcome = |item: &Item| {
        let left = is_left(&item).then(|| outcomes.next()).flatten();
        left.unwrap_or(Outcome::Duplicate)
    };
    Ok(batch.items.iter().map(outcome).collect())
}

/// Ingests what belonged to nobody who was erased.
async fn ingest_unknown(
    conn: &mut PgConnection,
    rules: &Rules,
    batch: EventBatch<'_>,
    new_id: &mut impl FnMut() -> Uuid,
) -> Result<Vec<Outcome>> {
    let keys: Vec<IdentifierKey> = batch
        .items
        .iter()
        .flat_map(|item| item.identifiers.iter().cloned())
        .collect::<HashSet<_>>()
        .into_iter()
        .collect();
    let known = person::resolve(conn, &keys).await?;
    let mut directory = Directory::new(known, batch.proof, batch.source);
    let placed: Vec<Uuid> = batch
        .items
        .iter()
        .map(|item| {
            let seen_at = item.at.min(batch.received_at);
            directory.place(&item.identifiers, seen_at, new_id)
        })
        .collect::<Result<_>>()?;
    let changes = directory.into_changes();
    person::insert(conn, batch.organisation, &changes.people).await?;
    let added = person::insert_identifiers(conn, batch.organisation, &changes.identifiers).await?;
    if added < changes.identifiers.len() {
        return Err(StoreError::Raced.into());
    }
    let people_before = changes.canonical_before();
    let stale = person::lock(conn, &people_before, &changes.browsers).await?;
    if !stale.is_empty() {
        return Err(StoreError::Raced.into());
    }
    person::mark_identified(conn, &changes.identified).await?;
    identifier::vouch(conn, &changes.vouched).await?;
    let shared = &changes.shared_browsers;
    shared_browser::insert(conn, batch.organisation, shared, batch.received_at).await?;
    let mut touched = Touched::default();
    for (winner, loser) in &changes.merges {
        let edge = NewMerge {
            id: new_id(),
            winner: *winner,
            loser: *loser,
            reason: "identified",
            actor: ENGINE,
        };
        people::merge::apply(conn, batch.organisation, &edge).await?;
        touched.rebuilt.insert(*winner);
        touched.gone.insert(*loser);
    }
    let logged = logged(conn, batch, &placed).await?;
    let (outcomes, accepted) = insert(conn, batch, placed, &logged).await?;
    touched.counts = batch.withheld.clone();
    let mut first_seen: BTreeMap<Uuid, DateTime<Utc>> = BTreeMap::new();
    for event in accepted {
        // A client's clock may be ahead.
        let seen_at = event.at.min(batch.received_at);
        let person = event.person;
        if changes.is_first_seen(person, seen_at) {
            first_seen
                .entry(person)
                .and_modify(|first| *first = (*first).min(seen_at))
                .or_insert(seen_at);
        }
        let event = Event {
            id: event.message_key,
            name: event.name,
            at: event.at.into(),
            properties: event.properties,
        };
        let day = event.at.day();
        *touched.counts.entry((day, event.name.clone())).or_default() += 1;
        let canonical = changes.canonical(person);
        touched.events.entry(canonical).or_default().push(event);
    }
    seen::note_first(conn, &first_seen).await?;
    project(
        conn,
        batch.organisation,
        rules,
        &touched,
        batch.received_at.into(),
    )
    .await?;
    Ok(outcomes)
}

/// Messages that the log itself holds. The key of a message is forgotten when a repetition is too old to be
/// captured; history may be older, and is looked for where it would stand: with its people, who are
/// locked, at its moment.
async fn logged(
    conn: &mut PgConnection,
    batch: EventBatch<'_>,
    people: &[Uuid],
) -> Result<HashSet<Uuid>> {
    let horizon = batch.received_at - TimeDelta::seconds(MAX_AGE_SECS);
    let old: Vec<(Uuid, DateTime<Utc>, Uuid)> = batch
        .items
        .iter()
        .zip(people)
        .filter(|(item, _)| batch.source != EventSource::Chain && item.at < horizon)
        .map(|(item, person)| (*person, item.at, item.message_key))
        .collect();
    if old.is_empty() {
        return Ok(HashSet::new());
    }
    Ok(event::logged(conn, &old).await?)
}

/// Inserts the events, but for those that are `logged`; returns the outcome of each, and those that are
/// new.
async fn insert(
    conn: &mut PgConnection,
    batch: EventBatch<'_>,
    people: Vec<Uuid>,
    logged: &HashSet<Uuid>,
) -> Result<(Vec<Outcome>, Vec<NewEvent>)> {
    let events: Vec<NewEvent> = batch
        .items
        .iter()
        .zip(people)
        .map(|(item, person)| NewEvent {
            person,
            message_key: item.message_key,
            body_hash: item.body_hash,
            name: item.name.clone(),
            at: item.at,
            properties: item.properties.clone(),
        })
        .collect();
    // Of messages that came twice in one batch, the first counts.
    let mut first: HashMap<Uuid, usize> = HashMap::with_capacity(events.len());
    for (index, event) in events.iter().enumerate() {
        first.entry(event.message_key).or_insert(index);
    }
    let mut once: Vec<&NewEvent> = events
        .iter()
        .enumerate()
        .filter(|(index, event)| first.get(&event.message_key) == Some(index))
        .filter(|(_, event)| !logged.contains(&event.message_key))
        .map(|(_, event)| event)
        .collect();
    // One order for all transactions, so that none waits for another in a circle.
    once.sort_unstable_by_key(|event| event.message_key);
    let arrival = Arrival {
        source: batch.source,
        received_at: batch.received_at,
        forget_on: forgettable_from(batch),
    };
    let new: HashSet<Uuid> = event::insert(conn, batch.organisation, arrival, &once)
        .await?
        .into_iter()
        .collect();
    let mut hashes: HashMap<Uuid, Uuid> = once
        .iter()
        .map(|event| (event.message_key, event.body_hash))
        .collect();
    if new.len() < first.len() {
        let old: Vec<Uuid> = first
            .keys()
            .copied()
            .filter(|key| !new.contains(key))
            .collect();
        hashes.extend(message::body_hashes(conn, &old).await?);
    }
    let outcomes: Vec<Outcome> = events
        .iter()
        .enumerate()
        .map(|(index, event)| {
            if new.contains(&event.message_key) && first.get(&event.message_key) == Some(&index) {
                Outcome::Accepted
            } else if hashes.get(&event.message_key).unwrap_or(&event.body_hash) == &event.body_hash
            {
                // One that is only in the log has left no hash of its content.
                Outcome::Duplicate
            } else {
                Outcome::Conflict
            }
        })
        .collect();
    let accepted = events
        .into_iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| **outcome == Outcome::Accepted)
        .map(|(event, _)| event)
        .collect();
    Ok((outcomes, accepted))
}

/// The day from which the keys of a batch's messages may be forgotten. What the chain says is fed
/// again whenever the mirror is filled again, however old it is.
fn forgettable_from(batch: EventBatch<'_>) -> Option<i32> {
    (batch.source != EventSource::Chain).then(|| forget_on(batch.received_at.into()))
}
