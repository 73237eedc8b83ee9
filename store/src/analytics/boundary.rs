//! The event log as it was at a moment.
//!
//! Law: a boundary that is drawn under [`rules::lock`](crate::rules::lock) divides events and merges
//! into those that whoever holds the lock sees, and those that come later. Positions are drawn, and
//! merges are dated, by transactions that share the lock until they end; the moment of receipt, which
//! is another process's and lies before its transaction, would not tell.

use super::histories::{OfPerson, OnPerson, Question, by_person};
use crate::Result;
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use tessera_domain::event::Properties;
use uuid::Uuid;

/// Until where the log goes, and as of when people are who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boundary {
    /// The last position that may be part of it.
    pub position: i64,
    /// The moment, by the database's clock, through which merges are part of it.
    pub merged_through: DateTime<Utc>,
}

/// The end of the log. Runs under [`rules::lock`](crate::rules::lock).
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn draw(conn: &mut PgConnection) -> Result<Boundary> {
    Ok(sqlx::query_as!(
        Boundary,
        r#"select case when is_called then last_value else 0 end as "position!",
                  clock_timestamp() as "merged_through!"
           from engine.event_position_seq"#,
    )
    .fetch_one(conn)
    .await?)
}

/// Calls `each` once for every person with events that match and lie within the boundary, in any order
/// of people. A person is who is canonical now, but for those in `regrouped`: `(person, canonical)`.
///
/// # Errors
/// [`StoreError`](crate::StoreError) when the store fails or takes too long.
pub async fn histories(
    conn: &mut PgConnection,
    question: &Question,
    boundary: &Boundary,
    regrouped: &[(Uuid, Uuid)],
    each: OnPerson<'_>,
) -> Result<()> {
    let (people, canonical): (Vec<Uuid>, Vec<Uuid>) = regrouped.iter().copied().unzip();
    let rows = sqlx::query_as!(
        OfPerson,
        r#"select coalesce(regrouped.canonical, person.canonical) as "canonical!",
                  message_key, name, at, properties as "properties: Json<Properties>"
           from engine.event join engine.person on person.id = event.person
           left join unnest($5::uuid[], $6::uuid[]) regrouped (person, canonical)
                on regrouped.person = event.person
           where event.organisation = engine.current_organisation()
             and (cardinality($1::text[]) = 0 or name = any($1))
             and at >= coalesce($2, '-infinity'::timestamptz)
             and at < coalesce($3, 'infinity'::timestamptz)
             and position <= $4
           order by 1, at, message_key"#,
        &question.names,
        question.from.map(DateTime::<Utc>::from),
        question.until.map(DateTime::<Utc>::from),
        boundary.position,
        &people,
        &canonical,
    )
    .fetch(conn);
    by_person(rows, each).await
}
