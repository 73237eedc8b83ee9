//! Inboxes as they are watched: what came after an arrival, and the notices by which watchers wake.
//!
//! A notice names an identifier by which the inbox may be watched, not the person: who is merged with them,
//! or set apart again, meanwhile is woken all the same. It says nothing of what came, and may be lost with a
//! connection; what counts is what is read afterwards.

use super::inbox::InboxRow;
use crate::{Result, connection::alive};
use sqlx::{
    PgConnection, PgPool,
    postgres::{PgListener, PgPoolOptions},
};
use uuid::Uuid;

/// The channel on which watchers of inboxes are notified.
const CHANNEL: &str = "tessera_inbox";

/// Who watches an inbox: the first half of an identifier's digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InboxOwner(Uuid);

impl InboxOwner {
    /// By the digest of an identifier.
    pub fn of(digest: &[u8; 32]) -> Self {
        let (half, _) = digest.split_at(16);
        Self(Uuid::from_slice(half).unwrap_or_default())
    }
}

/// A message in an inbox, and its number in the order in which messages came.
#[derive(Debug, Clone)]
pub struct ArrivedRow {
    /// The number.
    pub arrival: i64,
    /// The message.
    pub row: InboxRow,
}

/// Wakes those who watch the inboxes of these people, or of those they are merged with, once the transaction
/// has committed.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn wake(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "select pg_notify($2, encode(substring(digest for 16), 'hex'))
         from engine.identifier
         where kind in ('user', 'wallet')
           and person in (
               select member.id from engine.person asked
               join engine.person member on member.canonical = asked.canonical
               where asked.id = any($1))",
        people,
        CHANNEL,
    )
    .fetch_all(conn)
    .await?;
    Ok(())
}

/// The arrival of a message in the inbox of a canonical person, or of the latest one, with its id.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn arrival(
    conn: &mut PgConnection,
    canonical: Uuid,
    message: Option<Uuid>,
) -> Result<Option<(Uuid, i64)>> {
    let found = sqlx::query!(
        "select message, arrival from engine.inbox_message
         where person in (select id from engine.person where canonical = $1)
           and ($2::uuid is null or message = $2)
         order by arrival desc limit 1",
        canonical,
        message,
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(|row| (row.message, row.arrival)))
}

/// What came to the inbox of a canonical person after an arrival, oldest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn after(
    conn: &mut PgConnection,
    canonical: Uuid,
    arrival: i64,
    limit: i64,
) -> Result<Vec<ArrivedRow>> {
    let rows = sqlx::query!(
        "select arrival, message, title, body, action_url, created_at, read_at from engine.inbox_message
         where person in (select id from engine.person where canonical = $1) and arrival > $2
         order by arrival limit $3",
        canonical,
        arrival,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|it| ArrivedRow {
            arrival: it.arrival,
            row: InboxRow {
                message: it.message,
                title: it.title,
                body: it.body,
                action_url: it.action_url,
                created_at: it.created_at,
                read_at: it.read_at,
            },
        })
        .collect())
}

/// Listens for what comes to inboxes.
#[derive(Debug)]
pub struct InboxListener(PgListener);

impl InboxListener {
    /// Listens on a connection to the database of `pool` that is none of the pool's: nobody waits for it.
    ///
    /// # Errors
    /// [`StoreError::Database`](crate::StoreError::Database).
    pub async fn new(pool: &PgPool) -> Result<Self> {
        let own = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_with(alive(pool))
            .await?;
        let mut listener = PgListener::connect_with(&own).await?;
        listener.listen(CHANNEL).await?;
        Ok(Self(listener))
    }

    /// Whose inbox has something new; nobody's in particular when the connection was lost and made again, since
    /// notices may have been lost with it.
    ///
    /// # Errors
    /// [`StoreError::Database`](crate::StoreError::Database) when it cannot connect again.
    pub async fn heard(&mut self) -> Result<Option<InboxOwner>> {
        loop {
            let Some(notice) = self.0.try_recv().await? else {
                return Ok(None);
            };
            if let Ok(owner) = Uuid::try_parse(notice.payload()) {
                return Ok(Some(InboxOwner(owner)));
            }
        }
    }
}
