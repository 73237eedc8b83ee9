//! Browsers of one identified person by which another one was named. They stay the first one's; that both
//! were on one device is what a check for abuse asks.

use crate::{OrganisationId, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// A device of a person.
#[derive(Debug, Clone)]
pub struct Device {
    /// The canonical person.
    pub person: Uuid,
    /// Digest of the browser's id.
    pub digest: [u8; 32],
    /// When they were first seen there.
    pub first_seen: DateTime<Utc>,
}

/// Notes browsers of others, each with the person who was named by it.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    shared: &[([u8; 32], Uuid)],
    at: DateTime<Utc>,
) -> Result<()> {
    if shared.is_empty() {
        return Ok(());
    }
    let digests: Vec<&[u8]> = shared.iter().map(|(digest, _)| digest.as_slice()).collect();
    let people: Vec<Uuid> = shared.iter().map(|(_, person)| *person).collect();
    sqlx::query!(
        "insert into engine.shared_browser (organisation, digest, person, first_seen)
         select distinct $1::integer, digest, person, $4::timestamptz
         from unnest($2::bytea[], $3::uuid[]) shared (digest, person)
         order by person, digest
         on conflict do nothing",
        organisation.0,
        &digests as _,
        &people,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The devices of canonical people: their own browsers, and others' by which they were named.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn devices(conn: &mut PgConnection, canonical: &[Uuid]) -> Result<Vec<Device>> {
    Ok(sqlx::query_as!(
        Device,
        r#"select canonical as "person!", digest as "digest!: [u8; 32]", min(seen) as "first_seen!"
           from (
               select canonical, digest, identifier.created_at as seen
               from engine.person join engine.identifier on identifier.person = person.id
               where canonical = any($1) and kind = 'anonymous'
               union all
               select canonical, digest, shared_browser.first_seen
               from engine.person join engine.shared_browser on shared_browser.person = person.id
               where canonical = any($1)
           ) device
           group by canonical, digest"#,
        canonical,
    )
    .fetch_all(conn)
    .await?)
}

/// Forgets the browsers of others by which these people were named; returns their digests.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn erase(conn: &mut PgConnection, people: &[Uuid]) -> Result<Vec<[u8; 32]>> {
    Ok(sqlx::query_scalar!(
        r#"delete from engine.shared_browser where person = any($1) returning digest as "digest!: [u8; 32]""#,
        people,
    )
    .fetch_all(conn)
    .await?)
}
