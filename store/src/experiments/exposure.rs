//! What people have seen, as the measurements of running experiments keep it.

use crate::{Result, projection::bundles};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// What is kept of what each person has seen, by projection and person. People who saw nothing are left out.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn kept(
    conn: &mut PgConnection,
    projections: &[i32],
    people: &[Uuid],
) -> Result<HashMap<(i32, Uuid), Vec<u8>>> {
    if projections.is_empty() {
        return Ok(HashMap::new());
    }
    let mut states = HashMap::new();
    for (person, bundle) in bundles(conn, people).await? {
        for projection in projections {
            if let Some(kept) = bundle.get(*projection) {
                states.insert((*projection, person), kept.state.clone());
            }
        }
    }
    Ok(states)
}

/// The segments that each person is a member of.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn segments(
    conn: &mut PgConnection,
    people: &[Uuid],
) -> Result<HashMap<Uuid, Vec<String>>> {
    let rows = sqlx::query!(
        "select found.person, found.segment
         from unnest($1::uuid[]) wanted (person)
         cross join lateral (
             select person, segment from engine.segment_member
             where organisation = engine.current_organisation()
               and segment_member.person = wanted.person
             offset 0
         ) found",
        people,
    )
    .fetch_all(conn)
    .await?;
    let mut segments: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in rows {
        segments.entry(row.person).or_default().push(row.segment);
    }
    Ok(segments)
}
