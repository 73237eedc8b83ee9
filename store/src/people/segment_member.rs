//! Members of segments: one table for all versions of a segment, so that a change of it is an entry or
//! an exit, whatever caused it.

use crate::{OrganisationId, Result, read::Page, rule_set::RuleKind};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A member of a segment.
#[derive(Debug, Clone, Copy)]
pub struct MemberRow {
    /// The canonical person.
    pub person: Uuid,
    /// When they became a member.
    pub entered_at: DateTime<Utc>,
}

/// A page of a segment's members, by person.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
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
         where person = $1
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
         cross join lateral (
             select ctid as place from engine.segment_member
             where segment_member.person = gone.person and segment_member.segment = gone.segment
             limit 1
         ) found
         where segment_member.ctid = found.place
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
        "delete from engine.segment_member where person = any($1)",
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
        "select kept.person
         from (select person from engine.projection_person
               where projection = $2 and person > $3 and order_key = 1) kept
         left join lateral (
             select true as found from engine.segment_member
             where segment_member.person = kept.person and segment = $1 limit 1
         ) member on true
         where member.found is null
         order by kept.person limit $4",
        segment,
        projection,
        after,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let exiting = sqlx::query_scalar!(
        "select member.person
         from (select person from engine.segment_member
               where organisation = engine.current_organisation() and segment = $1
                 and person > $3) member
         left join lateral (
             select order_key = 1 as belongs from engine.projection_person
             where projection = $2 and projection_person.person = member.person limit 1
         ) kept on true
         where kept.belongs is not true
         order by member.person limit $4",
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
        r#"select found.person
           from unnest($2::uuid[]) wanted (person)
           cross join lateral (
               select person, order_key from engine.projection_person
               where projection = $1 and projection_person.person = wanted.person limit 1
           ) found
           where order_key = 1"#,
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
