//! API keys: only their hashes are kept.

use crate::{Key, OrganisationId, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// The holder of a presented key.
#[derive(Debug, Clone)]
pub struct KeyHolder {
    /// Names the key in lists and records.
    pub id: Uuid,
    /// The organisation that the key acts for.
    pub organisation: OrganisationId,
    /// That organisation's Org.
    pub org: Key,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Origins whose pages may send events to the organisation; none for any.
    pub capture_origins: Option<Vec<String>>,
}

/// A key as it appears in lists.
#[derive(Debug, Clone)]
pub struct ApiKeyRow {
    /// Names the key when it is revoked; ids sort by age.
    pub id: Uuid,
    /// Its purpose, in the words of its creator.
    pub name: String,
    /// `write`, `read` or `admin`.
    pub kind: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// First characters of the key, by which people recognise it.
    pub prefix: String,
    /// The API key or wallet that created it.
    pub created_by: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// From when it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked; it has been refused since.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A key to be stored.
#[derive(Debug, Clone)]
pub struct NewApiKey<'a> {
    /// Ids sort by age.
    pub id: Uuid,
    /// Its purpose.
    pub name: &'a str,
    /// `write`, `read` or `admin`.
    pub kind: &'a str,
    /// What it may do.
    pub scopes: &'a [String],
    /// First characters of the key, by which people recognise it.
    pub prefix: &'a str,
    /// SHA-256 of the key.
    pub hash: [u8; 32],
    /// The API key or wallet that creates it.
    pub created_by: &'a str,
    /// From when it is refused.
    pub expires_at: Option<DateTime<Utc>>,
}

/// The holder of the key with this hash, unless it is revoked or has expired. For a plain connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn holder(
    conn: &mut PgConnection,
    hash: [u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<KeyHolder>> {
    Ok(sqlx::query_as!(
        KeyHolder,
        r#"select api_key.id, organisation as "organisation: OrganisationId", org as "org: Key", scopes,
                  capture_origins
           from engine.api_key join engine.organisation on organisation.id = organisation
           where hash = $1 and revoked_at is null and (expires_at is null or expires_at > $2)"#,
        hash.as_slice(),
        now,
    )
    .fetch_optional(conn)
    .await?)
}

/// Adds a key to `organisation`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    key: &NewApiKey<'_>,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.api_key
         (id, organisation, name, kind, scopes, prefix, hash, created_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        key.id,
        organisation.0,
        key.name,
        key.kind,
        key.scopes,
        key.prefix,
        key.hash.as_slice(),
        key.created_by,
        key.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A page of keys by id, oldest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    page: crate::read::Page<Uuid>,
) -> Result<Vec<ApiKeyRow>> {
    Ok(sqlx::query_as!(
        ApiKeyRow,
        "select id, name, kind, scopes, prefix, created_by, created_at, expires_at, revoked_at
         from engine.api_key
         where organisation = engine.current_organisation() and ($1::uuid is null or id > $1)
         order by id limit $2",
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Revokes a key; whether there is such a key.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn revoke(conn: &mut PgConnection, id: Uuid) -> Result<bool> {
    let revoked = sqlx::query!(
        "update engine.api_key set revoked_at = coalesce(revoked_at, now()) where id = $1",
        id,
    )
    .execute(conn)
    .await?;
    Ok(revoked.rows_affected() == 1)
}
