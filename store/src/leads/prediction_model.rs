//! Predictive models by version, each with its report. A version never changes.

use crate::{OrganisationId, Result, StoreError, rules::stored};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;
use tessera_domain::leads::prediction::TrainedModel;

/// A predictive model.
#[derive(Debug, Clone)]
pub struct PredictionModel {
    /// From 1.
    pub version: i32,
    /// The trained parameters.
    pub model: TrainedModel,
    /// How it was trained and how well it predicts, as the API shows it.
    pub report: Value,
    /// The API key or wallet that had it trained.
    pub created_by: String,
    /// When it was trained.
    pub trained_at: DateTime<Utc>,
}

/// Adds the next version; returns its number.
///
/// # Errors
/// [`StoreError::Raced`] when another one is added at the same time, [`StoreError::Database`].
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    model: &TrainedModel,
    report: &impl Serialize,
    created_by: &str,
    trained_at: DateTime<Utc>,
) -> Result<i32> {
    let written = |source| StoreError::Stored {
        what: "prediction model",
        source,
    };
    sqlx::query_scalar!(
        "insert into engine.prediction_model
             (organisation, version, model, report, created_by, trained_at)
         select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5
         from engine.prediction_model where organisation = $1
         on conflict do nothing
         returning version",
        organisation.0,
        serde_json::to_value(model).map_err(written)?,
        serde_json::to_value(report).map_err(written)?,
        created_by,
        trained_at,
    )
    .fetch_optional(conn)
    .await?
    .ok_or(StoreError::Raced)
}

/// The version that was trained last.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn latest(conn: &mut PgConnection) -> Result<Option<PredictionModel>> {
    let row = sqlx::query!(
        "select version, model, report, created_by, trained_at from engine.prediction_model
         where organisation = engine.current_organisation()
         order by version desc limit 1",
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(PredictionModel {
            version: row.version,
            model: stored(row.model, "prediction model")?,
            report: row.report,
            created_by: row.created_by,
            trained_at: row.trained_at,
        })
    })
    .transpose()
}
