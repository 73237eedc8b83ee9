//! Runs: where each person is in a journey. A row moves under its own lock; the people of the rows that move are
//! locked before them, as everywhere.

use crate::{OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use std::time::Duration;
use uuid::Uuid;

/// A run to begin.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Of `run_id`.
    pub id: Uuid,
    /// The journey's name.
    pub journey: String,
    /// The version.
    pub version: i32,
    /// The canonical person.
    pub person: Uuid,
    /// What it is about.
    pub key: String,
    /// What began it.
    pub cause: Value,
    /// When.
    pub entered_at: DateTime<Utc>,
}

/// A run as it is listed.
#[derive(Debug, Clone)]
pub struct RunRow {
    /// Its id.
    pub id: Uuid,
    /// The journey's name.
    pub journey: String,
    /// The version.
    pub version: i32,
    /// Who the person is now.
    pub person: Uuid,
    /// What it is about.
    pub key: String,
    /// What began it.
    pub cause: Value,
    /// When it began.
    pub entered_at: DateTime<Utc>,
    /// Where it is; none before its first step.
    pub node: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When it is looked at; none once it has ended.
    pub due_at: Option<DateTime<Utc>>,
    /// `nothing`, `awaited` or `goal`.
    pub heard: String,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why.
    pub reason: Option<String>,
}

/// Where a run is from now on.
#[derive(Debug, Clone)]
pub struct MovedRun {
    /// Its id.
    pub id: Uuid,
    /// The node.
    pub node: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When it is looked at next; none when it has ended.
    pub due_at: Option<DateTime<Utc>>,
    /// Why it has ended.
    pub reason: Option<&'static str>,
    /// The version by whose holdout it is drawn now; none when it is not.
    pub drawn_in: Option<i32>,
}

/// A run that may hear something.
#[derive(Debug, Clone)]
pub struct WaitingRun {
    /// Its id.
    pub id: Uuid,
    /// The journey's name.
    pub journey: String,
    /// The version.
    pub version: i32,
    /// Who the person is now.
    pub person: Uuid,
    /// Where it is; none before its first step.
    pub node: Option<String>,
}

/// Begins runs that there are none of yet, due now; returns how many.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn begin(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    runs: &[NewRun],
) -> Result<u64> {
    if runs.is_empty() {
        return Ok(0);
    }
    let ids: Vec<Uuid> = runs.iter().map(|run| run.id).collect();
    let journeys: Vec<&str> = runs.iter().map(|run| run.journey.as_str()).collect();
    let versions: Vec<i32> = runs.iter().map(|run| run.version).collect();
    let people: Vec<Uuid> = runs.iter().map(|run| run.person).collect();
    let keys: Vec<&str> = runs.iter().map(|run| run.key.as_str()).collect();
    let causes: Vec<&Value> = runs.iter().map(|run| &run.cause).collect();
    let moments: Vec<DateTime<Utc>> = runs.iter().map(|run| run.entered_at).collect();
    let begun = sqlx::query!(
        "insert into engine.journey_run
             (organisation, id, journey, version, person, key, cause, entered_at, since, due_at)
         select $1, given.*, given.at, now()
         from unnest($2::uuid[], $3::text[], $4::integer[], $5::uuid[], $6::text[], $7::jsonb[],
                     $8::timestamptz[]) given (id, journey, version, person, key, cause, at)
         on conflict on constraint journey_run_pkey do nothing",
        organisation.0,
        &ids,
        &journeys as _,
        &versions,
        &people,
        &keys as _,
        &causes as _,
        &moments,
    )
    .execute(conn)
    .await?;
    Ok(begun.rows_affected())
}

/// Runs of canonical people that are under way.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn of_people(conn: &mut PgConnection, people: &[Uuid]) -> Result<Vec<WaitingRun>> {
    Ok(sqlx::query_as!(
        WaitingRun,
        r#"select run.id, run.journey, run.version, canonical.id as "person!", run.node
           from unnest($1::uuid[]) canonical (id)
           cross join lateral (select id from engine.person where person.canonical = canonical.id) member
           cross join lateral (
               select * from engine.journey_run
               where journey_run.person = member.id and due_at is not null
           ) run"#,
        people,
    )
    .fetch_all(conn)
    .await?)
}

