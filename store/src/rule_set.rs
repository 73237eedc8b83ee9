//! Versioned rules. A version's body never changes; publishing one retires the one before it.

use super::{OrganisationId, rules::stored};
use crate::{Result, StoreError};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use tessera_domain::leads::scoring::ScoringModel;

/// What a set of rules is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuleKind {
    /// Which events are taken.
    EventRegistry,
    /// How leads are scored.
    ScoringModel,
    /// What things cost.
    PriceBook,
}

impl RuleKind {
    /// Its name in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EventRegistry => "event_registry",
            Self::ScoringModel => "scoring_model",
            Self::PriceBook => "price_book",
        }
    }
}

/// One version of a set of rules.
#[derive(Debug, Clone)]
pub struct RuleSet {
    /// Its number, from 1.
    pub version: i32,
    /// The rules.
    pub body: Value,
    /// `draft`, `building`, `published` or `retired`.
    pub status: String,
    /// Who wrote it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
}

/// Adds the next version of a kind, as a draft; returns its number.
///
/// # Errors
/// [`StoreError::Raced`] when another one is added at the same time, [`StoreError::Database`].
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    kind: RuleKind,
    body: &Value,
    created_by: &str,
) -> Result<i32> {
    sqlx::query_scalar!(
        "insert into engine.rule_set (organisation, kind, version, body, status, created_by)
         select $1, $2, coalesce(max(version), 0) + 1, $3, 'draft', $4
         from engine.rule_set where organisation = $1 and kind = $2
         on conflict do nothing
         returning version",
        organisation.0,
        kind.as_str(),
        body,
        created_by,
    )
    .fetch_optional(conn)
    .await?
    .ok_or(StoreError::Raced)
}

/// One version.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn get(conn: &mut PgConnection, kind: RuleKind, version: i32) -> Result<Option<RuleSet>> {
    Ok(sqlx::query_as!(
        RuleSet,
        "select version, body, status, created_by, created_at, published_at
         from engine.rule_set
         where organisation = engine.current_organisation() and kind = $1 and version = $2",
        kind.as_str(),
        version,
    )
    .fetch_optional(conn)
    .await?)
}

/// The version in force.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn published(conn: &mut PgConnection, kind: RuleKind) -> Result<Option<RuleSet>> {
    Ok(sqlx::query_as!(
        RuleSet,
        "select version, body, status, created_by, created_at, published_at
         from engine.rule_set
         where organisation = engine.current_organisation() and kind = $1 and status = 'published'",
        kind.as_str(),
    )
    .fetch_optional(conn)
    .await?)
}

/// The scoring model that is being built: the oldest, so that they go into force in their order.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn building(conn: &mut PgConnection) -> Result<Option<RuleSet>> {
    Ok(sqlx::query_as!(
        RuleSet,
        "select version, body, status, created_by, created_at, published_at
         from engine.rule_set
         where organisation = engine.current_organisation() and kind = $1 and status = 'building'
         order by version limit 1",
        RuleKind::ScoringModel.as_str(),
    )
    .fetch_optional(conn)
    .await?)
}

/// A page of versions, oldest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn list(
    conn: &mut PgConnection,
    kind: RuleKind,
    page: crate::read::Page<i64>,
) -> Result<Vec<RuleSet>> {
    Ok(sqlx::query_as!(
        RuleSet,
        "select version, body, status, created_by, created_at, published_at
         from engine.rule_set
         where organisation = engine.current_organisation() and kind = $1
           and ($2::bigint is null or version > $2)
         order by version limit $3",
        kind.as_str(),
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// A version of the scoring model, or without a number the one in force, with its number.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn scoring_model(
    conn: &mut PgConnection,
    version: Option<i32>,
) -> Result<Option<(i32, ScoringModel)>> {
    let found = match version {
        Some(version) => get(conn, RuleKind::ScoringModel, version).await?,
        None => published(conn, RuleKind::ScoringModel).await?,
    };
    found
        .map(|found| Ok((found.version, stored(found.body, "scoring model")?)))
        .transpose()
}

/// Begins to build a scoring model that is not in force. Nobody applies rules
/// ([`super::rules::lock`]); from the commit on, arriving events are scored under it too.
///
/// # Errors
/// [`StoreError::Database`], also when another one is being built.
pub async fn build(conn: &mut PgConnection, version: i32) -> Result<()> {
    sqlx::query!(
        "update engine.rule_set set status = 'building'
         where organisation = engine.current_organisation() and kind = $1 and version = $2",
        RuleKind::ScoringModel.as_str(),
        version,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts a version in force and retires the one before it. Arriving events meet the new one from the
/// commit on. Whether there is such a version.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn publish(conn: &mut PgConnection, kind: RuleKind, version: i32) -> Result<bool> {
    sqlx::query!(
        "update engine.rule_set set status = 'retired'
         where organisation = engine.current_organisation() and kind = $1
           and status = 'published' and version <> $2",
        kind.as_str(),
        version,
    )
    .execute(&mut *conn)
    .await?;
    let published = sqlx::query!(
        "update engine.rule_set set status = 'published', published_at = now()
         where organisation = engine.current_organisation() and kind = $1 and version = $2",
        kind.as_str(),
        version,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update engine.organisation set revision = revision + 1
         where id = engine.current_organisation()",
    )
    .execute(conn)
    .await?;
    Ok(published.rows_affected() == 1)
}
