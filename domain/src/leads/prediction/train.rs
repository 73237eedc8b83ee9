//! From decided leads to a model: split, fit, calibrate, measure.

use super::{
    calibration::SigmoidCalibration,
    error::{AbstentionReason, PredictionError},
    evaluation::Evaluation,
    features::{Features, check},
    logistic::LogisticRegression,
    model::{TrainedFeature, TrainedModel, predict},
    naive_bayes::NaiveBayes,
    separating::{SeparatingFeature, separates},
    split::Part,
    table::{Column, columns, rows, standardise},
};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most features of a model: those that most leads have.
pub const MAX_FEATURES: usize = 128;
/// Most features that are kept although they separate alone.
pub const MAX_KEPT: usize = 20;
/// Most characters of the name of a feature that is kept.
const MAX_KEPT_CHARS: usize = 500;
/// Leads of each outcome below which a model abstains by default.
pub const MIN_OUTCOMES: usize = 50;
/// Leads of each outcome that each part of the split must have.
pub const MIN_OUTCOMES_PER_PART: usize = 5;

/// A lead whose outcome is known.
#[derive(Debug, Clone, PartialEq)]
pub struct DecidedLead {
    /// Well mixed hash of the lead's id; decides its part.
    pub hash: u64,
    /// Features known before the decision.
    pub features: Features,
    /// Whether it was won.
    pub won: bool,
}

/// How a model is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingConfig {
    /// Naive Bayes' smoothing, in leads.
    pub smoothing: f64,
    /// Penalty on the regression's squared coefficients, of standardised features.
    pub l2: f64,
    /// Leads of each outcome below which it abstains.
    pub min_outcomes: usize,
    /// Features to learn from although they separate won leads from lost ones alone.
    pub keep: BTreeSet<String>,
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            smoothing: 1.0,
            l2: 1.0,
            min_outcomes: MIN_OUTCOMES,
            keep: BTreeSet::new(),
        }
    }
}

/// Fits on the training part, calibrates on the calibration part and measures on the test part. Features
/// that separate alone are left out, unless they are to be kept.
///
/// # Errors
/// Abstains with too few outcomes; refuses values that are no numbers, leads that no feature
/// distinguishes but those left out, and parameters out of range.
pub fn train(
    leads: &[DecidedLead],
    config: &TrainingConfig,
) -> Result<TrainedModel, PredictionError> {
    config.check()?;
    for lead in leads {
        check(&lead.features)?;
    }
    let [training, calibration, test] = Part::ALL.map(|part| of_part(leads, part));
    let parts = [&training, &calibration, &test];
    abstain_below(config.min_outcomes, leads, parts)?;

    let features: Vec<&Features> = training.iter().map(|lead| &lead.features).collect();
    let won: Vec<bool> = training.iter().map(|lead| lead.won).collect();
    let (columns, separating) = chosen(leads, &features, config)?;
    let targets: Vec<f64> = won.iter().map(|won| f64::from(u8::from(*won))).collect();
    let standardised = rows(&features, &columns, |column, value| {
        standardise(value, column.mean, column.deviation)
    });
    let regression = LogisticRegression::fit(&standardised, &targets, config.l2)?;
    let flags = columns.iter().filter(|column| column.is_flag);
    let present = rows(&features, flags, |_, value| value);
    let bayes = NaiveBayes::fit(&present, &won, config.smoothing)?;

    let mut model = TrainedModel {
        intercept: regression.intercept,
        calibration: SigmoidCalibration::NONE,
        naive_bayes_prior_log_odds: bayes.prior_log_odds,
        features: trained(columns, &regression, &bayes),
        won: count(leads, true),
        lost: count(leads, false),
        evaluation: Evaluation::of(&[]),
        naive_bayes_evaluation: Evaluation::of(&[]),
        separating,
    };
    let uncalibrated: Vec<(f64, bool)> = calibration
        .iter()
        .map(|lead| Ok((predict(&model, &lead.features)?.log_odds, lead.won)))
        .collect::<Result<_, PredictionError>>()?;
    model.calibration = SigmoidCalibration::fit(&uncalibrated)?;
    let (mut by_regression, mut by_bayes) = (Vec::new(), Vec::new());
    for lead in test {
        let prediction = predict(&model, &lead.features)?;
        by_regression.push((prediction.probability, lead.won));
        by_bayes.push((prediction.naive_bayes, lead.won));
    }
    model.evaluation = Evaluation::of(&by_regression);
    model.naive_bayes_evaluation = Evaluation::of(&by_bayes);
    Ok(model)
}

