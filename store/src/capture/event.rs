//! Events in the log. They are appended, and rewritten only to erase a person; a message counts once.

use crate::{OrganisationId, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashMap, HashSet};
use tessera_domain::{
    automation::retention::uplift::Arrived,
    event::{Event, Properties},
};
use uuid::Uuid;

/// Where an event comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventSource {
    /// A client's message.
    Client,
    /// A receipt on the chain.
    Chain,
    /// Tessera itself.
    Engine,
}

impl EventSource {
    /// Its name in the event log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Chain => "chain",
            Self::Engine => "engine",
        }
    }
}

/// An event to add.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// The person it happened to.
    pub person: Uuid,
    /// From the sender's `message_id`.
    pub message_key: Uuid,
    /// Of the message's content.
    pub body_hash: Uuid,
    /// What happened.
    pub name: String,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What else is known of it.
    pub properties: Properties,
}

/// An event as it appears in lists.
#[derive(Debug, Clone)]
pub struct EventRow {
    /// Its place in the log.
    pub position: i64,
    /// The person it happened to, as resolved when it arrived.
    pub person: Uuid,
    /// Derived from the sender's `message_id`; the event's id in the API.
    pub message_key: Uuid,
    /// What happened.
    pub name: String,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// `client`, `chain` or `engine`.
    pub source: String,
    /// What else is known of it.
    pub properties: sqlx::types::Json<Properties>,
}

/// How events arrive.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// Where they come from.
    pub source: EventSource,
    /// When they were received.
    pub received_at: DateTime<Utc>,
    /// UTC day (days since 1970) from which their messages' keys may be forgotten; none is never.
    pub forget_on: Option<i32>,
}

/// Adds events whose message is new. Returns their message keys.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    arrival: Arrival,
    events: &[&NewEvent],
) -> Result<Vec<Uuid>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let people: Vec<Uuid> = events.iter().map(|event| event.person).collect();
    let keys: Vec<Uuid> = events.iter().map(|event| event.message_key).collect();
    let hashes: Vec<Uuid> = events.iter().map(|event| event.body_hash).collect();
    let names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
    let moments: Vec<DateTime<Utc>> = events.iter().map(|event| event.at).collect();
    let properties: Vec<sqlx::types::Json<&Properties>> = events
        .iter()
        .map(|event| sqlx::types::Json(&event.properties))
        .collect();
    Ok(sqlx::query_scalar!(
        "with new as (
             insert into engine.message (organisation, forget_on, message_key, body_hash)
             select $1, $4, given.* from unnest($6::uuid[], $7::uuid[]) given
             on conflict (organisation, message_key) do nothing
             returning message_key
         )
         insert into engine.event
             (organisation, source, received_at, person, message_key, name, at, properties)
         select $1, $2, $3, given.*
         from unnest($5::uuid[], $6::uuid[], $8::text[], $9::timestamptz[], $10::jsonb[])
              given (person, message_key, name, at, properties)
         -- As a condition on each row, which is looked up in a table of hashes; as a join, it may be a
         -- loop in a loop.
         where (message_key in (select message_key from new)) is true
         returning message_key",
        organisation.0,
        arrival.source.as_str(),
        arrival.received_at,
        arrival.forget_on,
        &people,
        &keys,
        &hashes,
        &names as _,
        &moments,
        &properties as _,
    )
    .fetch_all(conn)
    .await?)
}

/// Those of the messages whose events the log holds of their people, at their moments: of a person who was
/// merged, of all who became one.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn logged(
    conn: &mut PgConnection,
    messages: &[(Uuid, DateTime<Utc>, Uuid)],
) -> Result<HashSet<Uuid>> {
    let people: Vec<Uuid> = messages.iter().map(|it| it.0).collect();
    let moments: Vec<DateTime<Utc>> = messages.iter().map(|it| it.1).collect();
    let keys: Vec<Uuid> = messages.iter().map(|it| it.2).collect();
    let found = sqlx::query_scalar!(
        "select found.message_key
         from unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) wanted (person, at, message_key)
         cross join lateral (
             select member.id from engine.person
             join engine.person member on member.canonical = person.canonical
             where person.id = wanted.person
             offset 0
         ) member
         cross join lateral (
             select message_key from engine.event
             where organisation = engine.current_organisation() and event.person = member.id
               and event.at = wanted.at and event.message_key = wanted.message_key
             limit 1
         ) found",
        &people,
        &moments,
        &keys,
    )
    .fetch_all(conn)
    .await?;
    Ok(found.into_iter().collect())
}

