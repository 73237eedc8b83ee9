//! What experiments show, as documents and pages have it: mirrors of
//! [`tessera_domain::experiments::results`], field by field.
//!
//! The domain writes results and reads none. A page of a report is drawn from the text that was signed,
//! which these read.

mod comparison;
mod decision;
mod factorial;
mod health;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use comparison::{
    ArmFigures, BoundedEffect, Comparison, ConfidenceBounds, Figure, NoResult,
};
pub(crate) use decision::{DecidedAction, ExperimentDecision, Reason};
pub(crate) use factorial::{
    Contrast, FactorAnalysis, FactorResult, NoAnalysis, NotAnalysed, TermTest,
};
pub(crate) use health::{ArmShare, HealthState, PhaseHealth};

use super::DecidingMethod;
use serde::{Deserialize, Serialize};
use tessera_domain::{
    experiments::{
        design::{Method, Role},
        metric::Better,
    },
    time::Timestamp,
};
use utoipa::ToSchema;

/// What a phase shows.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhaseResults {
    /// The experiment's key.
    #[schema(example = "checkout-button")]
    pub(crate) experiment: String,
    /// The phase's number.
    #[schema(example = 1)]
    pub(crate) phase: u32,
    /// The moment.
    #[schema(value_type = crate::wire::Moment)]
    pub(crate) as_of: Timestamp,
    /// When the phase began.
    #[schema(value_type = crate::wire::Moment)]
    pub(crate) started_at: Timestamp,
    /// When it ended; null while it runs.
    #[schema(required, value_type = Option<crate::wire::Moment>)]
    pub(crate) ended_at: Option<Timestamp>,
    /// Days that it has run.
    #[schema(example = 12.5)]
    pub(crate) days: f64,
    /// Which evidence decides.
    #[schema(value_type = DecidingMethod)]
    pub(crate) method: Method,
    /// People who saw one arm, and each arm's.
    pub(crate) people: PhasePeople,
    /// Each metric, in the order of the design.
    pub(crate) metrics: Vec<MetricResult>,
    /// What each factor does, and each pair of them, for each metric that is neither a ratio nor a quantile;
    /// empty without factors.
    pub(crate) factors: Vec<FactorResult>,
    /// Whether the figures can be trusted.
    pub(crate) health: PhaseHealth,
    /// What to do; of a phase that has ended, what the figures said at its end.
    pub(crate) decision: ExperimentDecision,
}

/// How many people there are.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhasePeople {
    /// Who saw one arm.
    #[schema(example = 20_000)]
    pub(crate) exposed: i64,
    /// Who saw several, and are in none.
    #[schema(example = 12)]
    pub(crate) crossed: i64,
    /// Each arm's, in the order of the design.
    pub(crate) arms: Vec<ArmPeople>,
}

/// How many people an arm has.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArmPeople {
    /// The arm's key.
    #[schema(example = "round")]
    pub(crate) arm: String,
    /// How many saw it and no other.
    #[schema(example = 10_021)]
    pub(crate) people: i64,
}

/// A metric of all arms.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricResult {
    /// Its name.
    #[schema(example = "subscribed")]
    pub(crate) metric: String,
    /// What it is for.
    #[schema(inline, value_type = MetricRole)]
    pub(crate) role: Role,
    /// Which direction is an improvement.
    #[schema(inline, value_type = BetterDirection)]
    pub(crate) better: Better,
    /// The chance of each arm, the base first, to be the best; 0 of one that nobody can see; null where
    /// figures are missing.
    #[schema(required, example = json!([0.02, 0.98]))]
    pub(crate) chances_to_be_best: Option<Vec<f64>>,
    /// Each arm but the base, in the order of the design.
    pub(crate) arms: Vec<ArmResult>,
}

/// Stands for [`Role`] in a schema.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "a schema has its choices")]
enum MetricRole {
    /// Decides.
    Primary,
    /// Explains.
    Secondary,
    /// Must not become worse.
    Guardrail,
}