/// Notes what runs have heard, unless they have gone on from where they were, and makes them due. A goal that was
/// heard stays.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn hear(
    conn: &mut PgConnection,
    ids: &[Uuid],
    nodes: &[Option<&str>],
    heard: &[&str],
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update engine.journey_run
         set heard = case when journey_run.heard = 'goal' then 'goal' else given.heard end, due_at = now()
         from unnest($1::uuid[], $2::text[], $3::text[]) given (id, node, heard)
         where organisation = engine.current_organisation() and journey_run.id = given.id
           and due_at is not null and journey_run.node is not distinct from given.node",
        ids,
        nodes as _,
        heard as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes all runs of canonical people due that wait, such as for an hour where they live.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn wake(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    let runs = of_people(conn, people).await?;
    let ids: Vec<Uuid> = runs.iter().map(|run| run.id).collect();
    sqlx::query!(
        "update engine.journey_run set due_at = now()
         where organisation = engine.current_organisation() and id = any($1) and due_at > now()",
        &ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The canonical people of the runs that are due first, and the runs.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn due(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    limit: i64,
) -> Result<Vec<(Uuid, Uuid)>> {
    let rows = sqlx::query!(
        r#"select run.id, person.canonical as "person!"
           from (select id, person from engine.journey_run
                 where organisation = $1 and due_at <= now()
                 order by due_at limit $2) run
           cross join lateral (select canonical from engine.person where person.id = run.person limit 1) person"#,
        organisation.0,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.person, row.id)).collect())
}

/// Locks those of these runs that are still due and that no other worker has.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lock(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<RunRow>> {
    Ok(sqlx::query_as!(
        RunRow,
        r#"select run.id, journey, version, person.canonical as "person!", key, cause, entered_at, node, since,
                  due_at, heard, ended_at, reason
           from engine.journey_run run join engine.person on person.id = run.person
           where run.organisation = engine.current_organisation() and run.id = any($1) and due_at <= now()
           order by run.id for update of run skip locked"#,
        ids,
    )
    .fetch_all(conn)
    .await?)
}

/// Of these runs, those whose person walks the same journey about the same thing in another run that began
/// earlier, as another person that they have become one with.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn doubled(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        r#"select run.id as "id!" from engine.journey_run run
           join engine.person on person.id = run.person
           where run.organisation = engine.current_organisation() and run.id = any($1)
             and exists (
                 select from engine.person member
                 join engine.journey_run other on other.person = member.id
                 where member.canonical = person.canonical and other.due_at is not null
                   and other.journey = run.journey and other.key = run.key
                   and (other.entered_at, other.id) < (run.entered_at, run.id))"#,
        ids,
    )
    .fetch_all(conn)
    .await?)
}

/// Moves runs, which are locked.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn write(conn: &mut PgConnection, runs: &[MovedRun], now: DateTime<Utc>) -> Result<()> {
    if runs.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = runs.iter().map(|run| run.id).collect();
    let nodes: Vec<&str> = runs.iter().map(|run| run.node.as_str()).collect();
    let since: Vec<DateTime<Utc>> = runs.iter().map(|run| run.since).collect();
    let due: Vec<Option<DateTime<Utc>>> = runs.iter().map(|run| run.due_at).collect();
    let reasons: Vec<Option<&str>> = runs.iter().map(|run| run.reason).collect();
    let drawn: Vec<Option<i32>> = runs.iter().map(|run| run.drawn_in).collect();
    sqlx::query!(
        "update engine.journey_run
         set node = moved.node, since = moved.since, due_at = moved.due_at, heard = 'nothing',
             reason = moved.reason, ended_at = case when moved.reason is not null then $6::timestamptz end,
             drawn_in = coalesce(journey_run.drawn_in, moved.drawn_in)
         from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $7::integer[])
              moved (id, node, since, due_at, reason, drawn_in)
         where organisation = engine.current_organisation() and journey_run.id = moved.id",
        &ids,
        &nodes as _,
        &since,
        &due as _,
        &reasons as _,
        now,
        &drawn as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A run that was ended: its journey, version and node.
