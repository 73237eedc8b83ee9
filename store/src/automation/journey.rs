//! Journeys: each is a series of versions of a rule set, of which one takes people in. Those who entered an
//! earlier version go on in it.

use crate::{
    OrganisationId, Result, StoreError,
    read::Page,
    rule_set::{self, RuleKind},
    rules::stored,
};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tessera_domain::automation::journey::Journey;

/// A version of a journey.
#[derive(Debug, Clone)]
pub struct JourneyRow {
    /// The journey's name.
    pub name: String,
    /// From 1, in the order of addition.
    pub version: i32,
    /// The graph.
    pub journey: Journey,
    /// `draft`, `published` or `retired`.
    pub status: String,
    /// The API key or wallet that wrote it.
    pub created_by: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
}

/// A version that arriving events concern.
#[derive(Debug, Clone)]
pub struct LiveJourney {
    /// The journey's name.
    pub name: String,
    /// The version.
    pub version: i32,
    /// Whether people enter it.
    pub is_open: bool,
    /// The graph.
    pub journey: Journey,
}

/// Adds a version as a draft; returns its number.
///
/// # Errors
/// [`StoreError::Raced`], [`StoreError::Database`], [`StoreError::Stored`].
pub async fn draft(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    name: &str,
    journey: &Journey,
    created_by: &str,
) -> Result<i32> {
    let body = serde_json::to_value(journey).map_err(|source| StoreError::Stored {
        what: "journey",
        source,
    })?;
    let kind = RuleKind::Journey;
    rule_set::insert_named(conn, organisation, kind, name, &body, created_by).await
}

/// A version; without a number, the one that takes people in, else the newest.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn get(
    conn: &mut PgConnection,
    name: &str,
    version: Option<i32>,
) -> Result<Option<JourneyRow>> {
    let row = sqlx::query!(
        "select version, body, status, created_by, created_at, published_at from engine.rule_set
         where organisation = engine.current_organisation() and kind = $1 and name = $2
           and ($3::integer is null or version = $3)
         order by status = 'published' desc, version desc limit 1",
        RuleKind::Journey.as_str(),
        name,
        version,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(JourneyRow {
            name: name.to_owned(),
            version: row.version,
            journey: stored(row.body, "journey")?,
            status: row.status,
            created_by: row.created_by,
            created_at: row.created_at,
            published_at: row.published_at,
        })
    })
    .transpose()
}

/// A page of journeys by name, each as [`get`] has it without a number.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn list(conn: &mut PgConnection, page: Page<String>) -> Result<Vec<JourneyRow>> {
    let rows = sqlx::query!(
        "select distinct on (name) name, version, body, status, created_by, created_at, published_at
         from engine.rule_set
         where organisation = engine.current_organisation() and kind = $1
           and ($2::text is null or name > $2)
         order by name, status = 'published' desc, version desc limit $3",
        RuleKind::Journey.as_str(),
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?;
    let rows = rows.into_iter();
    rows.map(|row| {
        Ok(JourneyRow {
            name: row.name,
            version: row.version,
            journey: stored(row.body, "journey")?,
            status: row.status,
            created_by: row.created_by,
            created_at: row.created_at,
            published_at: row.published_at,
        })
    })
    .collect()
}

/// How many journeys of other names take people in.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn others(conn: &mut PgConnection, name: &str) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(distinct name) as "count!" from engine.rule_set
           where organisation = engine.current_organisation() and kind = $1 and name <> $2
             and status <> 'retired'"#,
        RuleKind::Journey.as_str(),
        name,
    )
    .fetch_one(conn)
    .await?)
}

/// Takes the versions of a journey out of force; whether there were any. Runs under
/// [`rules::lock`](crate::rules::lock).
///
/// # Errors
/// [`StoreError::Database`].
pub async fn retire(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    name: &str,
) -> Result<bool> {
    let retired = sqlx::query!(
        "update engine.rule_set set status = 'retired'
         where organisation = $3 and kind = $1 and name = $2 and status <> 'retired'",
        RuleKind::Journey.as_str(),
        name,
        organisation.0,
    )
    .execute(&mut *conn)
    .await?;
    crate::rules::touch(conn, organisation).await?;
    Ok(retired.rows_affected() > 0)
}

/// The versions that take people in, and those in which some are under way.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub(crate) async fn live(conn: &mut PgConnection) -> Result<Vec<LiveJourney>> {
    let rows = sqlx::query!(
        r#"select name, version, body, status = 'published' as "is_open!" from engine.rule_set
           where organisation = engine.current_organisation() and kind = $1
             and (status = 'published' or status = 'retired' and 0 < (
                 select sum(case what when 'arrived' then runs when 'left' then -runs end)
                 from engine.journey_flow flow
                 where flow.organisation = rule_set.organisation and flow.journey = rule_set.name
                   and flow.version = rule_set.version))
           order by name, version"#,
        RuleKind::Journey.as_str(),
    )
    .fetch_all(conn)
    .await?;
    let rows = rows.into_iter();
    rows.map(|row| {
        Ok(LiveJourney {
            name: row.name,
            version: row.version,
            is_open: row.is_open,
            journey: stored(row.body, "journey")?,
        })
    })
    .collect()
}
