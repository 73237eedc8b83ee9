//! Arms as they were shown.

use super::Preset;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An arm that was shown with something that was given, such as a quote, and stays with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownArm {
    /// The experiment's key.
    pub experiment: String,
    /// The number of the phase.
    pub phase: i32,
    /// The arm's key.
    pub arm: String,
    /// The kind of test.
    pub preset: Preset,
    /// What was shown.
    pub value: Value,
}
