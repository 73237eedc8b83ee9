//! Messages as they are intended, and as they are looked at.

use crate::{OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use tessera_domain::automation::template::Template;
use uuid::Uuid;

/// A message to intend.
#[derive(Debug, Clone)]
pub struct NewMessage<'a> {
    /// Ids sort by age.
    pub id: Uuid,
    /// To whom.
    pub person: Uuid,
    /// Name of the template.
    pub name: &'a str,
    /// Its version.
    pub version: i32,
    /// What it says.
    pub template: &'a Template,
    /// What causes it: a cause has one message.
    pub cause: &'a str,
    /// The run of a journey that sends it.
    pub run: Option<Uuid>,
    /// The arms that it is written with, by the keys of their experiments.
    pub arms: &'a Value,
    /// Properties of the event that causes it.
    pub context: &'a Value,
    /// When it may be sent.
    pub due_at: DateTime<Utc>,
}

/// A message.
#[derive(Debug, Clone)]
pub struct MessageRow {
    /// Its id.
    pub id: Uuid,
    /// The person it is to.
    pub person: Uuid,
    /// Name of the template.
    pub template: String,
    /// The template's version.
    pub version: i32,
    /// `mail`, `inbox` or `wallet`.
    pub channel: String,
    /// `marketing` or `service`.
    pub purpose: String,
    /// The template's topic.
    pub topic: String,
    /// What caused it.
    pub cause: String,
    /// `intended`, `sending`, `sent`, `delivered`, `uncertain` or `failed`.
    pub status: String,
    /// Why it is in its status, where that is not plain.
    pub reason: Option<String>,
    /// How often it was tried.
    pub attempts: i32,
    /// From when on it may be sent.
    pub due_at: DateTime<Utc>,
    /// When a server took it, or an inbox.
    pub sent_at: Option<DateTime<Utc>>,
    /// The last answer of the mail server.
    pub response: Option<String>,
    /// When it was intended.
    pub created_at: DateTime<Utc>,
}

/// A status that a message came to.
#[derive(Debug, Clone)]
pub struct TransitionRow {
    /// The status.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Which messages are listed.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter<'a> {
    /// Only in this status.
    pub status: Option<&'a str>,
    /// Only to this person, or to anybody merged with them.
    pub person: Option<Uuid>,
    /// Only of this template.
    pub template: Option<&'a str>,
    /// Only through this channel.
    pub channel: Option<&'a str>,
}

/// Intends a message; none, and nothing changes, when its cause has one already.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    new: &NewMessage<'_>,
) -> Result<Option<Uuid>> {
    let template = new.template;
    Ok(sqlx::query_scalar!(
        "insert into engine.outbound_message
             (id, organisation, person, template, version, channel, purpose, topic, priority, on_uncertain,
              cause, context, due_at, first_due_at, run,
              arms)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14, $15)
         on conflict (organisation, cause) do nothing
         returning id",
        new.id,
        organisation.0,
        new.person,
        new.name,
        new.version,
        template.channel.as_str(),
        template.purpose.as_str(),
        template.topic,
        i16::from(template.priority),
        template.on_uncertain.as_str(),
        new.cause,
        new.context,
        new.due_at,
        new.run,
        new.arms,
    )
    .fetch_optional(conn)
    .await?)
}

/// The message of a cause.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn of_cause(conn: &mut PgConnection, cause: &str) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select id from engine.outbound_message
         where organisation = engine.current_organisation() and cause = $1",
        cause,
    )
    .fetch_optional(conn)
    .await?)
}

/// One message.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<MessageRow>> {
    Ok(sqlx::query_as!(
        MessageRow,
        "select id, person, template, version, channel, purpose, topic, cause, status, reason, attempts,
                due_at, sent_at, response, created_at
         from engine.outbound_message
         where organisation = engine.current_organisation() and id = $1",
        id,
    )
    .fetch_optional(conn)
    .await?)
}

