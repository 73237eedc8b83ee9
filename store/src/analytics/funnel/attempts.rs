//! What is kept of each person, and the sums.

use crate::{OrganisationId, Result, StoreError};
use sqlx::PgConnection;
use std::collections::HashMap;
use tessera_domain::analytics::funnel::{Attempt, FunnelCounts, PersonHits};
use uuid::Uuid;

/// Hits of those of these people who have any. The people are locked.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn hits(
    conn: &mut PgConnection,
    id: i32,
    people: &[Uuid],
) -> Result<HashMap<Uuid, PersonHits>> {
    let rows = sqlx::query!(
        "select found.person, found.hits from unnest($2::uuid[]) wanted (person)
         cross join lateral (
             select person, hits from engine.funnel_person
             where funnel = $1 and person = wanted.person limit 1
         ) found",
        id,
        people,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok((
                row.person,
                PersonHits::from_bytes(&row.hits).map_err(StoreError::Hits)?,
            ))
        })
        .collect()
}

/// Rows of people, column by column.
#[derive(Default)]
pub struct Rows {
    people: Vec<Uuid>,
    hits: Vec<Vec<u8>>,
    levels: Vec<i16>,
    days: Vec<i32>,
    breakdowns: Vec<String>,
}

impl Rows {
    /// Adds a person's row.
    pub fn push(&mut self, person: Uuid, hits: &PersonHits, attempt: Option<&Attempt>) {
        self.people.push(person);
        self.hits.push(hits.to_bytes());
        self.levels
            .push(attempt.map_or(0, |it| i16::try_from(it.level).unwrap_or(i16::MAX)));
        self.days
            .push(attempt.map_or(0, |it| day(it.started_at.day())));
        self.breakdowns.push(
            attempt
                .and_then(|it| it.breakdown.clone())
                .unwrap_or_default(),
        );
    }

    /// Writes the rows in place of those that are there.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn write(
        &self,
        conn: &mut PgConnection,
        organisation: OrganisationId,
        id: i32,
    ) -> Result<()> {
        if self.people.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "insert into engine.funnel_person
                 (organisation, funnel, person, hits, level, day, breakdown)
             select $1, $2, new.*
             from unnest($3::uuid[], $4::bytea[], $5::smallint[], $6::int[], $7::text[]) new
             on conflict (funnel, person) do update
             set hits = excluded.hits, level = excluded.level, day = excluded.day,
                 breakdown = excluded.breakdown",
            organisation.0,
            id,
            &self.people,
            &self.hits,
            &self.levels,
            &self.days,
            &self.breakdowns,
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}

/// Removes the rows of people without hits.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn forget(conn: &mut PgConnection, id: i32, people: &[Uuid]) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "delete from engine.funnel_person where funnel = $1 and person = any($2)",
        id,
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds to the sums, in one order for all transactions.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn add(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: i32,
    changes: &FunnelCounts,
) -> Result<()> {
    let (mut days, mut breakdowns, mut measures, mut amounts) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (at, breakdown, measure, amount) in changes.rows() {
        days.push(day(at));
        breakdowns.push(breakdown.unwrap_or_default().to_owned());
        measures.push(measure.code());
        amounts.push(amount);
    }
    if days.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into engine.funnel_count as stored
             (organisation, funnel, day, breakdown, measure, amount)
         select $1, $2, new.*
         from unnest($3::int[], $4::text[], $5::int[], $6::bigint[])
              new (day, breakdown, measure, amount)
         order by day, breakdown, measure
         on conflict (funnel, day, breakdown, measure) do update
         set amount = stored.amount + excluded.amount",
        organisation.0,
        id,
        &days,
        &breakdowns,
        &measures,
        &amounts,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A day as it is stored; the capture's bounds on time keep it far inside.
pub(super) fn day(day: i64) -> i32 {
    i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX })
}
