//! How much of a day's quota has been handed out.

use crate::{OrganisationId, Result};
use sqlx::PgConnection;

/// A number of items and their size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    /// Number of items, refused ones included.
    pub events: i64,
    /// Size of the items' JSON.
    pub bytes: i64,
}

impl Amount {
    /// `items` items of `bytes` bytes in all.
    pub fn of(items: usize, bytes: usize) -> Self {
        let whole = |amount: usize| i64::try_from(amount).unwrap_or(i64::MAX);
        Self {
            events: whole(items),
            bytes: whole(bytes),
        }
    }
}

/// Hands out `share` of a holder's quota of `limit` on a UTC day (days since 1970), or less when
/// less is left; returns the amount handed out.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn hand_out(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    holder: &str,
    day: i32,
    share: Amount,
    limit: Amount,
) -> Result<Amount> {
    sqlx::query!(
        "insert into engine.quota_use (organisation, holder, day, events, bytes)
         values ($1, $2, $3, 0, 0) on conflict do nothing",
        organisation.0,
        holder,
        day,
    )
    .execute(&mut *conn)
    .await?;
    let used = sqlx::query_as!(
        Amount,
        "select events, bytes from engine.quota_use
         where organisation = $1 and holder = $2 and day = $3 for update",
        organisation.0,
        holder,
        day,
    )
    .fetch_one(&mut *conn)
    .await?;
    let granted = Amount {
        events: share.events.min(limit.events - used.events).max(0),
        bytes: share.bytes.min(limit.bytes - used.bytes).max(0),
    };
    sqlx::query!(
        "update engine.quota_use set events = events + $4, bytes = bytes + $5
         where organisation = $1 and holder = $2 and day = $3",
        organisation.0,
        holder,
        day,
        granted.events,
        granted.bytes,
    )
    .execute(conn)
    .await?;
    Ok(granted)
}

/// Deletes the use of days more than `days` ago. For a plain connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget(conn: &mut PgConnection, days: i32) -> Result<u64> {
    let forgotten = sqlx::query!(
        "delete from engine.quota_use where day < extract(epoch from now())::bigint / 86400 - $1::integer",
        days,
    )
    .execute(conn)
    .await?;
    Ok(forgotten.rows_affected())
}
