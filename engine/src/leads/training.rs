//! How a training ends: with a model, or without one.

use crate::Result;
use chrono::Utc;
use serde::Serialize;
use serde_json::{Value, json};
use tessera_domain::{
    leads::prediction::{AbstentionReason, TrainedModel},
    time::Timestamp,
};
use tessera_store::{OrganisationId, PgConnection, leads::prediction_model};

/// How a training ended.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Training {
    /// There is a new model.
    Trained(TrainedVersion),
    /// Too few deals are decided to learn anything; the model before it, if any, stays.
    Abstained(Abstention),
}

/// Why nothing was learned.
#[derive(Debug, Clone, Serialize)]
pub struct Abstention {
    /// What there are too few of.
    pub reason: AbstentionReason,
    /// How many there must be.
    pub needed: usize,
    /// How many there are.
    pub have: usize,
}

/// A predictive model.
#[derive(Debug, Clone, Serialize)]
pub struct TrainedVersion {
    /// Its number, from 1.
    pub version: i32,
    /// When it was trained.
    pub trained_at: Timestamp,
    /// The actor that asked for it.
    pub created_by: String,
    /// The training data, the parameters and the quality of the model.
    pub report: Value,
}

/// A model that is to be stored.
pub(crate) struct NewModel {
    pub(super) model: TrainedModel,
    pub(super) report: Value,
    pub(super) created_by: String,
}

impl NewModel {
    /// Stores it as the next version; the answer.
    pub(crate) async fn insert(
        self,
        conn: &mut PgConnection,
        organisation: OrganisationId,
    ) -> Result<Value> {
        let now = Utc::now();
        let Self {
            model,
            report,
            created_by,
        } = self;
        let version =
            prediction_model::insert(conn, organisation, &model, &report, &created_by, now).await?;
        Ok(json!(Training::Trained(TrainedVersion {
            version,
            trained_at: now.into(),
            created_by,
            report,
        })))
    }
}
