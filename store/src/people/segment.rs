//! Segments: each is a series of versions of a rule set with projections, and has members.
//! Membership is one table for all versions, so that a change of it is an entry or an exit, whatever
//! caused it.

use crate::{
    OrganisationId, Result, projection,
    read::Page,
    rule_set::{self, RuleKind},
    rules::stored,
};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use std::collections::BTreeSet;
use tessera_domain::{people::segment::SegmentDefinition, projection::MEMBERS};
use uuid::Uuid;

/// A segment: the version whose projection is complete, or the first one while that is being built.
#[derive(Debug, Clone)]
pub struct SegmentRow {
    /// Unique in the organisation.
    pub name: String,
    /// The version.
    pub version: i32,
    /// Whether the version is in force: the members are what it says.
    pub live: bool,
    /// The version that will replace it.
    pub building: Option<i32>,
    /// The version's definition.
    pub definition: SegmentDefinition,
    /// Number of members.
    pub members: i64,
    /// The API key or wallet that wrote the version.
    pub created_by: String,
    /// When the version was written.
    pub created_at: DateTime<Utc>,
}

/// A member of a segment.
#[derive(Debug, Clone, Copy)]
pub struct MemberRow {
    /// The canonical person.
    pub person: Uuid,
    /// When they became a member.
    pub entered_at: DateTime<Utc>,
}

/// A page of segments by name.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn list(conn: &mut PgConnection, page: Page<String>) -> Result<Vec<SegmentRow>> {
    let rows = sqlx::query!(
        r#"select distinct on (kept.name) kept.name, kept.version as "version!",
                  rule_set.status = 'published' as "live!", body, created_by, created_at,
                  (select building.version from engine.projection building
                   where building.organisation = kept.organisation and building.kind = $3
                     and building.name = kept.name and building.status = 'building'
                     and building.id <> kept.id) as building,
                  coalesce((select sum(amount)::bigint from engine.projection_sum
                            where projection = kept.id and day = $4 and label = $5
                              and measure = $6), 0) as "members!"
           from engine.projection kept join engine.rule_set using (organisation, kind, name, version)
           where organisation = engine.current_organisation() and kept.kind = $3
             and kept.status <> 'removed' and ($1::text is null or kept.name > $1)
           order by kept.name, kept.status = 'live' desc limit $2"#,
        page.after,
        page.limit,
        RuleKind::Segment.as_str(),
        MEMBERS.day,
        MEMBERS.label,
        MEMBERS.measure,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SegmentRow {
                name: row.name,
                version: row.version,
                live: row.live,
                building: row.building,
                definition: stored(row.body, "segment")?,
                members: row.members,
                created_by: row.created_by,
                created_at: row.created_at,
            })
        })
        .collect()
}

/// Adds a version, to be built, in place of one that is being built. Runs under
/// [`rules::lock`](crate::rules::lock).
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    name: &str,
    definition: &Value,
    created_by: &str,
) -> Result<i32> {
    let kind = RuleKind::Segment;
    retire(conn, name, &["building"]).await?;
    // One whose members were being brought in line gives that up to the next one.
    sqlx::query!(
        "update engine.rule_set set status = 'retired'
         where organisation = engine.current_organisation() and kind = $1 and name = $2
           and status = 'building'",
        kind.as_str(),
        name,
    )
    .execute(&mut *conn)
    .await?;
    let version =
        rule_set::insert_named(conn, organisation, kind, name, definition, created_by).await?;
    rule_set::build(conn, kind, name, version).await?;
    projection::insert(conn, organisation, kind, name, version).await?;
    Ok(version)
}

/// Ends all memberships of a segment that there is no more, or not yet.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn clear(conn: &mut PgConnection, name: &str) -> Result<()> {
    sqlx::query!(
        "delete from engine.segment_member
         where organisation = engine.current_organisation() and segment = $1",
        name,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Name and definition of each segment's newest version.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn newest(conn: &mut PgConnection) -> Result<Vec<(String, SegmentDefinition)>> {
    let rows = sqlx::query!(
        "select distinct on (name) name, body
         from engine.projection join engine.rule_set using (organisation, kind, name, version)
         where organisation = engine.current_organisation() and kind = $1
           and projection.status <> 'removed'
         order by name, version desc",
        RuleKind::Segment.as_str(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Ok((row.name, stored(row.body, "segment")?)))
        .collect()
}

/// A version whose projection is complete, and whose members are not in line with it yet.
#[derive(Debug, Clone)]
pub struct Unsynced {
    /// Number of the projection.
    pub projection: i32,
    /// The segment's name.
    pub name: String,
    /// The version.
    pub version: i32,
}

/// Versions to which the members are to be brought in line.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn unsynced(conn: &mut PgConnection) -> Result<Vec<Unsynced>> {
    Ok(sqlx::query_as!(
        Unsynced,
        r#"select projection.id as projection, name, version as "version!"
           from engine.projection join engine.rule_set using (organisation, kind, name, version)
           where organisation = engine.current_organisation() and kind = $1
             and projection.status = 'live' and rule_set.status = 'building'"#,
        RuleKind::Segment.as_str(),
    )
    .fetch_all(conn)
    .await?)
}

/// Removes a segment; whether there was one. [`purge`] deletes who its members were.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove(conn: &mut PgConnection, name: &str) -> Result<bool> {
    retire(conn, name, &["building", "live"]).await
}