/// A page of messages, latest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    filter: MessageFilter<'_>,
    page: Page<Uuid>,
) -> Result<Vec<MessageRow>> {
    Ok(sqlx::query_as!(
        MessageRow,
        "select id, person, template, version, channel, purpose, topic, cause, status, reason, attempts,
                due_at, sent_at, response, created_at
         from engine.outbound_message
         where organisation = engine.current_organisation()
           and ($1::uuid is null or id < $1)
           and ($2::text is null or status = $2)
           and ($3::uuid is null or person in (
                   select member.id from engine.person member
                   where member.canonical = (select canonical from engine.person asked where asked.id = $3)))
           and ($4::text is null or template = $4)
           and ($5::text is null or channel = $5)
         order by id desc limit $6",
        page.after,
        filter.status,
        filter.person,
        filter.template,
        filter.channel,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Every status that a message came to, oldest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn history(conn: &mut PgConnection, id: Uuid) -> Result<Vec<TransitionRow>> {
    Ok(sqlx::query_as!(
        TransitionRow,
        "select status, reason, at from engine.message_transition
         where organisation = engine.current_organisation() and message = $1 order by id",
        id,
    )
    .fetch_all(conn)
    .await?)
}

/// Intends a message again of which nobody knows whether it was sent; false for any other.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn resend(conn: &mut PgConnection, id: Uuid, at: DateTime<Utc>) -> Result<bool> {
    let resent = sqlx::query!(
        "update engine.outbound_message
         set status = 'intended', reason = 'asked_again', due_at = $2, first_due_at = $2
         where organisation = engine.current_organisation() and id = $1 and status = 'uncertain'",
        id,
        at,
    )
    .execute(conn)
    .await?;
    Ok(resent.rows_affected() == 1)
}

/// Cancels what these people were still to be sent; returns how many messages.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn cancel(
    conn: &mut PgConnection,
    people: &[Uuid],
    purpose: Option<&str>,
    topics: Option<&[String]>,
    reason: &str,
) -> Result<u64> {
    let cancelled = sqlx::query!(
        "update engine.outbound_message set status = 'failed', reason = $4
         where person = any($1) and status = 'intended'
           and ($2::text is null or purpose = $2) and ($3::text[] is null or topic = any($3))",
        people,
        purpose,
        topics as _,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(cancelled.rows_affected())
}

/// Forgets what messages to these people were filled in with, and the digests of their addresses.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget_context(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "update engine.outbound_message set context = '{}' where person = any($1) and context <> '{}'",
        people,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from engine.inbox_message where person = any($1)",
        people
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A message that a report or a link is about.
#[derive(Debug, Clone)]
pub struct AboutRow {
    /// Its id.
    pub id: Uuid,
    /// The person it was to.
    pub person: Uuid,
    /// Its template.
    pub template: String,
    /// Digest of the address that it was sent to.
    pub address: Option<Vec<u8>>,
    /// Its status.
    pub status: String,
}

/// The message of an id that was sent, or may have been, through mail.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn sent(conn: &mut PgConnection, id: Uuid) -> Result<Option<AboutRow>> {
    Ok(sqlx::query_as!(
        AboutRow,
        "select id, person, template, address, status from engine.outbound_message
         where organisation = engine.current_organisation() and id = $1 and channel = 'mail'
           and address is not null
         for no key update",
        id,
    )
    .fetch_optional(conn)
    .await?)
}

/// Notes that a message that was sent did not arrive.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn bounced(
    conn: &mut PgConnection,
    id: Uuid,
    reason: &str,
    response: Option<&str>,
) -> Result<()> {
    sqlx::query!(
        "update engine.outbound_message set status = 'failed', reason = $2, response = coalesce($3, response)
         where organisation = engine.current_organisation() and id = $1
           and status in ('sent', 'delivered', 'uncertain')",
        id,
        reason,
        response,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Digest of the address that a message was last sent to.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn address(conn: &mut PgConnection, id: Uuid) -> Result<Option<Vec<u8>>> {
    let found = sqlx::query_scalar!(
        "select address from engine.outbound_message
         where organisation = engine.current_organisation() and id = $1",
        id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.flatten())
}
