//! Segments: each is a series of versions of a rule set with projections. Who their members are is in
//! [`segment_member`](super::segment_member).

use crate::{
    OrganisationId, Result, projection,
    read::Page,
    rule_set::{self, RuleKind},
    rules::stored,
};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use tessera_domain::{people::segment::SegmentDefinition, projection::MEMBERS};

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

/// A page of segments by name.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn list(conn: &mut PgConnection, page: Page<String>) -> Result<Vec<SegmentRow>> {
    select(conn, None, page.after, page.limit).await
}

/// The segment of this name.
///
/// # Errors
/// As [`list`].
pub async fn get(conn: &mut PgConnection, name: &str) -> Result<Option<SegmentRow>> {
    Ok(select(conn, Some(name), None, 1).await?.pop())
}

async fn select(
    conn: &mut PgConnection,
    name: Option<&str>,
    after: Option<String>,
    limit: i64,
) -> Result<Vec<SegmentRow>> {
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
             and ($7::text is null or kept.name = $7)
           order by kept.name, kept.status = 'live' desc limit $2"#,
        after,
        limit,
        RuleKind::Segment.as_str(),
        MEMBERS.day,
        MEMBERS.label,
        MEMBERS.measure,
        name,
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
    rule_set::abandon(conn, kind, name).await?;
    let version =
        rule_set::insert_named(conn, organisation, kind, name, definition, created_by).await?;
    rule_set::build(conn, kind, name, version).await?;
    projection::insert(conn, organisation, kind, name, version).await?;
    Ok(version)
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

/// Removes a segment; whether there was one.
/// [`segment_member::purge`](super::segment_member::purge) deletes who its members were.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove(conn: &mut PgConnection, name: &str) -> Result<bool> {
    rule_set::retire(conn, RuleKind::Segment, name, &["building", "live"]).await
}
