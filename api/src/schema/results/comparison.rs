//! Comparisons of an arm with the base.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One arm against the base.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Comparison {
    /// The base.
    pub(crate) base: ArmFigures,
    /// The arm.
    pub(crate) arm: ArmFigures,
    /// Whether the metric is adjusted by what people did before, or why not.
    pub(crate) adjustment: MetricAdjustment,
    /// The arm minus the base; null where something is missing.
    #[schema(required)]
    pub(crate) absolute: Option<BoundedEffect>,
    /// That by the absolute value of the unadjusted base; null where something is missing.
    #[schema(required)]
    pub(crate) relative: Option<BoundedEffect>,
    /// Of no effect, of this comparison alone: what is left of it among all is the `verdict`. Null of a
    /// posterior.
    #[schema(required, example = 0.003)]
    pub(crate) p: Option<f64>,
    /// Against no effect; null but of a sequence.
    #[schema(required, example = 320.5)]
    pub(crate) e: Option<f64>,
    /// Chance that the arm is above the base; null but of a posterior.
    #[schema(required, example = 0.998)]
    pub(crate) chance_above: Option<f64>,
    /// What choosing wrongly costs; null but of a posterior.
    #[schema(required)]
    pub(crate) losses: Option<ChoiceLosses>,
    /// Why something is missing; null where nothing is.
    #[schema(required)]
    pub(crate) reason: Option<NoResult>,
}

/// A metric of one arm.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArmFigures {
    /// Number of people who are compared.
    #[schema(example = 10_021)]
    pub(crate) people: i64,
    /// The metric, unadjusted; null of nobody and without a denominator.
    #[schema(required, example = 0.123)]
    pub(crate) value: Option<f64>,
    /// The metric, adjusted; null where it is not.
    #[schema(required, example = 0.121)]
    pub(crate) adjusted: Option<f64>,
    /// Standard error of what is compared; null with fewer than two people, and of a quantile.
    #[schema(required, example = 0.0033)]
    pub(crate) error: Option<f64>,
    /// Bounds of a quantile; null of every other metric.
    #[schema(required)]
    pub(crate) interval: Option<ConfidenceBounds>,
}

/// An effect with its bounds.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BoundedEffect {
    /// The effect; of a posterior, its mean.
    #[schema(example = 0.021)]
    pub(crate) value: f64,
    /// Its standard error; of a posterior, its standard deviation; null of a quantile.
    #[schema(required, example = 0.0046)]
    pub(crate) error: Option<f64>,
    /// Its bounds; null where there are none.
    #[schema(required)]
    pub(crate) interval: Option<ConfidenceBounds>,
}

/// Bounds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfidenceBounds {
    /// The lower one; null where there is none on that side.
    #[schema(required, example = 0.008)]
    pub(crate) low: Option<f64>,
    /// The upper one; null where there is none on that side.
    #[schema(required, example = 0.034)]
    pub(crate) high: Option<f64>,
}

/// A figure with its standard error.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figure {
    /// The figure.
    #[schema(example = 0.0004)]
    pub(crate) value: f64,
    /// Its standard error.
    #[schema(example = 0.0011)]
    pub(crate) error: f64,
}

/// What choosing wrongly costs on average, in units of the effect.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChoiceLosses {
    /// Of choosing the arm: what it is below the base, 0 where it is not.
    #[schema(example = 0.000_01)]
    pub(crate) of_arm: f64,
    /// Of staying with the base: what the arm is above it.
    #[schema(example = 0.021)]
    pub(crate) of_base: f64,
}

/// Whether a metric is adjusted, and by what.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum MetricAdjustment {
    /// By the same metric of the time before (CUPED).
    Cuped {
        /// Units of the metric for a unit of the metric before.
        #[schema(example = 0.8)]
        theta: f64,
        /// The metric before, over all arms, which the adjusted values are moved back by.
        #[schema(example = 2.4)]
        centre: f64,
        /// Part of the variance that is gone.
        #[schema(example = 0.36)]
        reduction: f64,
    },
    /// Not adjusted.
    None {
        /// Why.
        reason: NotAdjusted,
    },
}

/// Why a metric is not adjusted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NotAdjusted {
    /// Nobody asked.
    NotAsked,
    /// Nothing is known of the time before.
    NoCovariate,
    /// Everybody was alike before.
    NoVariance,
    /// The covariate takes out no more than pure chance would.
    NoCorrelation,
    /// There are so few people that θ would fit their chance.
    TooFewPeople,
}

/// Why something is missing.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NoResult {
    /// An arm has fewer than two people.
    TooFewPeople,
    /// The denominator of a ratio is not far from 0.
    NoDenominator,
    /// Neither arm varies.
    NoVariance,
    /// An arm has fewer people than the method needs.
    BelowFloor,
    /// There is no such method for the metric.
    NoMethod,
    /// The base is too uncertain, or too near 0, for a relative effect or for its bounds; what is absolute
    /// and the verdict hold.
    BaseTooUncertain,
    /// Weights of arms moved, and of the metric it is not known who came when.
    WeightsMoved,
}
