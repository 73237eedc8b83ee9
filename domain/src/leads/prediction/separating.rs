//! Features that separate won leads from lost ones alone. What people do before they decide is never that
//! clear; what follows from the decision is.

use super::{table::value, train::DecidedLead};
use crate::statistics::ranking::auc;
use serde::{Deserialize, Serialize};

/// From this area under the ROC curve on, a feature separates alone.
pub const SEPARATING_AUC: f64 = 0.99;

/// A feature that separates alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeparatingFeature {
    /// Name of the feature.
    pub feature: String,
    /// Chance that it ranks a won lead on the right side of a lost one, over all leads.
    pub auc: f64,
    /// Whether it was kept, as was asked for.
    pub kept: bool,
}

/// How well the feature separates alone, in either direction, if it does.
pub(super) fn separates(leads: &[DecidedLead], name: &str) -> Option<f64> {
    let pairs: Vec<(f64, bool)> = leads
        .iter()
        .map(|lead| (value(&lead.features, name), lead.won))
        .collect();
    let auc = auc(&pairs)?;
    let auc = auc.max(1.0 - auc);
    (auc >= SEPARATING_AUC).then_some(auc)
}
