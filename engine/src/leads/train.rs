//! A predictive model from the organisation's own decided deals; nothing is learned from too few.

use super::{
    history::decided,
    training::{Abstention, NewModel, Training},
};
use crate::{
    Error, Result,
    job::{Outcome, Progress},
};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tessera_domain::{
    event::Event,
    leads::prediction::{
        DecidedLead, Evaluation, Features, PredictionError, SeparatingFeature, TrainedModel,
        TrainingConfig, features, train as learn, trait_features,
    },
    time::Timestamp,
};
use tessera_store::leads::outcome::Decided;

/// As it is stored and answered.
#[derive(Serialize)]
struct Report<'a> {
    won: usize,
    lost: usize,
    config: &'a TrainingConfig,
    logistic: Evaluation,
    naive_bayes: Evaluation,
    /// Log-odds per standard deviation, before calibration.
    coefficients: BTreeMap<&'a str, f64>,
    /// Features that separate alone; none of them is learned from unless it is kept.
    separating: &'a [SeparatingFeature],
}

/// Everything that is known about a lead up to and including `at`.
pub fn known(events: &[Event], at: Timestamp) -> Features {
    let mut known = features(events, at);
    known.extend(trait_features(events, at));
    known
}

/// Learns from the latest decided deals.
///
/// # Errors
/// [`Error::Conflict`] when nothing can be learned from them, [`Error::Store`].
pub(crate) async fn train(
    progress: &Progress<'_>,
    config: TrainingConfig,
    created_by: &str,
) -> Result<Outcome> {
    let leads = decided(progress, decided_lead).await?;
    let parameters = config.clone();
    let trained = tokio::task::spawn_blocking(move || learn(&leads, &parameters));
    match trained
        .await
        .map_err(|_| Error::Internal("train a model"))?
    {
        Ok(model) => Ok(Outcome::Model(Box::new(NewModel {
            report: json!(report(&model, &config)),
            model,
            created_by: created_by.to_owned(),
        }))),
        Err(PredictionError::Abstained {
            reason,
            needed,
            have,
        }) => Ok(Outcome::Answer(json!(Training::Abstained(Abstention {
            reason,
            needed,
            have,
        })))),
        // The fault of the deals, not of the request's parameters.
        Err(error) => Err(Error::Conflict(error.to_string())),
    }
}

fn decided_lead(deal: &Decided, events: &[Event], before: Timestamp) -> DecidedLead {
    let hash: [u8; 32] = Sha256::digest(deal.person).into();
    let (first, _) = hash.split_at(8);
    DecidedLead {
        // Of the person, so that no person is both learned from and tested on.
        hash: first
            .iter()
            .fold(0, |hash, byte| hash << 8 | u64::from(*byte)),
        features: known(events, before),
        won: deal.won,
    }
}

fn report<'a>(model: &'a TrainedModel, config: &'a TrainingConfig) -> Report<'a> {
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
        separating: &model.separating,
    }
}
