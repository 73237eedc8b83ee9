//! What people find where they are signed in.

use super::inbox_stream;
use crate::{OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// First key of the advisory lock; the second is the organisation.
const LOCK: i32 = 0x7e55_0041;

/// A message in an inbox.
#[derive(Debug, Clone)]
pub struct InboxRow {
    /// The message.
    pub message: Uuid,
    /// Its title; none in what a wallet shows.
    pub title: Option<String>,
    /// What it says.
    pub body: String,
    /// Where it leads.
    pub action_url: Option<String>,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// When it was read.
    pub read_at: Option<DateTime<Utc>>,
}

/// A message to put into an inbox.
#[derive(Debug, Clone)]
pub struct NewInboxMessage {
    /// The message.
    pub message: Uuid,
    /// Whose inbox.
    pub person: Uuid,
    /// Its title; none in what a wallet shows.
    pub title: Option<String>,
    /// What it says.
    pub body: String,
    /// Where it leads.
    pub action_url: Option<String>,
}

/// Puts messages into inboxes and wakes those who watch them, once the transaction has committed. Until then
/// no other transaction does so in the organisation: arrivals are committed in their order.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    new: &[NewInboxMessage],
) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    sqlx::query!("select pg_advisory_xact_lock($1, $2)", LOCK, organisation.0)
        .fetch_one(&mut *conn)
        .await?;
    let messages: Vec<Uuid> = new.iter().map(|it| it.message).collect();
    let people: Vec<Uuid> = new.iter().map(|it| it.person).collect();
    let titles: Vec<Option<&str>> = new.iter().map(|it| it.title.as_deref()).collect();
    let bodies: Vec<&str> = new.iter().map(|it| it.body.as_str()).collect();
    let urls: Vec<Option<&str>> = new.iter().map(|it| it.action_url.as_deref()).collect();
    sqlx::query!(
        "insert into engine.inbox_message (organisation, message, person, title, body, action_url)
         select $1, message, person, title, body, action_url
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[]) with ordinality
              new (message, person, title, body, action_url, position)
         order by position",
        organisation.0,
        &messages,
        &people,
        &titles as _,
        &bodies as _,
        &urls as _,
    )
    .execute(&mut *conn)
    .await?;
    inbox_stream::wake(conn, &people).await
}

/// A page of the inbox of a canonical person, and of everybody merged into them, latest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    canonical: Uuid,
    unread: bool,
    page: Page<Uuid>,
) -> Result<Vec<InboxRow>> {
    Ok(sqlx::query_as!(
        InboxRow,
        r#"select message as "message!", title, body as "body!", action_url,
                  inbox_message.created_at as "created_at!", read_at
           from engine.inbox_message
           where person in (select id from engine.person where canonical = $1)
             and ($2::uuid is null or message < $2) and (not $3 or read_at is null)
           order by message desc limit $4"#,
        canonical,
        page.after,
        unread,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Notes that a canonical person has read a message of theirs; whether there is one.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn read(
    conn: &mut PgConnection,
    canonical: Uuid,
    message: Uuid,
    at: DateTime<Utc>,
) -> Result<bool> {
    let read = sqlx::query!(
        "update engine.inbox_message set read_at = coalesce(read_at, $3)
         where organisation = engine.current_organisation() and message = $2
           and person in (select id from engine.person where canonical = $1)",
        canonical,
        message,
        at,
    )
    .execute(conn)
    .await?;
    Ok(read.rows_affected() == 1)
}
