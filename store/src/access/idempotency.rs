//! Stored answers of requests that carry an idempotency key. The answer is stored in the
//! transaction of the effect, so a key has both or neither; a second request with the key waits
//! until the first one ends.

use crate::{OrganisationId, Result};
use sqlx::PgConnection;

/// An idempotency key, by which a caller names a request.
#[derive(Debug, Clone)]
pub struct ClaimedKey {
    /// The organisation that the caller acts for.
    pub organisation: OrganisationId,
    /// The API key or wallet, as it is written into records. Each caller has keys of its own.
    pub caller: String,
    /// The key that the caller chose.
    pub key: String,
}

/// The state of a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim {
    /// The caller has not used it; this transaction holds the claim.
    New,
    /// It was used for another request.
    OtherRequest,
    /// It was answered.
    Answered {
        /// The HTTP status of the answer.
        status: u16,
        /// The body of the answer.
        body: Vec<u8>,
    },
}

/// Claims `key` for the request with this hash.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn claim(
    conn: &mut PgConnection,
    key: &ClaimedKey,
    request_hash: [u8; 32],
) -> Result<Claim> {
    let inserted = sqlx::query!(
        "insert into engine.idempotency (organisation, caller, key, request_hash)
         values ($1, $2, $3, $4) on conflict do nothing",
        key.organisation.0,
        key.caller,
        key.key,
        request_hash.as_slice(),
    )
    .execute(&mut *conn)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(Claim::New);
    }
    let stored = sqlx::query!(
        "select request_hash, status, body from engine.idempotency
         where organisation = $1 and caller = $2 and key = $3",
        key.organisation.0,
        key.caller,
        key.key,
    )
    .fetch_one(conn)
    .await?;
    if stored.request_hash != request_hash {
        return Ok(Claim::OtherRequest);
    }
    Ok(Claim::Answered {
        status: stored
            .status
            .and_then(|status| status.try_into().ok())
            .unwrap_or(200),
        body: stored.body.unwrap_or_default(),
    })
}

/// Stores the answer under a claimed key.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn answer(
    conn: &mut PgConnection,
    key: &ClaimedKey,
    status: u16,
    body: &[u8],
) -> Result<()> {
    sqlx::query!(
        "update engine.idempotency set status = $4, body = $5
         where organisation = $1 and caller = $2 and key = $3",
        key.organisation.0,
        key.caller,
        key.key,
        i16::try_from(status).unwrap_or(i16::MAX),
        body,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes the answers of all organisations that were given more than `days` ago. For a plain
/// connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget(conn: &mut PgConnection, days: i32) -> Result<u64> {
    let forgotten = sqlx::query!(
        "delete from engine.idempotency where created_at < now() - make_interval(days => $1)",
        days,
    )
    .execute(conn)
    .await?;
    Ok(forgotten.rows_affected())
}
