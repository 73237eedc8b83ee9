//! What is kept current as events arrive: each person's state under a definition, and sums.
//!
//! Projections are added and removed only under [`rules::lock`](crate::rules::lock), so that
//! arriving events reach all of them. The people whose states are read and written are locked.

mod bundle;
mod moments;
mod people;
mod sums;

pub use bundle::{
    Bundle, bundles, due, labels_together, page_of_bundles, strip, to_strip, write_bundles,
};
pub use moments::{add_moments, moments};
pub use people::{Rows, StateRow, forget, forget_removed, kept, states};
pub use sums::{AllSums, SHARDS, add, sums};

use crate::{OrganisationId, Result, rule_set::RuleKind};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tessera_domain::event::Agent;
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

/// Closes a projection: nothing is applied to it any more, its sums stay as they are, and what it keeps of
/// people goes.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn close(conn: &mut PgConnection, id: i32) -> Result<()> {
    sqlx::query!(
        "update engine.projection set status = 'closing' where id = $1",
        id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Projections that are closed and may still keep something of people.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn closing(conn: &mut PgConnection) -> Result<Vec<i32>> {
    Ok(sqlx::query_scalar!(
        "select id from engine.projection
         where organisation = engine.current_organisation() and status = 'closing'",
    )
    .fetch_all(conn)
    .await?)
}

/// Notes that these projections, which are closed, keep nothing of people any more.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn closed(conn: &mut PgConnection, ids: &[i32]) -> Result<()> {
    sqlx::query!(
        "update engine.projection set status = 'closed' where id = any($1) and status = 'closing'",
        ids,
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
             delete from engine.projection_span_sum where projection in (select id from gone)),
         moment as (
             delete from engine.projection_moment where projection in (select id from gone))
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
              or exists (
               select from engine.projection_bundle due
               where due.organisation = engine.organisation.id and next_at <= $1)
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
        r#"select person as "person!"
           from (
               (select person, next_at
                from engine.projection_person due join engine.projection on projection.id = projection
                where due.organisation = engine.current_organisation() and next_at <= $1
                  and status <> 'removed'
                order by next_at limit $2)
               union all
               (select person, next_at from engine.projection_bundle
                where organisation = engine.current_organisation() and next_at <= $1
                order by next_at limit $2)) due
           order by next_at limit $2"#,
        now,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
