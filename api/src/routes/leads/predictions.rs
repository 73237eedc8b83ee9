//! The chance that a lead is won, as learned from the organisation's own decided deals; nothing is
//! said where those are too few.

use super::scoring_models::{MAX_DEALS, compute};
use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, PathParam},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    routes::people::persons,
    state::ApiState,
    wire::{Id, Moment},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use tessera_domain::{
    event::Event,
    leads::prediction::{
        AbstentionReason, DecidedLead, Evaluation, FeatureContribution, Features, Prediction,
        PredictionError, TrainedModel, TrainingConfig, features, predict, train, trait_features,
    },
    time::Timestamp,
};
use tessera_store::{
    capture::event,
    leads::{
        outcome::{self, Decided},
        prediction_model,
    },
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(learn))
        .routes(routes!(latest))
        .routes(routes!(get))
}

/// How a training ended.
#[derive(Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
enum Training {
    /// There is a new model.
    Trained(TrainedVersion),
    /// Too few deals are decided to learn anything; the model before it, if any, stays.
    Abstained(Abstention),
}

/// Why nothing was learned.
#[derive(Serialize, ToSchema)]
struct Abstention {
    /// What there are too few of: `too_few_won`, `too_few_lost`, `too_few_won_in_a_part` or
    /// `too_few_lost_in_a_part`.
    #[schema(value_type = String, example = "too_few_won")]
    reason: AbstentionReason,
    /// How many there must be.
    #[schema(example = 50)]
    needed: usize,
    /// How many there are.
    #[schema(example = 12)]
    have: usize,
}

/// A predictive model.
#[derive(Serialize, ToSchema)]
struct TrainedVersion {
    /// Its number, from 1.
    #[schema(example = 3)]
    version: i32,
    /// When it was trained.
    trained_at: Moment,
    /// By whom.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// What was learned from, with which parameters, and what the model is worth on leads that it never
    /// saw: AUC, Brier score and expected calibration error of the calibrated logistic regression, and
    /// of naive Bayes beside it.
    #[schema(value_type = HashMap<String, Value>, example = json!({
        "won": 140,
        "lost": 280,
        "config": { "smoothing": 1.0, "l2": 1.0, "min_outcomes": 50 },
        "logistic": { "leads": 84, "auc": 0.81, "brier": 0.16, "expected_calibration_error": 0.05 },
        "naive_bayes": { "leads": 84, "auc": 0.78, "brier": 0.19, "expected_calibration_error": 0.09 },
        "coefficients": { "had.demo_requested": 0.92, "segment.institution": 0.41 }
    }))]
    report: Value,
}

/// As it is stored and answered.
#[derive(Serialize)]
struct Report<'a> {
    won: usize,
    lost: usize,
    config: TrainingConfig,
    logistic: Evaluation,
    naive_bayes: Evaluation,
    /// Log-odds per standard deviation, before calibration.
    coefficients: BTreeMap<&'a str, f64>,
}

/// What is expected of a lead.
#[derive(Serialize, ToSchema)]
struct LeadPrediction {
    /// The person.
    person: Id,
    /// The predictive model's version.
    #[schema(example = 3)]
    model: i32,
    /// The moment that it holds for.
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

/// What one feature adds.
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

/// Everything that is known of a lead up to and including `at`.
fn known(events: &[Event], at: Timestamp) -> Features {
    let mut known = features(events, at);
    known.extend(trait_features(events, at));
    known
}

fn decided_lead(deal: &Decided, events: &HashMap<Uuid, Vec<Event>>) -> DecidedLead {
    let events = events.get(&deal.person).map_or(&[][..], Vec::as_slice);
    // The decision's own moment would give the outcome away.
    let before = Timestamp(Timestamp::from(deal.decided_at).0.saturating_sub(1));
    let hash: [u8; 32] = Sha256::digest(deal.person).into();
    let (first, _) = hash.split_at(8);
    DecidedLead {
        // Of the person, so that deals of one person are not learned from and tested on at once.
        hash: first
            .iter()
            .fold(0, |hash, byte| hash << 8 | u64::from(*byte)),
        features: known(events, before),
        won: deal.won,
    }
}

fn report(model: &TrainedModel, config: TrainingConfig) -> Report<'_> {
    Report {
        won: model.won,
        lost: model.lost,
        config,
        logistic: model.evaluation,
        naive_bayes: model.naive_bayes_evaluation,
        coefficients: model
            .features
            .iter()
            .map(|feature| (feature.name.as_str(), feature.coefficient))
            .collect(),
    }
}

