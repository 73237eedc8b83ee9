//! What people find where they are signed in.

use crate::{OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

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

/// Puts a message into a person's inbox.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    new: &NewInboxMessage,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.inbox_message (organisation, message, person, title, body, action_url)
         values ($1, $2, $3, $4, $5, $6)",
        organisation.0,
        new.message,
        new.person,
        new.title,
        new.body,
        new.action_url,
    )
    .execute(conn)
    .await?;
    Ok(())
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
