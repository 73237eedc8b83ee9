//! Who does not want to be shown on a leader board.

use crate::{OrganisationId, Result};
use sqlx::PgConnection;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Notes that a person does not want to be shown.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    person: Uuid,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.leader_board_refusal (organisation, person, refused_at)
         values ($1, $2, now()) on conflict do nothing",
        organisation.0,
        person,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets it of these people.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "delete from engine.leader_board_refusal where person = any($1)",
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Those of canonical people who do not want to be shown, as themselves or as one who was merged into them.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn among(conn: &mut PgConnection, canonical: &[Uuid]) -> Result<BTreeSet<Uuid>> {
    let hidden = sqlx::query_scalar!(
        "select canonical from engine.leader_board_refusal join engine.person on id = person
         where canonical = any($1)",
        canonical,
    )
    .fetch_all(conn)
    .await?;
    Ok(hidden.into_iter().collect())
}
