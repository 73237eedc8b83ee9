//! Why there is no model or no prediction.

use serde::{Deserialize, Serialize};

/// Why training or predicting is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PredictionError {
    /// There are too few outcomes.
    #[error("outcomes: {reason}: {needed} are needed, there are {have}")]
    Abstained {
        /// What there are too few of.
        reason: AbstentionReason,
        /// How many are needed.
        needed: usize,
        /// How many there are.
        have: usize,
    },
    /// No feature differs between the leads of the training part.
    #[error("features: at least one must differ between leads")]
    NoFeature,
    /// All features that differ separate alone.
    #[error(
        "features: all that differ between leads separate won from lost alone, as what follows from the outcome does: {features}; `keep` says which to learn from all the same"
    )]
    OnlySeparating {
        /// Their names.
        features: String,
    },
    /// A feature's value is not a number, or an extreme one.
    #[error("features.{feature}: must be a finite number of at most {most:e} in size")]
    Value {
        /// Name of the feature.
        feature: String,
        /// Largest size that is allowed.
        most: f64,
    },
    /// A parameter of the training is out of its range.
    #[error("{field}: must be a finite number above 0")]
    Config {
        /// Name of the parameter.
        field: &'static str,
    },
    /// A fit's rows and targets do not match, or one outcome is missing.
    #[error("targets: must be one a row, finite, and not all 0 or all 1")]
    Targets,
    /// The optimum was not found.
    #[error("coefficients: no optimum was found within {iterations} iterations")]
    NotConverged {
        /// How many were tried.
        iterations: usize,
    },
}

/// What there are too few of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AbstentionReason {
    /// Leads that were won.
    #[error("too few leads were won")]
    TooFewWon,
    /// Leads that were lost.
    #[error("too few leads were lost")]
    TooFewLost,
    /// Leads that were won in the smallest part of the split.
    #[error("too few leads were won in a part of the split")]
    TooFewWonInAPart,
    /// Leads that were lost in the smallest part of the split.
    #[error("too few leads were lost in a part of the split")]
    TooFewLostInAPart,
}
