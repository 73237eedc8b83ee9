//! The keys of messages, by which each counts once. [`event::insert`](super::event::insert) adds them
//! with the events.

use crate::Result;
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// Hashes of these messages' contents, by message key.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn body_hashes(conn: &mut PgConnection, keys: &[Uuid]) -> Result<HashMap<Uuid, Uuid>> {
    let rows = sqlx::query!(
        "select found.message_key, found.body_hash
         from unnest($1::uuid[]) wanted (message_key)
         cross join lateral (
             select message_key, body_hash from engine.message
             where organisation = engine.current_organisation()
               and message_key = wanted.message_key
             limit 1
         ) found",
        keys,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.message_key, row.body_hash))
        .collect())
}

/// Deletes messages, for an erased person's.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn erase(conn: &mut PgConnection, keys: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "delete from engine.message using unnest($1::uuid[]) gone (message_key)
         cross join lateral (
             select ctid as place from engine.message
             where organisation = engine.current_organisation()
               and message.message_key = gone.message_key
             limit 1
         ) found
         where message.ctid = found.place",
        keys,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes at most `limit` messages that no message can repeat any longer; returns how many. For a
/// plain connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget(conn: &mut PgConnection, limit: i64) -> Result<u64> {
    // Erasing a person deletes in another order: neither waits for the other.
    let forgotten = sqlx::query!(
        "delete from engine.message using (
             select organisation, message_key from engine.message
             where forget_on <= extract(epoch from now())::bigint / 86400
             order by forget_on limit $1 for update skip locked) gone
         where message.organisation = gone.organisation
           and message.message_key = gone.message_key",
        limit,
    )
    .execute(conn)
    .await?;
    Ok(forgotten.rows_affected())
}
