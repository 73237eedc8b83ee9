//! How long an experiment takes, before it starts.
//!
//! Law: a plan is of the test that will decide, with what its correction leaves to a comparison while nothing
//! else is found, and of its days, which include the windows of those who come last.

mod arm;

use super::{
    assignment::BPS,
    design::{Design, Method, Role},
    inference::{
        adjustment::Adjustment,
        estimate::{Estimate, Period, Shape},
        power::Baseline,
        sequence::FEWEST_PEOPLE,
    },
    metric::{Measure, Metric},
    moments::Moments,
    multiplicity::{Hypothesis, correct},
};
use crate::{capture::is_name, refusal::Refusal};
use arm::Comparison;
use serde::{Deserialize, Serialize};

/// What is asked of a plan.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// People who would see the experiment on a day, at full coverage.
    pub people_a_day: f64,
    /// The chance with which an effect shall be found, in ten-thousandths.
    #[serde(default = "usual_power")]
    pub power_bps: u16,
    /// The relative effect that shall be found, in ten-thousandths of the base; the least that is
    /// worthwhile by the design, unless given.
    #[serde(default)]
    pub effect_bps: Option<u16>,
    /// What is known of metrics; of others, what the base of the latest phase has shown.
    #[serde(default)]
    pub baselines: Vec<StatedBaseline>,
}

/// What is known of a metric.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedBaseline {
    /// Its name.
    pub metric: String,
    /// Its mean over people; of a share, the share.
    pub mean: f64,
    /// Its standard deviation over people; none of a share, which has its own.
    #[serde(default)]
    pub deviation: Option<f64>,
}

/// Four of five.
const USUAL_POWER_BPS: u16 = 8_000;
/// Most people a day that can be asked for.
const MOST_PEOPLE_A_DAY: f64 = 1e9;

fn usual_power() -> u16 {
    USUAL_POWER_BPS
}

/// The plan of a metric and an arm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedArm {
    /// The metric's name.
    pub metric: String,
    /// The arm's key.
    pub arm: String,
    /// The mean that the plan starts from; null where nothing is known, and then of everything else.
    pub baseline: Option<f64>,
    /// The least improvement that the people of the design's method show with the power, negative where
    /// less is better.
    pub detectable: Option<f64>,
    /// The relative effect that is asked for, negative where less is better; null where none is.
    pub effect: Option<f64>,
    /// People of the base and of the arm whom that takes.
    pub people: Option<[i64; 2]>,
    /// Days until they have come and their windows are over, and no fewer than the decision waits for.
    pub days: Option<i64>,
    /// The chance to find it with the people of the design's method.
    pub power: Option<f64>,
    /// Why something is missing; null where nothing is.
    pub reason: Option<NotPlanned>,
}

/// Why something is missing of a plan: the first that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotPlanned {
    /// Nothing is known of the metric: no baseline is stated, and no phase has shown one.
    NoBaseline,
    /// The correction leaves the comparison no alpha while nothing else is found.
    NoAlpha,
    /// No effect is asked for, and the design has none that is worthwhile.
    NoEffect,
    /// The method names no number of people, as a posterior does not.
    NoPeople,
    /// No number of people finds the effect, or no effect is large enough for the people.
    OutOfReach,
}

impl Asked {
    fn validate(&self) -> Result<(), Refusal> {
        let is_number = self.people_a_day > 0.0 && self.people_a_day <= MOST_PEOPLE_A_DAY;
        if !is_number {
            let rule = "must be a number above 0, and at most a thousand million";
            return Err(Refusal::new("people_a_day", rule));
        }
        Refusal::unless_number("power_bps", self.power_bps, 1_000..=9_999)?;
        if let Some(effect) = self.effect_bps {
            Refusal::unless_number("effect_bps", effect, 1..=BPS)?;
        }
        for (at, baseline) in self.baselines.iter().enumerate() {
            let field = |name: &str| format!("baselines[{at}].{name}");
            if !is_name(&baseline.metric) {
                let rule = "must be the name of a metric of the design";
                return Err(Refusal::new(field("metric"), rule));
            }
            let before = self.baselines.iter().take(at);
            if before.into_iter().any(|it| it.metric == baseline.metric) {
                let rule = "must be another metric than those before";
                return Err(Refusal::new(field("metric"), rule));
            }
            if !baseline.mean.is_finite() {
                return Err(Refusal::new(field("mean"), "must be a number"));
            }
            if baseline
                .deviation
                .is_some_and(|it| !(it > 0.0 && it.is_finite()))
            {
                return Err(Refusal::new(field("deviation"), "must be above 0"));
            }
        }
        Ok(())
    }
}

