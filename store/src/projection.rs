//! What is kept current as events arrive: each person's state under a definition, and sums.
//!
//! Projections are added and removed only under [`rules::lock`](crate::rules::lock), so that
//! arriving events reach all of them. The people whose states are read and written are locked.

use crate::{OrganisationId, Result, rule_set::RuleKind};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashMap};
use tessera_domain::{
    event::Agent,
    projection::{Kept, Measured, RangedPlace},
};
use uuid::Uuid;

/// Kind of the projection that counts events by day and name.
pub const EVENTS: &str = "events";
/// Kind of the projection that counts clicks on referral links by day and code.
pub const CLICKS: &str = "clicks";
/// The measure of clicks by such agents.
pub fn click_measure(agent: Agent) -> i32 {
    match agent {
        Agent::Human => 0,
        Agent::Machine => 1,
        Agent::Unknown => 2,
    }
}

/// Rows of a sum: each writer adds to one of them, drawn at random.
pub const SHARDS: i16 = 8;
/// Rows of the sum of a span of days.
const SPAN_SHARDS: i16 = 2;

/// Sums of several projections, by the projection's number.
pub type AllSums = BTreeMap<(i32, Measured), i64>;

/// Adds a projection of a rule set, still to be built.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), also when it exists already.
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    kind: RuleKind,
    name: &str,
    version: i32,
) -> Result<i32> {
    Ok(sqlx::query_scalar!(
        "insert into engine.projection (organisation, kind, name, version, status)
         values ($1, $2, $3, $4, 'building') returning id",
        organisation.0,
        kind.as_str(),
        name,
        version,
    )
    .fetch_one(conn)
    .await?)
}

