//! Addresses to which nothing is sent, and topics that are not wanted at one: both by digest, so that they
//! outlive the people whose they were.
//!
//! Those who claim messages share a lock, and those who add to what is here hold it alone:
//! a claim sees all that was there before it, and what it does not see waits for it.

use crate::{OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// First key of the advisory lock; the second is the organisation.
const LOCK: i32 = 0x7e55_0005;

/// An address to which nothing is sent.
#[derive(Debug, Clone)]
pub struct SuppressionRow {
    /// Digest of the address.
    pub digest: Vec<u8>,
    /// `hard_bounce`, `complaint`, `unsubscribed` or `manual`.
    pub reason: String,
    /// The API key or wallet that added it; `engine` when a mail server or the person did.
    pub created_by: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// What is in the way of an address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InTheWay {
    /// Why nothing is sent to it.
    pub suppression: Option<String>,
    /// Whether the topic is not wanted there.
    pub topic_refused: bool,
}

/// Keeps everybody from adding to what is here until the transaction ends.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lock_shared(conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock_shared($1, $2)",
        LOCK,
        organisation.0
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Waits until nobody claims messages, and lets nobody do so until the transaction ends.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lock(conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock($1, $2)", LOCK, organisation.0)
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// Suppresses an address, unless it is; a reason that forbids more replaces `unsubscribed`. Runs under
/// [`lock`].
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn add(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    digest: &[u8],
    reason: &str,
    created_by: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.suppression as stored (organisation, digest, reason, created_by)
         values ($1, $2, $3, $4)
         on conflict (organisation, digest) do update
         set reason = excluded.reason, created_by = excluded.created_by, created_at = now()
         where stored.reason = 'unsubscribed' and excluded.reason <> 'unsubscribed'",
        organisation.0,
        digest,
        reason,
        created_by,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes an address off the list; whether it was there.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove(conn: &mut PgConnection, digest: &[u8], only: Option<&str>) -> Result<bool> {
    let removed = sqlx::query!(
        "delete from engine.suppression
         where organisation = engine.current_organisation() and digest = $1
           and ($2::text is null or reason = $2)",
        digest,
        only,
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() == 1)
}

/// A page of suppressed addresses, by digest.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    reason: Option<&str>,
    page: Page<Vec<u8>>,
) -> Result<Vec<SuppressionRow>> {
    Ok(sqlx::query_as!(
        SuppressionRow,
        "select digest, reason, created_by, created_at from engine.suppression
         where organisation = engine.current_organisation()
           and ($1::text is null or reason = $1) and ($2::bytea is null or digest > $2)
         order by digest limit $3",
        reason,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// What is in the way of sending to an address about a topic.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn in_the_way(conn: &mut PgConnection, digest: &[u8], topic: &str) -> Result<InTheWay> {
    Ok(sqlx::query_as!(
        InTheWay,
        r#"select
               (select reason from engine.suppression
                where organisation = engine.current_organisation() and digest = $1) as "suppression?",
               exists (select from engine.topic_refusal
                       where organisation = engine.current_organisation() and digest = $1
                         and topic = $2) as "topic_refused!""#,
        digest,
        topic,
    )
    .fetch_one(conn)
    .await?)
}

/// What a person does not want, whichever of their addresses they said it at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwanted {
    /// Whether it is marketing: they unsubscribed, or complained about a mail.
    pub marketing: bool,
    /// Whether it is the topic.
    pub topic: bool,
}

/// What the canonical person does not want, a topic among it.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn unwanted(conn: &mut PgConnection, person: Uuid, topic: &str) -> Result<Unwanted> {
    Ok(sqlx::query_as!(
        Unwanted,
        r#"with address as (
               select identifier.organisation, digest from engine.identifier
               join engine.person member on member.id = identifier.person
               where member.canonical = $1 and kind = 'email'
           )
           select exists (select from address join engine.suppression using (organisation, digest)
                          where reason in ('unsubscribed', 'complaint')) as "marketing!",
                  exists (select from address join engine.topic_refusal using (organisation, digest)
                          where topic = $2) as "topic!""#,
        person,
        topic,
    )
    .fetch_one(conn)
    .await?)
}

/// The topics that are not wanted at an address.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn refused_topics(conn: &mut PgConnection, digest: &[u8]) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        "select topic from engine.topic_refusal
         where organisation = engine.current_organisation() and digest = $1 order by topic",
        digest,
    )
    .fetch_all(conn)
    .await?)
}

/// Replaces which of `known` topics are not wanted at an address. Runs under [`lock`].
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn refuse_topics(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    digest: &[u8],
    known: &[String],
    refused: &[String],
) -> Result<()> {
    sqlx::query!(
        "delete from engine.topic_refusal
         where organisation = engine.current_organisation() and digest = $1
           and topic = any($2) and topic <> all($3)",
        digest,
        known,
        refused,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into engine.topic_refusal (organisation, digest, topic)
         select $1, $2, topic from unnest($3::text[]) refused (topic) on conflict do nothing",
        organisation.0,
        digest,
        refused,
    )
    .execute(conn)
    .await?;
    Ok(())
}