/// Train a predictive model.
///
/// On the latest 10,000 deals that were won or lost, by what was known of their people before the
/// decision: three fifths are learned from, one calibrates, one tests. With too few outcomes nothing is
/// learned or stored, and the answer says what is missing.
#[utoipa::path(post, operation_id = "train_prediction_model", path = "/v1/scoring/predictions/train", tag = "leads", security(("bearer" = [])),
    request_body(content = Object, description = "Parameters; what is not given is as here.", example = json!({ "smoothing": 1.0, "l2": 1.0, "min_outcomes": 50 })),
    responses((status = 200, description = "Too little is known; nothing was learned.", body = Training),
        (status = 201, description = "There is a new model.", body = Training), EngineRefusals))]
async fn learn(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
    Body(config): Body<TrainingConfig>,
) -> Result<(StatusCode, Json<Training>), Error> {
    let deals = outcome::decided(&mut writer, MAX_DEALS).await?;
    let people: Vec<Uuid> = deals.iter().map(|deal| deal.person).collect();
    let events = event::histories(&mut writer, &people).await?;
    let trained = compute(move || {
        let leads: Vec<DecidedLead> = deals
            .iter()
            .map(|deal| decided_lead(deal, &events))
            .collect();
        train(&leads, &config)
    });
    let model = match trained.await? {
        Ok(model) => model,
        Err(PredictionError::Abstained {
            reason,
            needed,
            have,
        }) => {
            let abstention = Abstention {
                reason,
                needed,
                have,
            };
            return Ok((StatusCode::OK, Json(Training::Abstained(abstention))));
        }
        Err(PredictionError::Config { field }) => {
            let rule = "a finite number above 0";
            return Err(Error::refused(field, rule));
        }
        // What the deals are like, not how they were asked about.
        Err(error) => return Err(Error::conflict(error.to_string())),
    };
    let report = report(&model, config);
    let (organisation, now) = (writer.caller.organisation, api.now());
    let created_by = writer.caller.actor.to_string();
    let version = prediction_model::insert(
        &mut writer,
        organisation,
        &model,
        &report,
        &created_by,
        now.into(),
    )
    .await?;
    let trained = TrainedVersion {
        version,
        trained_at: now.into(),
        created_by,
        report: serde_json::to_value(&report).map_err(|_| Error::internal("report"))?,
    };
    Ok((StatusCode::CREATED, Json(Training::Trained(trained))))
}

fn untrained() -> Error {
    Error::not_found("predictive model", "yet; train one".to_owned())
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

/// Predict whether a lead is won.
///
/// By the latest predictive model, with what each feature adds. There is no answer before there is a
/// model.
#[utoipa::path(get, operation_id = "get_lead_prediction", path = "/v1/leads/{id}/prediction", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person.")),
    responses((status = 200, description = "The prediction.", body = LeadPrediction), EngineItemRefusals))]
async fn get(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
) -> Result<Json<LeadPrediction>, Error> {
    let person = persons::canonical(&mut reader, id).await?.id;
    let row = prediction_model::latest(&mut reader)
        .await?
        .ok_or_else(untrained)?;
    let events = event::histories(&mut reader, &[person])
        .await?
        .remove(&person);
    let at = api.now();
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
