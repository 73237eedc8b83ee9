//! Pipelines of deals: each is a series of versions of a rule set, of which one holds.

use crate::{
    OrganisationId, Result, StoreError,
    read::Page,
    rule_set::{self, RuleKind},
    rules::stored,
};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tessera_domain::leads::deals::pipeline::Pipeline;

/// A version of a pipeline.
#[derive(Debug, Clone)]
pub struct PipelineRow {
    /// The pipeline's name.
    pub name: String,
    /// From 1, in the order of addition.
    pub version: i32,
    /// Its stages.
    pub pipeline: Pipeline,
    /// `draft`, `published` or `retired`.
    pub status: String,
    /// The API key or wallet that wrote it.
    pub created_by: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
}

/// Adds a version as a draft; returns its number.
///
/// # Errors
/// [`StoreError::Raced`], [`StoreError::Database`], [`StoreError::Stored`].
pub async fn draft(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    name: &str,
    pipeline: &Pipeline,
    created_by: &str,
) -> Result<i32> {
    let body = serde_json::to_value(pipeline).map_err(|source| StoreError::Stored {
        what: "pipeline",
        source,
    })?;
    let kind = RuleKind::Pipeline;
    rule_set::insert_named(conn, organisation, kind, name, &body, created_by).await
}

/// A version; without a number, the one that holds, else the newest.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn get(
    conn: &mut PgConnection,
    name: &str,
    version: Option<i32>,
) -> Result<Option<PipelineRow>> {
    let row = sqlx::query!(
        "select version, body, status, created_by, created_at, published_at from engine.rule_set
         where organisation = engine.current_organisation() and kind = $1 and name = $2
           and ($3::integer is null or version = $3)
         order by status = 'published' desc, version desc limit 1",
        RuleKind::Pipeline.as_str(),
        name,
        version,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(PipelineRow {
            name: name.to_owned(),
            version: row.version,
            pipeline: stored(row.body, "pipeline")?,
            status: row.status,
            created_by: row.created_by,
            created_at: row.created_at,
            published_at: row.published_at,
        })
    })
    .transpose()
}

/// The version that holds.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn published(conn: &mut PgConnection, name: &str) -> Result<Option<Pipeline>> {
    let found = get(conn, name, None).await?;
    Ok(found
        .filter(|row| row.status == "published")
        .map(|row| row.pipeline))
}

/// A page of pipelines by name, each as [`get`] has it without a number.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn list(conn: &mut PgConnection, page: Page<String>) -> Result<Vec<PipelineRow>> {
    let rows = sqlx::query!(
        "select distinct on (name) name, version, body, status, created_by, created_at, published_at
         from engine.rule_set
         where organisation = engine.current_organisation() and kind = $1
           and ($2::text is null or name > $2)
         order by name, status = 'published' desc, version desc limit $3",
        RuleKind::Pipeline.as_str(),
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?;
    let rows = rows.into_iter();
    rows.map(|row| {
        Ok(PipelineRow {
            name: row.name,
            version: row.version,
            pipeline: stored(row.body, "pipeline")?,
            status: row.status,
            created_by: row.created_by,
            created_at: row.created_at,
            published_at: row.published_at,
        })
    })
    .collect()
}

/// How many pipelines have other names.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn others(conn: &mut PgConnection, name: &str) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(distinct name) as "count!" from engine.rule_set
           where organisation = engine.current_organisation() and kind = $1 and name <> $2"#,
        RuleKind::Pipeline.as_str(),
        name,
    )
    .fetch_one(conn)
    .await?)
}