/// Removes a segment's projections of these states, with their versions; whether there was one.
async fn retire(conn: &mut PgConnection, name: &str, statuses: &[&str]) -> Result<bool> {
    let retired = sqlx::query!(
        "with gone as (
             update engine.projection set status = 'removed'
             where organisation = engine.current_organisation() and kind = $1 and name = $2
               and status = any($3)
             returning organisation, kind, name, version)
         update engine.rule_set set status = 'retired' from gone
         where rule_set.organisation = gone.organisation and rule_set.kind = gone.kind
           and rule_set.name = gone.name and rule_set.version = gone.version",
        RuleKind::Segment.as_str(),
        name,
        statuses as _,
    )
    .execute(conn)
    .await?;
    Ok(retired.rows_affected() > 0)
}

/// A page of a segment's members, by person.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn members(
    conn: &mut PgConnection,
    segment: &str,
    page: Page<Uuid>,
) -> Result<Vec<MemberRow>> {
    Ok(sqlx::query_as!(
        MemberRow,
        "select person, entered_at from engine.segment_member
         where organisation = engine.current_organisation() and segment = $1
           and ($2::uuid is null or person > $2)
         order by person limit $3",
        segment,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Names of the segments of a canonical person.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn of_person(conn: &mut PgConnection, canonical: Uuid) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        "select segment from engine.segment_member
         where organisation = engine.current_organisation() and person = $1
           and exists (
               select from engine.projection
               where organisation = engine.current_organisation() and kind = $2
                 and name = segment and status <> 'removed')
         order by segment",
        canonical,
        RuleKind::Segment.as_str(),
    )
    .fetch_all(conn)
    .await?)
}

/// Makes people members, each of the segment at the same place in the list. Returns those who were
/// not, with their segments. The people are locked.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn enter(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    segments: &[&str],
    people: &[Uuid],
    at: DateTime<Utc>,
) -> Result<Vec<(String, Uuid)>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        "insert into engine.segment_member (organisation, segment, person, entered_at)
         select $1, new.segment, new.person, $4
         from unnest($2::text[], $3::uuid[]) new (segment, person)
         on conflict do nothing returning segment, person",
        organisation.0,
        segments as _,
        people,
        at,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.segment, row.person))
        .collect())
}

/// Ends memberships, each of the segment at the same place in the list. Returns those that there
/// were. The people are locked.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn exit(
    conn: &mut PgConnection,
    segments: &[&str],
    people: &[Uuid],
) -> Result<Vec<(String, Uuid)>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"delete from engine.segment_member
         using unnest($1::text[], $2::uuid[]) gone (segment, person)
         where organisation = engine.current_organisation()
           and segment_member.segment = gone.segment and segment_member.person = gone.person
         returning segment_member.segment as "segment!", segment_member.person as "person!""#,
        segments as _,
        people,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.segment, row.person))
        .collect())
}

/// Ends all memberships of people who count as another person now.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "delete from engine.segment_member
         where organisation = engine.current_organisation() and person = any($1)",
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Some people who are members and should not be, or the other way round, by the projection of this
/// number.
#[derive(Debug, Clone, Default)]
pub struct Differing {
    /// The people.
    pub people: BTreeSet<Uuid>,
    /// Through which person everybody was looked at; none when it was the last.
    pub through: Option<Uuid>,
}

/// Such people after the person `after`, at most `limit` of either sort.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn differing(
    conn: &mut PgConnection,
    segment: &str,
    projection: i32,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Differing> {
    let after = after.unwrap_or_default();
    let entering = sqlx::query_scalar!(
        "select person from engine.projection_person kept
         where projection = $2 and person > $3 and order_key = 1
           and not exists (
               select from engine.segment_member
               where organisation = engine.current_organisation() and segment = $1
                 and segment_member.person = kept.person)
         order by person limit $4",
        segment,
        projection,
        after,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let exiting = sqlx::query_scalar!(
        "select person from engine.segment_member
         where organisation = engine.current_organisation() and segment = $1 and person > $3
           and not exists (
               select from engine.projection_person kept
               where projection = $2 and kept.person = segment_member.person and order_key = 1)
         order by person limit $4",
        segment,
        projection,
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let full = |found: &Vec<Uuid>| i64::try_from(found.len()).is_ok_and(|found| found >= limit);
    let ends = [&entering, &exiting]
        .into_iter()
        .filter(|found| full(found));
    Ok(Differing {
        through: ends.filter_map(|found| found.last().copied()).min(),
        people: entering.iter().chain(&exiting).copied().collect(),
    })
}

/// Those of these people who are members by the projection of this number.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn among(conn: &mut PgConnection, projection: i32, people: &[Uuid]) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select person from engine.projection_person
         where projection = $1 and person = any($2) and order_key = 1",
        projection,
        people,
    )
    .fetch_all(conn)
    .await?)
}

/// Deletes at most `limit` memberships of removed segments; whether there may be more.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn purge(conn: &mut PgConnection, limit: i64) -> Result<bool> {
    let cleared = sqlx::query!(
        "delete from engine.segment_member using (
             select segment, person from engine.segment_member
             where organisation = engine.current_organisation()
               and segment not in (
                   select name from engine.projection
                   where organisation = engine.current_organisation() and kind = $1
                     and status <> 'removed')
             limit $2) gone
         where organisation = engine.current_organisation()
           and segment_member.segment = gone.segment and segment_member.person = gone.person",
        RuleKind::Segment.as_str(),
        limit,
    )
    .execute(conn)
    .await?;
    Ok(cleared.rows_affected() > 0)
}
