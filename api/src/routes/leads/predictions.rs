//! The chance that a lead is won, as learned from the organisation's own decided deals; there is no
//! prediction where those are too few.

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, PathParam},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    routes::jobs::{self, Job},
    schema,
    state::ApiState,
    wire::{Id, Moment},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use serde_json::Value;
use tessera_domain::leads::prediction::{FeatureContribution, Prediction, TrainingConfig, predict};
use tessera_engine::{event_log_now, job::JobRequest, leads::known, people};
use tessera_store::{capture::event, leads::prediction_model};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(request_training))
        .routes(routes!(latest))
        .routes(routes!(get))
}

/// A predictive model.
#[derive(Serialize, ToSchema)]
struct TrainedVersion {
    /// Its number, from 1.
    #[schema(example = 3)]
    version: i32,
    /// When it was trained.
    trained_at: Moment,
    /// The API key or wallet that asked for the training.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// The training data, the parameters, and the quality on leads that the model never saw: AUC,
    /// Brier score and expected calibration error of the calibrated logistic regression, and of
    /// naive Bayes for comparison. `separating` are the features that separate won leads from lost ones
    /// alone (an AUC of at least 0.99), as what follows from the outcome does; they are left out unless
    /// `keep` of the training names them.
    #[schema(value_type = HashMap<String, Value>, example = json!({
        "won": 140,
        "lost": 280,
        "config": { "smoothing": 1.0, "l2": 1.0, "min_outcomes": 50 },
        "logistic": { "leads": 84, "auc": 0.81, "brier": 0.16, "expected_calibration_error": 0.05 },
        "naive_bayes": { "leads": 84, "auc": 0.78, "brier": 0.19, "expected_calibration_error": 0.09 },
        "coefficients": { "had.demo_requested": 0.92, "segment.institution": 0.41 },
        "separating": [{ "feature": "had.welcomed", "auc": 0.997, "kept": false }]
    }))]
    report: Value,
}

/// The prediction for a lead.
#[derive(Serialize, ToSchema)]
struct LeadPrediction {
    /// The person.
    person: Id,
    /// The predictive model's version.
    #[schema(example = 3)]
    model: i32,
    /// The moment that the prediction is for.
    at: Moment,
    /// Calibrated chance that the lead is won, by logistic regression.
    #[schema(example = 0.62)]
    probability: f64,
    /// Its log-odds: the baseline and the contributions.
    #[schema(example = 0.49)]
    log_odds: f64,
    /// Log-odds of an average lead.
    #[schema(example = -0.7)]
    baseline_log_odds: f64,
    /// The chance by naive Bayes.
    #[schema(example = 0.58)]
    naive_bayes: f64,
    /// One per feature of the model, the weightiest first.
    contributions: Vec<LeadFeature>,
}

/// The contribution of one feature.
#[derive(Serialize, ToSchema)]
struct LeadFeature {
    /// The feature: `had.<event>`, `log_count.<event>`, `<trait>.<value>` or `log.<trait>`.
    #[schema(example = "had.demo_requested")]
    feature: String,
    /// The lead's value.
    #[schema(example = 1.0)]
    value: f64,
    /// Calibrated log-odds that it adds, compared with an average lead.
    #[schema(example = 0.8)]
    log_odds: f64,
    /// Log-odds that it adds for naive Bayes; null where that leaves the feature out.
    #[schema(required, example = 1.1)]
    naive_bayes_log_ratio: Option<f64>,
}

impl From<FeatureContribution> for LeadFeature {
    fn from(contribution: FeatureContribution) -> Self {
        Self {
            feature: contribution.feature,
            value: contribution.value,
            log_odds: contribution.log_odds,
            naive_bayes_log_ratio: contribution.naive_bayes_log_ratio,
        }
    }
}

/// Train a predictive model.
///
/// A job learns from the latest 10,000 deals that were won or lost, by what was known of their
/// people before the decision, and before the first conversion (`subscribed`, `trial_started`,
/// `charged`) since the decision about them before: three fifths are learned from, one calibrates, one tests. The
/// `status` of its result is `trained`, with the new version, or `abstained`, with the reason:
/// there were too few outcomes to learn from, and nothing was stored.
#[utoipa::path(post, operation_id = "train_prediction_model", path = "/v1/scoring/predictions/train", tag = "leads", security(("bearer" = [])),
    request_body = schema::TrainingConfig,
    responses((status = 202, description = "The requested job.", body = Job), EngineRefusals))]
async fn request_training(
    mut writer: Writer<Configure>,
    Body(config): Body<TrainingConfig>,
) -> Result<(StatusCode, Json<Job>), Error> {
    jobs::request(&mut writer, &JobRequest::Training { config }).await
}

fn untrained() -> Error {
    Error::not_found("predictive model", "of any version: train one")
}

/// Get the latest predictive model's report.
#[utoipa::path(get, operation_id = "get_prediction_report", path = "/v1/scoring/predictions/latest", tag = "leads", security(("bearer" = [])),
    responses((status = 200, description = "The report.", body = TrainedVersion), EngineItemRefusals))]
async fn latest(mut reader: Reader<Read>) -> Result<Hashed<TrainedVersion>, Error> {
    let row = prediction_model::latest(&mut reader)
        .await?
        .ok_or_else(untrained)?;
    Ok(Hashed(TrainedVersion {
        version: row.version,
        trained_at: row.trained_at.into(),
        created_by: row.created_by,
        report: row.report,
    }))
}

/// Predict whether a lead will be won.
///
/// By the latest predictive model, with the contribution of each feature. There is no prediction
/// before a model is trained.
#[utoipa::path(get, operation_id = "get_lead_prediction", path = "/v1/leads/{id}/prediction", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person.")),
    responses((status = 200, description = "The prediction.", body = LeadPrediction), EngineItemRefusals))]
async fn get(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
) -> Result<Json<LeadPrediction>, Error> {
    let person = people::canonical(&mut reader, id.0).await?.id;
    let row = prediction_model::latest(&mut reader)
        .await?
        .ok_or_else(untrained)?;
    let events = event::histories(&mut reader, &[person])
        .await?
        .remove(&person);
    let at = event_log_now(&mut reader, api.now()).await?;
    let known = known(&events.unwrap_or_default(), at);
    let Prediction {
        probability,
        log_odds,
        baseline_log_odds,
        naive_bayes,
        contributions,
        ..
    } = predict(&row.model, &known).map_err(|error| Error::conflict(error.to_string()))?;
    Ok(Json(LeadPrediction {
        person: person.into(),
        model: row.version,
        at: at.into(),
        probability,
        log_odds,
        baseline_log_odds,
        naive_bayes,
        contributions: contributions.into_iter().map(Into::into).collect(),
    }))
}
