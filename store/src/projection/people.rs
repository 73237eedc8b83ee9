//! What is kept of people under projections: their states, their places, and their places in ranges of
//! days, which replace each other together.

use crate::{OrganisationId, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashMap};
use tessera_domain::projection::{Kept, Place, RangedPlace};
use uuid::Uuid;

/// A person's state under a projection.
#[derive(Debug, Clone)]
pub struct StateRow {
    /// The state, encoded by its kind.
    pub state: Vec<u8>,
    /// From when on the place may be another one without any event.
    pub next_at: Option<DateTime<Utc>>,
}

/// The states of people, each under the projection at the same place in the list. People without a
/// state are left out.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn states(
    conn: &mut PgConnection,
    projections: &[i32],
    people: &[Uuid],
) -> Result<HashMap<(i32, Uuid), StateRow>> {
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "select found.projection, found.person, found.state, found.next_at
         from unnest($1::int[], $2::uuid[]) wanted (projection, person)
         cross join lateral (
             select projection, person, state, next_at from engine.projection_person
             where projection_person.projection = wanted.projection
               and projection_person.person = wanted.person
             limit 1
         ) found",
        projections,
        people,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (state, next_at) = (row.state, row.next_at);
            ((row.projection, row.person), StateRow { state, next_at })
        })
        .collect())
}

/// States of people, column by column.
#[derive(Debug, Default)]
pub struct Rows {
    projections: Vec<i32>,
    people: Vec<Uuid>,
    states: Vec<Vec<u8>>,
    order_keys: Vec<i64>,
    moments: Vec<DateTime<Utc>>,
    labels: Vec<String>,
    next: Vec<Option<DateTime<Utc>>>,
    ranged: Ranged,
}

/// Places in ranges of days, column by column.
#[derive(Debug, Default)]
struct Ranged {
    /// Those whose places are replaced.
    replaced: (Vec<i32>, Vec<Uuid>),
    projections: Vec<i32>,
    people: Vec<Uuid>,
    days: Vec<i32>,
    after: Vec<Option<i32>>,
    before: Vec<Option<i32>>,
    order_keys: Vec<i64>,
    labels: Vec<String>,
}

impl Ranged {
    fn push(&mut self, projection: i32, person: Uuid, places: Vec<RangedPlace>) {
        self.replaced.0.push(projection);
        self.replaced.1.push(person);
        for place in places {
            self.projections.push(projection);
            self.people.push(person);
            self.days.push(place.day);
            self.after.push(place.after_day);
            self.before.push(place.before_day);
            self.order_keys.push(place.order_key);
            self.labels.push(place.label);
        }
    }

    async fn write(&self, conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
        if self.replaced.1.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "delete from engine.projection_place
             using unnest($1::int[], $2::uuid[]) replaced (projection, person)
             where projection_place.projection = replaced.projection
               and projection_place.person = replaced.person",
            &self.replaced.0,
            &self.replaced.1,
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query!(
            "insert into engine.projection_place
                 (organisation, projection, person, day, after_day, before_day, order_key, label)
             select $1, new.*
             from unnest($2::int[], $3::uuid[], $4::int[], $5::int[], $6::int[], $7::bigint[],
                         $8::text[]) new",
            organisation.0,
            &self.projections,
            &self.people,
            &self.days,
            &self.after as _,
            &self.before as _,
            &self.order_keys,
            &self.labels,
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}

impl Rows {
    /// Adds a person's state under a projection; `ranged_changed` says whether the places in ranges
    /// of days are other ones than are stored.
    pub fn push(&mut self, projection: i32, person: Uuid, kept: Kept, ranged_changed: bool) {
        self.projections.push(projection);
        self.people.push(person);
        self.states.push(kept.state);
        self.order_keys.push(kept.place.order_key);
        self.moments.push(kept.place.at.into());
        self.labels.push(kept.place.label);
        self.next.push(kept.place.next.map(Into::into));
        if ranged_changed {
            self.ranged.push(projection, person, kept.ranged);
        }
    }

    /// Writes the states, replacing stored ones.
    ///
    /// # Errors
    /// [`StoreError::Database`](crate::StoreError::Database).
    pub async fn write(&self, conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
        if self.people.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "insert into engine.projection_person
                 (organisation, projection, person, state, order_key, at, label, next_at)
             select $1, new.*
             from unnest($2::int[], $3::uuid[], $4::bytea[], $5::bigint[], $6::timestamptz[],
                         $7::text[], $8::timestamptz[]) new
             on conflict (projection, person) do update
             set state = excluded.state, order_key = excluded.order_key, at = excluded.at,
                 label = excluded.label, next_at = excluded.next_at",
            organisation.0,
            &self.projections,
            &self.people,
            &self.states,
            &self.order_keys,
            &self.moments,
            &self.labels,
            &self.next as _,
        )
        .execute(&mut *conn)
        .await?;
        self.ranged.write(conn, organisation).await
    }
}

/// Removes the states of people, each under the projection at the same place in the list.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget(conn: &mut PgConnection, projections: &[i32], people: &[Uuid]) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "with places as (
             delete from engine.projection_place
             using unnest($1::int[], $2::uuid[]) gone (projection, person)
             where projection_place.projection = gone.projection
               and projection_place.person = gone.person)
         delete from engine.projection_person
         using unnest($1::int[], $2::uuid[]) gone (projection, person)
         cross join lateral (
             select ctid as place from engine.projection_person
             where projection_person.projection = gone.projection
               and projection_person.person = gone.person
             limit 1
         ) found
         where projection_person.ctid = found.place",
        projections,
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes the states of people under removed projections, which nothing updates any longer.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget_removed(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "with removed as (
             select id from engine.projection
             where organisation = engine.current_organisation() and status = 'removed'),
         places as (
             delete from engine.projection_place
             where projection in (select id from removed) and person = any($1))
         delete from engine.projection_person
         where projection in (select id from removed) and person = any($1)",
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The states of at most `limit` people after `after`, by id.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn kept(
    conn: &mut PgConnection,
    id: i32,
    after: Uuid,
    limit: i64,
) -> Result<BTreeMap<Uuid, Kept>> {
    let rows = sqlx::query!(
        "select person, state, order_key, at, label, next_at from engine.projection_person
         where projection = $1 and person > $2 order by person limit $3",
        id,
        after,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let people: Vec<Uuid> = rows.iter().map(|row| row.person).collect();
    let mut ranged = ranged(conn, id, &people).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let place = Place {
                order_key: row.order_key,
                at: row.at.into(),
                label: row.label,
                next: row.next_at.map(Into::into),
            };
            let kept = Kept {
                state: row.state,
                place,
                ranged: ranged.remove(&row.person).unwrap_or_default(),
            };
            (row.person, kept)
        })
        .collect())
}

/// Places of people in ranges of days, by day.
async fn ranged(
    conn: &mut PgConnection,
    id: i32,
    people: &[Uuid],
) -> Result<HashMap<Uuid, Vec<RangedPlace>>> {
    let rows = sqlx::query!(
        "select person, day, after_day, before_day, order_key, label
         from engine.projection_place where projection = $1 and person = any($2) order by day",
        id,
        people,
    )
    .fetch_all(conn)
    .await?;
    let mut places: HashMap<Uuid, Vec<RangedPlace>> = HashMap::new();
    for row in rows {
        places.entry(row.person).or_default().push(RangedPlace {
            day: row.day,
            order_key: row.order_key,
            label: row.label,
            after_day: row.after_day,
            before_day: row.before_day,
        });
    }
    Ok(places)
}
