//! The rules of recommendations, and models by version.

use crate::{OrganisationId, Result, StoreError, read::Page, rules::stored};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use tessera_domain::automation::recommendation::LearningRules;

/// A model without its bytes.
#[derive(Debug, Clone)]
pub struct ModelRow {
    /// From 1.
    pub version: i32,
    /// How its method was chosen.
    pub evaluation: Value,
    /// The rules that it was trained by.
    pub rules: Value,
    /// How many people it was learned from.
    pub people: i32,
    /// How many interactions.
    pub interactions: i32,
    /// The moment up to which it knows interactions.
    pub trained_at: DateTime<Utc>,
}

/// A model that is asked.
#[derive(Debug, Clone)]
pub struct KeptModel {
    /// From 1.
    pub version: i32,
    /// As the domain wrote it.
    pub model: Vec<u8>,
    /// The rules that it was trained by.
    pub rules: LearningRules,
    /// Items other than plans that are shown.
    pub products: Vec<String>,
}

/// A model to keep.
#[derive(Debug, Clone)]
pub struct NewModel {
    /// As the domain wrote it.
    pub model: Vec<u8>,
    /// How its method was chosen.
    pub evaluation: Value,
    /// The rules that it was trained by.
    pub rules: LearningRules,
    /// Items other than plans that are shown.
    pub products: Vec<String>,
    /// How many people it was learned from.
    pub people: i32,
    /// How many interactions.
    pub interactions: i32,
    /// The moment up to which it knows interactions.
    pub trained_at: DateTime<Utc>,
}

/// The organisation's rules, if it has stated any.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn rules(conn: &mut PgConnection) -> Result<Option<LearningRules>> {
    let rules = sqlx::query_scalar!(
        "select rules from engine.recommendation_rules
         where organisation = engine.current_organisation()",
    )
    .fetch_optional(conn)
    .await?;
    rules
        .map(|rules| stored(rules, "recommendation rules"))
        .transpose()
}

/// Replaces the organisation's rules.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn put_rules(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    rules: &LearningRules,
    updated_by: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.recommendation_rules (organisation, rules, updated_by) values ($1, $2, $3)
         on conflict (organisation) do update
         set rules = excluded.rules, updated_by = excluded.updated_by, updated_at = now()",
        organisation.0,
        written(rules)?,
        updated_by,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps the next version, and the `kept` newest.
///
/// # Errors
/// [`StoreError::Raced`] when another one is added at the same time, [`StoreError::Database`],
/// [`StoreError::Stored`].
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    new: &NewModel,
    kept: i32,
) -> Result<()> {
    let version = sqlx::query_scalar!(
        "insert into engine.recommendation_model
             (organisation, version, model, evaluation, rules, products, people, interactions, trained_at)
         select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6, $7, $8
         from engine.recommendation_model where organisation = $1
         on conflict do nothing
         returning version",
        organisation.0,
        new.model,
        new.evaluation,
        written(&new.rules)?,
        &new.products,
        new.people,
        new.interactions,
        new.trained_at,
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or(StoreError::Raced)?;
    sqlx::query!(
        "delete from engine.recommendation_model where organisation = $1 and version <= $2",
        organisation.0,
        version - kept,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The newest model.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn latest(conn: &mut PgConnection) -> Result<Option<KeptModel>> {
    let row = sqlx::query!(
        "select version, model, rules, products from engine.recommendation_model
         where organisation = engine.current_organisation() order by version desc limit 1",
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(KeptModel {
            version: row.version,
            model: row.model,
            rules: stored(row.rules, "recommendation rules")?,
            products: row.products,
        })
    })
    .transpose()
}

/// A page of models, oldest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn list(conn: &mut PgConnection, page: Page<i64>) -> Result<Vec<ModelRow>> {
    Ok(sqlx::query_as!(
        ModelRow,
        "select version, evaluation, rules, people, interactions, trained_at
         from engine.recommendation_model
         where organisation = engine.current_organisation() and ($1::bigint is null or version > $1)
         order by version limit $2",
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

fn written(rules: &LearningRules) -> Result<Value> {
    serde_json::to_value(rules).map_err(|source| StoreError::Stored {
        what: "recommendation rules",
        source,
    })
}