#[derive(Debug, Clone)]
pub struct EndedRun {
    /// The journey's name.
    pub journey: String,
    /// The version.
    pub version: i32,
    /// Where it was; none before its first step.
    pub node: Option<String>,
}

/// Ends the runs of people that are under way.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn end_of_people(
    conn: &mut PgConnection,
    people: &[Uuid],
    reason: &str,
) -> Result<Vec<EndedRun>> {
    Ok(sqlx::query_as!(
        EndedRun,
        "update engine.journey_run set due_at = null, ended_at = now(), reason = $2, cause = '{}'
         where person = any($1) and due_at is not null
         returning journey, version, node",
        people,
        reason,
    )
    .fetch_all(conn)
    .await?)
}

/// Ends those of these runs that are under way.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn end(conn: &mut PgConnection, ids: &[Uuid], reason: &str) -> Result<Vec<EndedRun>> {
    Ok(sqlx::query_as!(
        EndedRun,
        "update engine.journey_run set due_at = null, ended_at = now(), reason = $2
         where organisation = engine.current_organisation() and id = any($1) and due_at is not null
         returning journey, version, node",
        ids,
        reason,
    )
    .fetch_all(conn)
    .await?)
}

/// Ends the runs of a journey that are under way.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn end_of_journey(
    conn: &mut PgConnection,
    journey: &str,
    reason: &str,
) -> Result<Vec<EndedRun>> {
    Ok(sqlx::query_as!(
        EndedRun,
        "update engine.journey_run set due_at = null, ended_at = now(), reason = $2
         where organisation = engine.current_organisation() and journey = $1 and due_at is not null
         returning journey, version, node",
        journey,
        reason,
    )
    .fetch_all(conn)
    .await?)
}

/// Moves the runs of a journey's other versions into one that has all nodes of `nodes`, where they are at one of
/// these, and makes them due; returns where they were.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn transfer(
    conn: &mut PgConnection,
    journey: &str,
    version: i32,
    nodes: &[&str],
) -> Result<Vec<EndedRun>> {
    Ok(sqlx::query_as!(
        EndedRun,
        r#"with moving as (
               select id, version from engine.journey_run
               where organisation = engine.current_organisation() and journey = $1 and due_at is not null
                 and version <> $2 and (node is null or node = any($3))
               order by id for update
           )
           update engine.journey_run run set version = $2, due_at = now() from moving
           where run.organisation = engine.current_organisation() and run.id = moving.id
           returning run.journey, moving.version as "version!", run.node"#,
        journey,
        version,
        nodes as _,
    )
    .fetch_all(conn)
    .await?)
}

/// How long it is until a run is due; none when none waits.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn next_due(
    conn: &mut PgConnection,
    organisation: OrganisationId,
) -> Result<Option<Duration>> {
    let secs = sqlx::query_scalar!(
        "select extract(epoch from due_at - clock_timestamp())::float8
         from engine.journey_run where organisation = $1 and due_at is not null order by due_at limit 1",
        organisation.0,
    )
    .fetch_optional(conn)
    .await?
    .flatten();
    Ok(secs.map(|secs| Duration::try_from_secs_f64(secs).unwrap_or_default()))
}

/// A page of a journey's runs, by id.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    journey: &str,
    person: Option<Uuid>,
    page: Page<Uuid>,
) -> Result<Vec<RunRow>> {
    Ok(sqlx::query_as!(
        RunRow,
        r#"select run.id, journey, version, person.canonical as "person!", key, cause, entered_at, node, since,
                  due_at, heard, ended_at, reason
           from engine.journey_run run join engine.person on person.id = run.person
           where run.organisation = engine.current_organisation() and journey = $1
             and ($2::uuid is null or person.canonical = $2) and ($3::uuid is null or run.id > $3)
           order by run.id limit $4"#,
        journey,
        person,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}
