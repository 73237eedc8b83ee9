//! A trained model, as it is stored, and its predictions.

use super::{
    calibration::SigmoidCalibration,
    error::PredictionError,
    evaluation::Evaluation,
    features::{Features, check},
    logistic::sigmoid,
    naive_bayes::LogRatios,
    separating::SeparatingFeature,
    table::{standardise, value},
};
use serde::{Deserialize, Serialize};

/// Limits of a prediction: no lead is won or lost for certain.
const PROBABILITIES: [f64; 2] = [0.0001, 0.9999];

/// A model trained on decided leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainedModel {
    /// The features in order of their names.
    pub features: Vec<TrainedFeature>,
    /// Logistic log-odds of a lead whose features are all at their means, before calibration.
    pub intercept: f64,
    /// What turns the logistic regression's log-odds into calibrated ones.
    pub calibration: SigmoidCalibration,
    /// Naive Bayes' log-odds before any feature.
    pub naive_bayes_prior_log_odds: f64,
    /// Leads of all parts that were won.
    pub won: usize,
    /// Leads of all parts that were lost.
    pub lost: usize,
    /// The calibrated logistic regression on the test part.
    pub evaluation: Evaluation,
    /// Naive Bayes on the test part.
    pub naive_bayes_evaluation: Evaluation,
    /// Features that separate alone, by name.
    #[serde(default)]
    pub separating: Vec<SeparatingFeature>,
}

/// The trained parameters of one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainedFeature {
    /// Name of the feature.
    pub name: String,
    /// Mean in the training part.
    pub mean: f64,
    /// Standard deviation in the training part.
    pub deviation: f64,
    /// Log-odds per standard deviation, before calibration.
    pub coefficient: f64,
    /// Naive Bayes' log ratios; null for a feature with other values than 0 and 1, which it leaves to
    /// the regression.
    pub naive_bayes: Option<LogRatios>,
}

/// A model's prediction for a lead.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// Calibrated chance of winning by the logistic regression, 0.0001 to 0.9999.
    pub probability: f64,
    /// Its log-odds before those limits: the baseline and the contributions.
    pub log_odds: f64,
    /// Log-odds of an average lead.
    pub baseline_log_odds: f64,
    /// Chance of winning by naive Bayes, 0.0001 to 0.9999.
    pub naive_bayes: f64,
    /// Log-odds of naive Bayes' prior; with the log ratios they add up to the log-odds of its
    /// chance.
    pub naive_bayes_baseline_log_odds: f64,
    /// One per feature of the model, the weightiest first.
    pub contributions: Vec<FeatureContribution>,
}

/// The contribution of one feature.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeatureContribution {
    /// Name of the feature.
    pub feature: String,
    /// The lead's value.
    pub value: f64,
    /// Calibrated log-odds that it adds, compared with an average lead.
    pub log_odds: f64,
    /// Log-odds that it adds for naive Bayes; null where that leaves the feature out.
    pub naive_bayes_log_ratio: Option<f64>,
}

/// Predicts the outcome of a lead with these features. Features unknown to the model are ignored.
///
/// # Errors
/// A feature that is not a finite number within [`super::MAX_FEATURE`].
pub fn predict(model: &TrainedModel, features: &Features) -> Result<Prediction, PredictionError> {
    check(features)?;
    let slope = model.calibration.slope;
    let mut contributions: Vec<FeatureContribution> = model
        .features
        .iter()
        .map(|feature| {
            let value = value(features, &feature.name);
            let standardised = standardise(value, feature.mean, feature.deviation);
            FeatureContribution {
                feature: feature.name.clone(),
                value,
                log_odds: slope * feature.coefficient * standardised,
                naive_bayes_log_ratio: feature.naive_bayes.map(|ratios| ratios.of(value)),
            }
        })
        .collect();
    contributions.sort_by(|left, right| right.log_odds.abs().total_cmp(&left.log_odds.abs()));
    let baseline = model.calibration.apply(model.intercept);
    let prior = model.naive_bayes_prior_log_odds;
    let added: f64 = contributions.iter().map(|it| it.log_odds).sum();
    let ratios: f64 = contributions
        .iter()
        .filter_map(|it| it.naive_bayes_log_ratio)
        .sum();
    Ok(Prediction {
        probability: probability(baseline + added),
        log_odds: baseline + added,
        baseline_log_odds: baseline,
        naive_bayes: probability(prior + ratios),
        naive_bayes_baseline_log_odds: prior,
        contributions,
    })
}

fn probability(log_odds: f64) -> f64 {
    let [least, most] = PROBABILITIES;
    sigmoid(log_odds).clamp(least, most)
}