/// Adds the projections that count without a definition, current from the start.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert_counts(conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
    sqlx::query!(
        "insert into engine.projection (organisation, kind, name, status)
         select $1, kind, '', 'live' from unnest($2::text[]) kind",
        organisation.0,
        &[EVENTS, CLICKS] as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a projection is complete, and removes those of other versions of its rule set.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn go_live(conn: &mut PgConnection, id: i32) -> Result<()> {
    sqlx::query!(
        "update engine.projection
         set status = case when projection.id = $1 then 'live' else 'removed' end
         from engine.projection built
         where built.id = $1 and built.status <> 'removed'
           and projection.organisation = built.organisation and projection.kind = built.kind
           and projection.name = built.name and projection.status <> 'removed'",
        id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a projection. [`purge`] deletes what is kept for it.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove(conn: &mut PgConnection, id: i32) -> Result<()> {
    sqlx::query!(
        "update engine.projection set status = 'removed' where id = $1",
        id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes what is kept for removed projections, of at most `limit` people; whether there may be
/// more. Nothing updates a removed projection, so nothing waits for this.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn purge(conn: &mut PgConnection, limit: i64) -> Result<bool> {
    let cleared = sqlx::query_scalar!(
        r#"with removed as (
             select id from engine.projection
             where organisation = engine.current_organisation() and status = 'removed'),
         people as (
             delete from engine.projection_person using (
                 select projection, person from engine.projection_person
                 where projection in (select id from removed) limit $1) gone
             where projection_person.projection = gone.projection
               and projection_person.person = gone.person
             returning 1),
         places as (
             delete from engine.projection_place using (
                 select projection, person, day from engine.projection_place
                 where projection in (select id from removed) limit $1) gone
             where projection_place.projection = gone.projection
               and projection_place.person = gone.person and projection_place.day = gone.day
             returning 1)
         select (select count(*) from people) + (select count(*) from places) as "cleared!""#,
        limit,
    )
    .fetch_one(&mut *conn)
    .await?;
    if cleared > 0 {
        return Ok(true);
    }
    sqlx::query!(
        "with gone as (
             select id from engine.projection
             where organisation = engine.current_organisation() and status = 'removed'),
         span_sum as (
             delete from engine.projection_span_sum where projection in (select id from gone))
         delete from engine.projection_sum where projection in (select id from gone)",
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from engine.projection
         where organisation = engine.current_organisation() and status = 'removed'",
    )
    .execute(conn)
    .await?;
    Ok(false)
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
) -> Result<HashMap<(i32, Uuid), Vec<u8>>> {
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "select found.projection, found.person, found.state
         from unnest($1::int[], $2::uuid[]) wanted (projection, person)
         cross join lateral (
             select projection, person, state from engine.projection_person
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
        .map(|row| ((row.projection, row.person), row.state))
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

/// Adds to sums, in the same order in all transactions. Others that drew the same shard wait for
/// these rows until the transaction ends, so this comes last.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn add(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    shard: i16,
    sums: &AllSums,
) -> Result<()> {
    let (spans, days): (Vec<_>, Vec<_>) = sums
        .iter()
        .filter(|(_, amount)| **amount != 0)
        .partition(|((_, measured), _)| measured.through_day.is_some());
    add_to_days(conn, organisation, shard.rem_euclid(SHARDS), &days).await?;
    add_to_spans(conn, organisation, shard.rem_euclid(SPAN_SHARDS), &spans).await
}

/// An amount of a projection's sum.
type Part<'a> = (&'a (i32, Measured), &'a i64);

async fn add_to_days(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    shard: i16,
    parts: &[Part<'_>],
) -> Result<()> {
    if parts.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(parts);
    sqlx::query!(
        "insert into engine.projection_sum as stored
             (organisation, shard, projection, day, label, measure, amount)
         select $1, $2, new.*
         from unnest($3::int[], $4::int[], $5::text[], $6::int[], $7::bigint[])
              new (projection, day, label, measure, amount)
         order by projection, day, label, measure
         on conflict (projection, day, label, measure, shard) do update
         set amount = stored.amount + excluded.amount",
        organisation.0,
        shard,
        &columns.projections,
        &columns.days,
        &columns.labels as _,
        &columns.measures,
        &columns.amounts,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn add_to_spans(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    shard: i16,
    parts: &[Part<'_>],
) -> Result<()> {
    if parts.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(parts);
    let through: Vec<_> = parts.iter().map(|((_, it), _)| it.through_day).collect();
    sqlx::query!(
        "insert into engine.projection_span_sum as stored
             (organisation, shard, projection, day, through_day, label, measure, amount)
         select $1, $2, new.*
         from unnest($3::int[], $4::int[], $5::int[], $6::text[], $7::int[], $8::bigint[])
              new (projection, day, through_day, label, measure, amount)
         order by projection, day, through_day, label, measure
         on conflict (projection, day, through_day, label, measure, shard) do update
         set amount = stored.amount + excluded.amount",
        organisation.0,
        shard,
        &columns.projections,
        &columns.days,
        &through as _,
        &columns.labels as _,
        &columns.measures,
        &columns.amounts,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Amounts of sums, column by column.
struct Columns<'a> {
    projections: Vec<i32>,
    days: Vec<i32>,
    labels: Vec<&'a str>,
    measures: Vec<i32>,
    amounts: Vec<i64>,
}

impl<'a> Columns<'a> {
    fn of(parts: &[Part<'a>]) -> Self {
        Self {
            projections: parts.iter().map(|((id, _), _)| *id).collect(),
            days: parts.iter().map(|((_, it), _)| it.day).collect(),
            labels: parts.iter().map(|((_, it), _)| it.label.as_str()).collect(),
            measures: parts.iter().map(|((_, it), _)| it.measure).collect(),
            amounts: parts.iter().map(|(_, amount)| **amount).collect(),
        }
    }
}

/// All sums of a projection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn sums(conn: &mut PgConnection, id: i32) -> Result<BTreeMap<Measured, i64>> {
    let rows = sqlx::query!(
        r#"select day as "day!", through_day, label as "label!", measure as "measure!",
                  sum(amount)::bigint as "amount!"
           from (select day, null::int as through_day, label, measure, amount
                 from engine.projection_sum where projection = $1
                 union all
                 select day, through_day, label, measure, amount
                 from engine.projection_span_sum where projection = $1) stored
           group by day, through_day, label, measure having sum(amount) <> 0"#,
        id,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let measured = Measured {
                day: row.day,
                through_day: row.through_day,
                label: row.label,
                measure: row.measure,
            };
            (measured, row.amount)
        })
        .collect())
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
            let place = tessera_domain::projection::Place {
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

/// Organisations with people whose place may be another one at `now` without any event. For a plain
/// connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn organisations_due(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<Vec<OrganisationId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: OrganisationId" from engine.organisation
           where exists (
               select from engine.projection_person due
               join engine.projection on projection.id = due.projection
               where due.organisation = engine.organisation.id and next_at <= $1
                 and status <> 'removed')
           order by id"#,
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// People of the organisation whose place may be another one at `now` without any event, those who
/// have waited longest.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn people_due(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select person
         from engine.projection_person due join engine.projection on projection.id = projection
         where due.organisation = engine.current_organisation() and next_at <= $1
           and status <> 'removed'
         order by next_at limit $2",
        now,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