/// Every event of these canonical people and of everybody merged into them, by canonical person.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn histories(
    conn: &mut PgConnection,
    canonical: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Event>>> {
    // The array hides behind a query, so that a plan for its length seems no better than the one that
    // is kept: planning for each month takes longer than answering.
    let rows = sqlx::query!(
        r#"select member.canonical, found.message_key, found.name, found.at,
                  found.properties as "properties: sqlx::types::Json<Properties>"
           from (select distinct person from unnest((select $1::uuid[])) given (person)) wanted
           cross join lateral (
               select id, canonical from engine.person
               where canonical = wanted.person
               offset 0
           ) member
           cross join lateral (
               select message_key, name, at, properties from engine.event
               where organisation = engine.current_organisation() and event.person = member.id
               offset 0
           ) found"#,
        canonical,
    )
    .fetch_all(conn)
    .await?;
    let mut histories: HashMap<Uuid, Vec<Event>> = HashMap::new();
    for row in rows {
        histories.entry(row.canonical).or_default().push(Event {
            id: row.message_key,
            name: row.name,
            at: row.at.into(),
            properties: row.properties.0,
        });
    }
    Ok(histories)
}

/// Events of these names that arrived after a moment, of canonical people and of everybody who was merged into
/// them, in any order.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn arrived(
    conn: &mut PgConnection,
    canonical: &[Uuid],
    names: &[String],
    after: DateTime<Utc>,
) -> Result<HashMap<Uuid, Vec<Arrived>>> {
    let rows = sqlx::query!(
        r#"select member.canonical, found.message_key, found.name, found.at, found.received_at,
                  found.properties as "properties: sqlx::types::Json<Properties>"
           from unnest((select $1::uuid[])) wanted (person)
           cross join lateral (
               select id, canonical from engine.person
               where canonical = wanted.person
               offset 0
           ) member
           cross join lateral (
               select message_key, name, at, received_at, properties from engine.event
               where organisation = engine.current_organisation() and event.person = member.id
                 and name = any($2) and received_at > $3
               offset 0
           ) found"#,
        canonical,
        names,
        after,
    )
    .fetch_all(conn)
    .await?;
    let mut arrived: HashMap<Uuid, Vec<Arrived>> = HashMap::new();
    for row in rows {
        let event = Event {
            id: row.message_key,
            name: row.name,
            at: row.at.into(),
            properties: row.properties.0,
        };
        arrived.entry(row.canonical).or_default().push(Arrived {
            at: row.received_at.into(),
            event,
        });
    }
    Ok(arrived)
}

/// Where an event stands, what identifies it, and its properties.
#[derive(Debug, Clone)]
pub struct EventNames {
    /// Its place in the log.
    pub position: i64,
    /// The person it happened to, as resolved when it arrived.
    pub person: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// `client`, `chain` or `engine`.
    pub source: String,
    /// From the sender's `message_id`.
    pub message_key: Uuid,
    /// What else is known of it.
    pub properties: sqlx::types::Json<Properties>,
}

/// The identities of these people's events, in the order of the log.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn names(conn: &mut PgConnection, people: &[Uuid]) -> Result<Vec<EventNames>> {
    Ok(sqlx::query_as!(
        EventNames,
        r#"select position, person, at, source, message_key,
                  properties as "properties: sqlx::types::Json<Properties>"
           from unnest($1::uuid[]) wanted (id)
           cross join lateral (
               select position, person, at, source, message_key, properties from engine.event
               where organisation = engine.current_organisation() and event.person = wanted.id
               offset 0
           ) found
           order by position"#,
        people,
    )
    .fetch_all(conn)
    .await?)
}

/// Replaces keys and properties of events: the one case in which the log is rewritten.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn rename(conn: &mut PgConnection, events: &[EventNames]) -> Result<()> {
    let positions: Vec<i64> = events.iter().map(|event| event.position).collect();
    let people: Vec<Uuid> = events.iter().map(|event| event.person).collect();
    let moments: Vec<DateTime<Utc>> = events.iter().map(|event| event.at).collect();
    let keys: Vec<Uuid> = events.iter().map(|event| event.message_key).collect();
    let properties: Vec<&sqlx::types::Json<Properties>> =
        events.iter().map(|event| &event.properties).collect();
    sqlx::query!(
        "update engine.event
         set message_key = new.message_key, properties = new.properties
         from unnest($1::bigint[], $2::uuid[], $3::timestamptz[], $4::uuid[], $5::jsonb[])
              new (position, person, at, message_key, properties)
         where event.organisation = engine.current_organisation()
           and event.person = new.person and event.at = new.at and event.position = new.position",
        &positions,
        &people,
        &moments,
        &keys,
        &properties as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A page of a canonical person's events, latest first; `after` is the time and position of the
/// last event already seen.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn timeline(
    conn: &mut PgConnection,
    canonical: Uuid,
    after: Option<(DateTime<Utc>, i64)>,
    limit: i64,
) -> Result<Vec<EventRow>> {
    Ok(sqlx::query_as!(
        EventRow,
        r#"select position, event.person, message_key, name, at, received_at, source,
                  properties as "properties: sqlx::types::Json<Properties>"
           from engine.person join engine.event on event.organisation = person.organisation
                                               and event.person = person.id
           where canonical = $1
             and at <= coalesce($2, 'infinity'::timestamptz)
             and ($2::timestamptz is null or (at, position) < ($2, $3))
           order by at desc, position desc limit $4"#,
        canonical,
        after.map(|(at, _)| at),
        after.map_or(0, |(_, position)| position),
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Number of events by UTC day (days since 1970) and name.
pub type EventCounts = BTreeMap<(i32, String), i64>;
