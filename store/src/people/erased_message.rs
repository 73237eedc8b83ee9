//! Messages of erased people, which must not count again. Nothing links them to a person.

use crate::{OrganisationId, Result};
use sqlx::PgConnection;
use std::collections::HashSet;
use uuid::Uuid;

/// Stores messages by their keys.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    keys: &[Uuid],
) -> Result<()> {
    sqlx::query!(
        "insert into engine.erased_message (organisation, message_key)
         select $1, key from unnest($2::uuid[]) new (key) order by key
         on conflict do nothing",
        organisation.0,
        keys,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Those of `keys` whose messages are stored here.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn among(conn: &mut PgConnection, keys: &[Uuid]) -> Result<HashSet<Uuid>> {
    let found = sqlx::query_scalar!(
        "select found.message_key
         from unnest($1::uuid[]) wanted (message_key)
         cross join lateral (
             select message_key from engine.erased_message
             where organisation = engine.current_organisation()
               and message_key = wanted.message_key
             limit 1
         ) found",
        keys,
    )
    .fetch_all(conn)
    .await?;
    Ok(found.into_iter().collect())
}
