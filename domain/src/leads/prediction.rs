//! The chance that a lead is won, learned from leads that were won or lost: an L2 logistic
//! regression, calibrated, with a naive Bayes classifier beside it. Its quality is measured on
//! leads that it never saw, and with too few outcomes it abstains. Nothing is learned from what follows
//! from the outcome. The same leads give the same model: nothing is drawn at random.

mod calibration;
mod error;
mod evaluation;
mod features;
mod logistic;
mod model;
mod naive_bayes;
mod outcome;
mod separating;
mod split;
mod table;
mod train;

pub use calibration::SigmoidCalibration;
pub use error::{AbstentionReason, PredictionError};
pub use evaluation::{Evaluation, brier, expected_calibration_error};
pub use features::{Features, MAX_FEATURE, features, trait_features};
pub use logistic::{LogisticRegression, sigmoid};
pub use model::{FeatureContribution, Prediction, TrainedFeature, TrainedModel, predict};
pub use naive_bayes::{LogRatios, NaiveBayes};
pub use outcome::{CONVERSIONS, last_before_outcome};
pub use separating::{SEPARATING_AUC, SeparatingFeature};
pub use split::Part;
pub use train::{
    DecidedLead, MAX_FEATURES, MAX_KEPT, MIN_OUTCOMES, MIN_OUTCOMES_PER_PART, TrainingConfig, train,
};
