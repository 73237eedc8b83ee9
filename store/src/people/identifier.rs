//! What people are known by.

use super::person::IdentifierKey;
use crate::{Result, rules::stored};
use sqlx::PgConnection;
use uuid::Uuid;

/// The identifiers of people, as digests.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn digests(conn: &mut PgConnection, people: &[Uuid]) -> Result<Vec<IdentifierKey>> {
    let rows = sqlx::query!(
        r#"select kind, digest as "digest: [u8; 32]" from engine.identifier where person = any($1)"#,
        people,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(IdentifierKey {
                kind: stored(row.kind.into(), "identifier")?,
                digest: row.digest,
            })
        })
        .collect()
}

/// Notes that the organisation or the chain vouches for identifiers.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn vouch(conn: &mut PgConnection, keys: &[IdentifierKey]) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let kinds: Vec<&str> = keys.iter().map(|key| key.kind.as_str()).collect();
    let digests: Vec<&[u8]> = keys.iter().map(|key| key.digest.as_slice()).collect();
    sqlx::query!(
        "update engine.identifier set vouched = true
         from unnest($1::text[], $2::bytea[]) stated (kind, digest)
         cross join lateral (
             select ctid as place from engine.identifier
             where identifier.organisation = engine.current_organisation()
               and identifier.kind = stated.kind and identifier.digest = stated.digest
             limit 1
         ) found
         where identifier.ctid = found.place",
        &kinds as _,
        &digests as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}
