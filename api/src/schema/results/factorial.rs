//! What factors do.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A metric by the factors of the design.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactorResult {
    /// The metric's name.
    #[schema(example = "subscribed")]
    pub(crate) metric: String,
    /// Its analysis of variance; null where it is not shown.
    #[schema(required)]
    pub(crate) analysis: Option<FactorAnalysis>,
    /// Why there is no analysis; null where there is one.
    #[schema(required)]
    pub(crate) missing: Option<NotAnalysed>,
    /// Whether p values and intervals hold for one look only, while the method that decides allows any
    /// number of looks: then they are to read, and prove nothing.
    #[schema(example = true)]
    pub(crate) for_one_look: bool,
}

/// Why factors are not analysed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NotAnalysed {
    /// The test is read once, and fewer people are measured than were planned.
    NotDue,
    /// Weights of arms moved, so that people of one time are not like those of another.
    WeightsMoved,
}

/// An analysis of variance.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactorAnalysis {
    /// Each factor, and then each pair of factors.
    pub(crate) terms: Vec<TermTest>,
    /// Each level of each factor, but for the first, against its first.
    pub(crate) contrasts: Vec<Contrast>,
    /// Degrees of freedom of the residual; null when no people are left for it.
    #[schema(required, example = 19_996)]
    pub(crate) residual_freedom: Option<i64>,
    /// Variance of the residual; null without freedom.
    #[schema(required, example = 0.107)]
    pub(crate) residual_variance: Option<f64>,
}

/// Whether a term explains more than chance does: a test of type II, in which levels weigh as much as they have
/// people. Contrasts weigh levels alike, so where cells differ much in size the two can disagree.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FactorTermTest)]
pub(crate) struct TermTest {
    /// Number of the factor in the design, from 0, or of the two that interact.
    #[schema(example = json!([0, 1]))]
    pub(crate) factors: Vec<usize>,
    /// Degrees of freedom.
    #[schema(example = 1)]
    pub(crate) freedom: usize,
    /// Sum of squares, in units squared; null where cells are missing.
    #[schema(required, example = 1.2)]
    pub(crate) sum_of_squares: Option<f64>,
    /// The F statistic; null where it cannot be tested.
    #[schema(required, example = 11.3)]
    pub(crate) f: Option<f64>,
    /// Its p value; null where it cannot be tested.
    #[schema(required, example = 0.0008)]
    pub(crate) p: Option<f64>,
    /// Why there is no p value; null if there is one.
    #[schema(required)]
    pub(crate) missing: Option<NoAnalysis>,
}

/// What a level of a factor does against its first level, all combinations of the other factors' levels
/// counting the same.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FactorContrast)]
pub(crate) struct Contrast {
    /// Number of the factor in the design, from 0.
    #[schema(example = 0)]
    pub(crate) factor: usize,
    /// Number of the level, from 1 on.
    #[schema(example = 1)]
    pub(crate) level: usize,
    /// Difference of the means, in units; null where cells are missing.
    #[schema(required, example = 0.0155)]
    pub(crate) difference: Option<f64>,
    /// Its standard error; null without a variance.
    #[schema(required, example = 0.0046)]
    pub(crate) standard_error: Option<f64>,
    /// Its interval by Student's t; null without a standard error.
    #[schema(required, example = json!([0.0065, 0.0245]))]
    pub(crate) interval: Option<[f64; 2]>,
}

/// Why something cannot be tested.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NoAnalysis {
    /// Cells that it needs have no people.
    EmptyCells,
    /// No more people than means.
    TooFewPeople,
    /// Nobody differs from the others of their cell.
    NoVariance,
}