/// The features to learn from, and those that separate alone.
fn chosen(
    leads: &[DecidedLead],
    training: &[&Features],
    config: &TrainingConfig,
) -> Result<(Vec<Column>, Vec<SeparatingFeature>), PredictionError> {
    let mut separating: BTreeMap<String, SeparatingFeature> = BTreeMap::new();
    let mut left_out = BTreeSet::new();
    loop {
        let columns = columns(training, MAX_FEATURES, &left_out);
        let before = left_out.len();
        for Column { name, .. } in &columns {
            let Some(auc) = separates(leads, name) else {
                continue;
            };
            let kept = config.keep.contains(name);
            if !kept {
                left_out.insert(name.clone());
            }
            let feature = name.clone();
            separating.insert(name.clone(), SeparatingFeature { feature, auc, kept });
        }
        if left_out.len() > before {
            // Others take their places.
            continue;
        }
        if columns.is_empty() {
            let features: Vec<String> = separating.into_keys().collect();
            return Err(match features.as_slice() {
                [] => PredictionError::NoFeature,
                features => PredictionError::OnlySeparating {
                    features: features.join(", "),
                },
            });
        }
        return Ok((columns, separating.into_values().collect()));
    }
}

impl TrainingConfig {
    /// Whether a model can be trained with these parameters.
    ///
    /// # Errors
    /// The first parameter that breaks its rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        self.check().map_err(|error| match error {
            PredictionError::Config { field } => {
                Refusal::new(field, "must be a finite number above 0")
            }
            other => Refusal::new("", other.to_string()),
        })?;
        Refusal::unless_count("keep", self.keep.len(), 0..=MAX_KEPT, "features")?;
        for name in &self.keep {
            Refusal::unless_name("keep", name, MAX_KEPT_CHARS)?;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), PredictionError> {
        for (field, value) in [("smoothing", self.smoothing), ("l2", self.l2)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(PredictionError::Config { field });
            }
        }
        Ok(())
    }
}

/// The leads of a part, ordered by hash, so that sums round the same in any order of the leads.
fn of_part(leads: &[DecidedLead], part: Part) -> Vec<&DecidedLead> {
    let mut members: Vec<&DecidedLead> = leads
        .iter()
        .filter(|lead| Part::of(lead.hash) == part)
        .collect();
    members.sort_by_key(|lead| lead.hash);
    members
}

fn count<'a>(leads: impl IntoIterator<Item = &'a DecidedLead>, outcome: bool) -> usize {
    leads.into_iter().filter(|lead| lead.won == outcome).count()
}

fn abstain_below(
    min_outcomes: usize,
    leads: &[DecidedLead],
    parts: [&Vec<&DecidedLead>; 3],
) -> Result<(), PredictionError> {
    let fewest = |outcome| {
        let counts = parts.map(|part| count(part.iter().copied(), outcome));
        counts.into_iter().min().unwrap_or_default()
    };
    let in_all = min_outcomes;
    let in_a_part = MIN_OUTCOMES_PER_PART;
    for (reason, needed, have) in [
        (AbstentionReason::TooFewWon, in_all, count(leads, true)),
        (AbstentionReason::TooFewLost, in_all, count(leads, false)),
        (AbstentionReason::TooFewWonInAPart, in_a_part, fewest(true)),
        (
            AbstentionReason::TooFewLostInAPart,
            in_a_part,
            fewest(false),
        ),
    ] {
        if have < needed {
            return Err(PredictionError::Abstained {
                reason,
                needed,
                have,
            });
        }
    }
    Ok(())
}

fn trained(
    columns: Vec<Column>,
    regression: &LogisticRegression,
    bayes: &NaiveBayes,
) -> Vec<TrainedFeature> {
    let mut ratios = bayes.ratios.iter().copied();
    columns
        .into_iter()
        .zip(&regression.coefficients)
        .map(|(column, coefficient)| TrainedFeature {
            naive_bayes: column.is_flag.then(|| ratios.next()).flatten(),
            name: column.name,
            mean: column.mean,
            deviation: column.deviation,
            coefficient: *coefficient,
        })
        .collect()
}
