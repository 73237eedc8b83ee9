//! When people were seen: first, as is written beside them, and last by an act of theirs, which follows
//! from the event log.

use crate::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Records when people were first seen. An earlier moment that is stored stays, so the order of arrival
/// does not matter.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn note_first(
    conn: &mut PgConnection,
    seen: &BTreeMap<Uuid, DateTime<Utc>>,
) -> Result<()> {
    if seen.is_empty() {
        return Ok(());
    }
    let people: Vec<Uuid> = seen.keys().copied().collect();
    let first: Vec<DateTime<Utc>> = seen.values().copied().collect();
    sqlx::query!(
        "update engine.person set first_seen = found.first
         from unnest($1::uuid[], $2::timestamptz[]) seen (id, first)
         cross join lateral (
             select ctid as place, seen.first from engine.person
             where person.id = seen.id and first_seen > seen.first
             limit 1
         ) found
         where person.ctid = found.place",
        &people,
        &first,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When somebody last did something: the moment of the latest event, of a canonical person and of those
/// merged into them, that a person caused and whose name is not one of `no_acts`. None when they never
/// did. A sender's clock may be ahead, so nobody acted after the event arrived; the chain's is believed.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn last_act(
    conn: &mut PgConnection,
    canonical: Uuid,
    no_acts: &[String],
) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!(
        "select max(last.at)
         from engine.person member
         cross join lateral (
             select case source when 'chain' then at else least(at, received_at) end as at
             from engine.event
             where event.organisation = engine.current_organisation() and event.person = member.id
               and name <> all($2) and engine.is_by_a_person(properties)
             order by event.at desc limit 1
         ) last
         where member.canonical = $1",
        canonical,
        no_acts,
    )
    .fetch_one(conn)
    .await?)
}