/// The plan of every metric that decides or explains and every arm. `measured` are moments of the base, by
/// the metric's place, of a phase that has run.
///
/// # Errors
/// The first field that breaks a rule.
pub fn plan(
    design: &Design,
    metrics: &[Metric],
    measured: &[Option<Moments>],
    asked: &Asked,
) -> Result<Vec<PlannedArm>, Refusal> {
    asked.validate()?;
    for (at, stated) in asked.baselines.iter().enumerate() {
        let Some(place) = design
            .metrics
            .iter()
            .position(|it| it.metric == stated.metric)
        else {
            let rule = "must be the name of a metric of the design";
            return Err(Refusal::new(format!("baselines[{at}].metric"), rule));
        };
        let is_share = metrics.get(place).is_some_and(Metric::is_share);
        let is_possible = (0.0..=1.0).contains(&stated.mean);
        if is_share && (!is_possible || stated.deviation.is_some()) {
            let rule = "must be from 0 to 1 for a share, without a deviation";
            return Err(Refusal::new(format!("baselines[{at}].mean"), rule));
        }
        if !is_share && stated.deviation.is_none() {
            let rule = "must be there for what is no share";
            return Err(Refusal::new(format!("baselines[{at}].deviation"), rule));
        }
    }
    let mut planned = Vec::new();
    let mut levels = levels(design).into_iter();
    for (place, (chosen, metric)) in design.metrics.iter().zip(metrics).enumerate() {
        if chosen.role == Role::Guardrail {
            continue;
        }
        let stated = asked.baselines.iter().find(|it| it.metric == chosen.metric);
        let moments = measured.get(place).and_then(Option::as_ref);
        let moments = moments.filter(|it| it.people >= FEWEST_PEOPLE);
        let known = Known {
            baseline: match stated {
                Some(stated) => Some(stated_baseline(stated)),
                None => moments.and_then(|it| measured_baseline(it, metric.shape())),
            },
            reduction: moments.map_or(0.0, |it| reduction(it, metric)),
        };
        for (at, level) in (1..design.allocation.arms.len()).zip(levels.by_ref()) {
            if matches!(metric.measure, Measure::Quantile { .. }) {
                continue;
            }
            let comparison = Comparison {
                design,
                metric,
                asked,
                at,
            };
            let baseline = known.baseline.ok_or(NotPlanned::NoBaseline);
            let plan = baseline.and_then(|baseline| {
                let level = level.ok_or(NotPlanned::NoAlpha)?;
                Ok(comparison.plan(baseline, known.reduction, level))
            });
            planned.push(comparison.planned(&chosen.metric, plan));
        }
    }
    Ok(planned)
}

/// What is known of a metric beforehand.
struct Known {
    baseline: Option<Baseline>,
    /// Part of the variance that its covariate takes out.
    reduction: f64,
}

fn stated_baseline(stated: &StatedBaseline) -> Baseline {
    match stated.deviation {
        None => Baseline::Rate(stated.mean),
        Some(deviation) => Baseline::Mean {
            mean: stated.mean,
            variance: deviation * deviation,
        },
    }
}

/// What the base of a phase has shown.
fn measured_baseline(moments: &Moments, shape: Shape) -> Option<Baseline> {
    let shown = Estimate::plain(moments, shape, Period::During)?;
    Some(match shape {
        Shape::Rate => Baseline::Rate(shown.value),
        Shape::Mean | Shape::Ratio => Baseline::Mean {
            mean: shown.value,
            variance: shown.variance,
        },
    })
}

/// The part of the variance that the metric's covariate has taken out in a phase.
fn reduction(moments: &Moments, metric: &Metric) -> f64 {
    let adjustment = metric.covariate_days;
    match adjustment.map(|_| Adjustment::between(&[moments], metric.shape())) {
        Some(Adjustment::Cuped { reduction, .. }) => reduction,
        Some(Adjustment::None { .. }) | None => 0.0,
    }
}

/// The part of alpha that each comparison has while nothing is found: of each metric but guardrails each arm
/// but the base. A posterior is not corrected.
fn levels(design: &Design) -> Vec<Option<f64>> {
    let statistics = &design.statistics;
    let alpha = statistics.alpha();
    let metrics = design.metrics.iter().enumerate();
    let decide = metrics.filter(|(_, it)| it.role != Role::Guardrail);
    let arms = design.allocation.arms.len().saturating_sub(1);
    let family: Vec<Hypothesis> = decide
        .flat_map(|(metric, chosen)| {
            (0..arms).map(move |arm| Hypothesis {
                arm,
                metric,
                is_primary: chosen.role == Role::Primary,
                p: Some(1.0),
                e: Some(1.0),
            })
        })
        .collect();
    if matches!(statistics.method, Method::Bayesian { .. }) {
        return vec![Some(alpha); family.len()];
    }
    let verdicts = correct(&family, statistics.correction, statistics.scope, alpha);
    verdicts.into_iter().map(|it| it.interval_alpha).collect()
}
