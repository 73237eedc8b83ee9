//! Templates: each is a series of versions of a rule set, of which one may be in force.

use crate::{
    OrganisationId, Result,
    read::Page,
    rule_set::{self, RuleKind},
    rules::stored,
};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tessera_domain::automation::template::Template;

/// A version of a template.
#[derive(Debug, Clone)]
pub struct TemplateRow {
    /// Its name.
    pub name: String,
    /// From 1, in the order of addition.
    pub version: i32,
    /// `draft`, `published` or `retired`.
    pub status: String,
    /// What is said.
    pub template: Template,
    /// The API key or wallet that wrote it.
    pub created_by: String,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was last put in force.
    pub published_at: Option<DateTime<Utc>>,
}

/// Adds the next version as a draft; returns its number.
///
/// # Errors
/// [`StoreError::Raced`](crate::StoreError::Raced), [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    name: &str,
    template: &Template,
    created_by: &str,
) -> Result<i32> {
    let body = serde_json::to_value(template).map_err(|source| crate::StoreError::Stored {
        what: "template",
        source,
    })?;
    rule_set::insert_named(
        conn,
        organisation,
        RuleKind::Template,
        name,
        &body,
        created_by,
    )
    .await
}

/// Puts a version in force, and retires the one before it; whether there is such a version.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn publish(conn: &mut PgConnection, name: &str, version: i32) -> Result<bool> {
    rule_set::publish_named(conn, RuleKind::Template.as_str(), name, version).await
}

/// A version of a template; without a number, the one in force, or else the latest.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn get(
    conn: &mut PgConnection,
    name: &str,
    version: Option<i32>,
) -> Result<Option<TemplateRow>> {
    Ok(select(conn, Some(name), version, None, 1).await?.pop())
}

/// The version of a template that is in force.
///
/// # Errors
/// As [`get`].
pub async fn in_force(conn: &mut PgConnection, name: &str) -> Result<Option<TemplateRow>> {
    let found = get(conn, name, None).await?;
    Ok(found.filter(|row| row.status == "published"))
}

/// A page of templates by name: of each the version in force, or else the latest.
///
/// # Errors
/// As [`get`].
pub async fn list(conn: &mut PgConnection, page: Page<String>) -> Result<Vec<TemplateRow>> {
    select(conn, None, None, page.after, page.limit).await
}

async fn select(
    conn: &mut PgConnection,
    name: Option<&str>,
    version: Option<i32>,
    after: Option<String>,
    limit: i64,
) -> Result<Vec<TemplateRow>> {
    let rows = sqlx::query!(
        "select distinct on (name) name, version, status, body, created_by, created_at, published_at
         from engine.rule_set
         where organisation = engine.current_organisation() and kind = $1
           and ($2::text is null or name = $2) and ($3::int is null or version = $3)
           and ($4::text is null or name > $4)
         order by name, status = 'published' desc, version desc limit $5",
        RuleKind::Template.as_str(),
        name,
        version,
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(TemplateRow {
                name: row.name,
                version: row.version,
                status: row.status,
                template: stored(row.body, "template")?,
                created_by: row.created_by,
                created_at: row.created_at,
                published_at: row.published_at,
            })
        })
        .collect()
}

/// How many templates of other names there are.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn others(conn: &mut PgConnection, name: &str) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(distinct name) as "count!" from engine.rule_set
           where organisation = engine.current_organisation() and kind = $1 and name <> $2"#,
        RuleKind::Template.as_str(),
        name,
    )
    .fetch_one(conn)
    .await?)
}

/// The topics of the templates in force.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn topics(conn: &mut PgConnection) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        r#"select distinct body ->> 'topic' as "topic!" from engine.rule_set
           where organisation = engine.current_organisation() and kind = $1 and status = 'published'
           order by 1"#,
        RuleKind::Template.as_str(),
    )
    .fetch_all(conn)
    .await?)
}
