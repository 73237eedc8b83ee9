//! Sign-in by wallet: nonces that work once, and sessions of which only hashes are kept. All
//! functions run before an organisation is known, on plain connections.

use crate::{Key, OrganisationId, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// The holder of a presented session token.
#[derive(Debug, Clone)]
pub struct SessionHolder {
    /// The wallet that signed in.
    pub wallet: Key,
    /// The organisation that the session acts in.
    pub organisation: Option<OrganisationId>,
    /// That organisation's Org.
    pub org: Option<Key>,
    /// The wallet's role there now; a session outlives a withdrawn role without its rights.
    pub role: Option<String>,
    /// When the session ends.
    pub expires_at: DateTime<Utc>,
}

/// Stores a nonce and deletes those that expired long ago.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert_nonce(
    conn: &mut PgConnection,
    nonce: &str,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "with forgotten as (
             delete from engine.sign_in_nonce where expires_at < now() - interval '1 day')
         insert into engine.sign_in_nonce (nonce, expires_at) values ($1, $2)",
        nonce,
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses a nonce up; whether it existed, unused and not expired.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn use_nonce(conn: &mut PgConnection, nonce: &str, now: DateTime<Utc>) -> Result<bool> {
    let used = sqlx::query!(
        "update engine.sign_in_nonce set used_at = $2
         where nonce = $1 and used_at is null and expires_at > $2",
        nonce,
        now,
    )
    .execute(conn)
    .await?;
    Ok(used.rows_affected() == 1)
}

/// Opens a session.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    hash: [u8; 32],
    wallet: Key,
    organisation: Option<OrganisationId>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.session (hash, wallet, organisation, expires_at)
         values ($1, $2, $3, $4)",
        hash.as_slice(),
        wallet as _,
        organisation as _,
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The holder of the session with this hash, unless it has ended.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn holder(
    conn: &mut PgConnection,
    hash: [u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<SessionHolder>> {
    Ok(sqlx::query_as!(
        SessionHolder,
        r#"select session.wallet as "wallet: Key",
                  session.organisation as "organisation: OrganisationId",
                  organisation.org as "org?: Key", role_grant.role as "role?", expires_at
           from engine.session
           left join engine.organisation on organisation.id = session.organisation
           left join engine.role_grant on role_grant.organisation = session.organisation
                                      and role_grant.wallet = session.wallet
           where hash = $1 and revoked_at is null and expires_at > $2"#,
        hash.as_slice(),
        now,
    )
    .fetch_optional(conn)
    .await?)
}

/// Ends a session.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn revoke(conn: &mut PgConnection, hash: [u8; 32]) -> Result<()> {
    sqlx::query!(
        "update engine.session set revoked_at = coalesce(revoked_at, now()) where hash = $1",
        hash.as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes sessions that ended more than `days` ago; returns how many.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget(conn: &mut PgConnection, days: i32) -> Result<u64> {
    let forgotten = sqlx::query!(
        "delete from engine.session
         where least(expires_at, revoked_at) < now() - make_interval(days => $1)",
        days,
    )
    .execute(conn)
    .await?;
    Ok(forgotten.rows_affected())
}
