//! Metrics: each is a series of versions of a rule set, of which the newest is in force. An experiment
//! keeps the versions of its launch.

use crate::{
    OrganisationId, Result,
    read::Page,
    rule_set::{self, RuleKind},
    rules::stored,
};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tessera_domain::experiments::metric::Metric;

/// A metric in force.
#[derive(Debug, Clone)]
pub struct MetricRow {
    /// Unique in the organisation.
    pub name: String,
    /// The version.
    pub version: i32,
    /// What is measured.
    pub metric: Metric,
    /// The API key or wallet that wrote the version.
    pub created_by: String,
    /// When the version was written.
    pub created_at: DateTime<Utc>,
}

/// Adds a version and puts it in force; returns its number. Runs under
/// [`rules::lock`](crate::rules::lock).
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn define(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    name: &str,
    metric: &Metric,
    created_by: &str,
) -> Result<i32> {
    let kind = RuleKind::Metric;
    let body = serde_json::to_value(metric).map_err(|source| crate::StoreError::Stored {
        what: "metric",
        source,
    })?;
    let version = rule_set::insert_named(conn, organisation, kind, name, &body, created_by).await?;
    rule_set::publish_named(conn, kind.as_str(), name, version).await?;
    Ok(version)
}

/// Takes a metric out of force; whether there was one.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove(conn: &mut PgConnection, name: &str) -> Result<bool> {
    let removed = sqlx::query!(
        "update engine.rule_set set status = 'retired'
         where organisation = engine.current_organisation() and kind = $1 and name = $2
           and status = 'published'",
        RuleKind::Metric.as_str(),
        name,
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() > 0)
}

/// How many metrics of other names there are.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn others(conn: &mut PgConnection, name: &str) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from engine.rule_set
           where organisation = engine.current_organisation() and kind = $1
             and status = 'published' and name <> $2"#,
        RuleKind::Metric.as_str(),
        name,
    )
    .fetch_one(conn)
    .await?)
}

/// A page of metrics by name.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn list(conn: &mut PgConnection, page: Page<String>) -> Result<Vec<MetricRow>> {
    select(conn, None, page.after, page.limit).await
}

/// The metrics of these names, by name.
///
/// # Errors
/// As [`list`].
pub async fn named(conn: &mut PgConnection, names: &[String]) -> Result<Vec<MetricRow>> {
    select(conn, Some(names), None, i64::MAX).await
}

async fn select(
    conn: &mut PgConnection,
    names: Option<&[String]>,
    after: Option<String>,
    limit: i64,
) -> Result<Vec<MetricRow>> {
    let rows = sqlx::query!(
        "select name, version, body, created_by, created_at from engine.rule_set
         where organisation = engine.current_organisation() and kind = $1 and status = 'published'
           and ($2::text[] is null or name = any($2)) and ($3::text is null or name > $3)
         order by name limit $4",
        RuleKind::Metric.as_str(),
        names as _,
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(MetricRow {
                name: row.name,
                version: row.version,
                metric: stored(row.body, "metric")?,
                created_by: row.created_by,
                created_at: row.created_at,
            })
        })
        .collect()
}