/// Stands for [`Better`] in a schema.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "a schema has its choices")]
enum BetterDirection {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// A metric of an arm.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArmResult {
    /// The arm's key.
    #[schema(example = "round")]
    pub(crate) arm: String,
    /// By confidence sequences, at any look.
    pub(crate) sequential: Comparison,
    /// By Welch's test, as it was read when as many people had been measured as were planned; null until
    /// then, and without a plan.
    #[schema(required)]
    pub(crate) fixed: Option<Comparison>,
    /// By a posterior.
    pub(crate) bayesian: Comparison,
    /// What is left of the deciding evidence among all comparisons.
    pub(crate) verdict: ArmVerdict,
    /// Bounds of the difference at the level that the correction leaves; null where there is none.
    #[schema(required)]
    pub(crate) corrected_interval: Option<ConfidenceBounds>,
    /// Those of the relative effect.
    #[schema(required)]
    pub(crate) corrected_relative_interval: Option<ConfidenceBounds>,
    /// Whether the arm is better, by the direction of the metric; null while that is not proved.
    #[schema(required, example = true)]
    pub(crate) is_better: Option<bool>,
    /// Whether the effect drifts from cohort to cohort; null of a quantile.
    #[schema(required)]
    pub(crate) drift: Option<EffectDrift>,
    /// Whether arms differed before the experiment; null where nothing is known of that time.
    #[schema(required)]
    pub(crate) carry_over: Option<CarryOver>,
}

impl ArmResult {
    /// The comparison that decides; none while it may not be read.
    pub(crate) fn deciding(&self, method: Method) -> Option<&Comparison> {
        match method {
            Method::Sequential { .. } => Some(&self.sequential),
            Method::Fixed { .. } => self.fixed.as_ref(),
            Method::Bayesian { .. } => Some(&self.bayesian),
        }
    }
}

/// What remains of evidence among many comparisons.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArmVerdict {
    /// The corrected p value, by e-BH the reciprocal of the corrected e value; null without evidence.
    #[schema(required, example = 0.012)]
    pub(crate) corrected: Option<f64>,
    /// Whether the corrected value is at most alpha; never of a posterior, which has none: `is_better` is what
    /// every method proves.
    #[schema(example = true)]
    pub(crate) is_significant: bool,
    /// The alpha of an interval that goes with the verdict; null without evidence.
    #[schema(required, example = 0.025)]
    pub(crate) interval_alpha: Option<f64>,
}

/// How the effect of cohorts differs: of people who were first exposed in the same batch, which is a day
/// but of a bandit.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EffectDrift {
    /// Cohorts that count: those whose windows are over, and that have people enough.
    #[schema(example = 12)]
    pub(crate) cohorts: usize,
    /// How much the effect grows in a day; null with too few cohorts.
    #[schema(required)]
    pub(crate) slope: Option<Figure>,
    /// p of a slope of 0.
    #[schema(required, example = 0.4)]
    pub(crate) slope_p: Option<f64>,
    /// Cochran's Q: how far the cohorts are from one effect; null with too few.
    #[schema(required, example = 9.7)]
    pub(crate) heterogeneity: Option<f64>,
    /// p of one effect of all cohorts.
    #[schema(required, example = 0.56)]
    pub(crate) heterogeneity_p: Option<f64>,
    /// Why there are no tests; null where there are.
    #[schema(required)]
    pub(crate) reason: Option<NoDrift>,
}

/// Why a drift is not tested.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NoDrift {
    /// The metric has no window, so who came first was measured for longer.
    NoWindow,
    /// Too few cohorts count.
    TooFewCohorts,
}

/// A difference that was there before the experiment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CarryOver {
    /// The arm minus the base, before.
    pub(crate) difference: Figure,
    /// p of no difference, two-sided, at one look.
    #[schema(example = 0.7)]
    pub(crate) p: f64,
}
