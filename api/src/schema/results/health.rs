//! Whether figures can be trusted.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether figures can be trusted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhaseHealth {
    /// The worst of the issues.
    pub(crate) state: HealthState,
    /// Whether arms have as many people as their weights say.
    pub(crate) mismatch: Mismatch,
    /// What the test compares: the people of each arm, in the order of the design, and how many were expected.
    pub(crate) arms: Vec<ArmShare>,
    /// The same for each value of each dimension; none where the parts of arms changed, as a bandit's do.
    pub(crate) dimensions: Vec<DimensionHealth>,
    /// Who saw several arms.
    pub(crate) crossed: CrossedPeople,
    /// What speaks against the figures, the worst first.
    pub(crate) issues: Vec<HealthIssue>,
}

/// How trustworthy figures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HealthState {
    /// Nothing speaks against them.
    Fine,
    /// Something makes them doubtful.
    Warning,
    /// They are worthless.
    Broken,
}

/// What people's arms say about the weights.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SampleRatioMismatch)]
pub(crate) struct Mismatch {
    /// p of Pearson's chi-squared test, which is valid for one look; null where too few came.
    #[schema(required, example = 0.62)]
    pub(crate) pearson: Option<f64>,
    /// p of the Dirichlet-multinomial test, which is valid for any number of looks; null where nobody came.
    #[schema(required, example = 1.0)]
    pub(crate) always_valid: Option<f64>,
}

/// An arm's people, and how many were expected: by the buckets of the hash that they were dealt by, and of
/// those of whom it is known which these were.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArmShare {
    /// The arm's key.
    #[schema(example = "round")]
    pub(crate) arm: String,
    /// How many came.
    #[schema(example = 10_021)]
    pub(crate) people: u64,
    /// How many were expected.
    #[schema(example = 10_006.0)]
    pub(crate) expected: f64,
}

/// Assignments by a dimension.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DimensionHealth {
    /// The property.
    #[schema(example = "country")]
    pub(crate) property: String,
    /// Its values, the least likely by chance first; `(other)` is all that are not listed, `(none)` is
    /// exposures without one.
    pub(crate) values: Vec<ValueMismatch>,
}

/// A value of a dimension among others.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ValueMismatch {
    /// The value.
    #[schema(example = "CH")]
    pub(crate) value: String,
    /// The people of each arm, in the order of the design.
    #[schema(example = json!([5_010, 4_998]))]
    pub(crate) people: Vec<u64>,
    /// The tests of the people who have it.
    pub(crate) mismatch: Mismatch,
    /// Its `always_valid` after Holm's correction over all values.
    #[schema(required, example = 1.0)]
    pub(crate) corrected: Option<f64>,
    /// Whether that is so low that it is found.
    #[schema(example = false)]
    pub(crate) is_found: bool,
}

/// People who saw more than one arm.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CrossedPeople {
    /// How many they are, of all.
    pub(crate) share: CrossedShare,
    /// p of 1 % or fewer, at any look.
    #[schema(example = 1.0)]
    pub(crate) p: f64,
    /// Whether they are more than people who change devices, beyond chance.
    #[schema(example = false)]
    pub(crate) is_too_many: bool,
}

/// A share with its interval by Wilson.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CrossedShare {
    /// Who saw several arms.
    #[schema(example = 12)]
    pub(crate) numerator: u64,
    /// Everybody who saw one or more.
    #[schema(example = 20_012)]
    pub(crate) denominator: u64,
    /// The share; null of nobody.
    #[schema(required, example = 0.0006)]
    pub(crate) rate: Option<f64>,
    /// Bounds of the interval at 95 %; null of nobody.
    #[schema(required, example = json!([0.0003, 0.001]))]
    pub(crate) interval: Option<[f64; 2]>,
}

/// Something that speaks against the figures.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HealthIssue {
    /// How bad it is.
    pub(crate) state: HealthState,
    /// What it is, for programs.
    #[schema(example = "sample_ratio_mismatch")]
    pub(crate) code: String,
    /// What it is.
    #[schema(example = "Arms have not as many people as their weights say.")]
    pub(crate) text: String,
    /// Its p; null where there is none.
    #[schema(required, example = 0.0002)]
    pub(crate) p: Option<f64>,
}
