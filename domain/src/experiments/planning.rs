//! How long an experiment takes, before it starts.
//!
//! Law: a plan is of the test that will decide, with its correction: each comparison has its part of alpha.

use super::{
    design::{Design, Method, Role, Sides},
    inference::{
        interval::Side,
        power::{Baseline, Plan, Test},
        sequence::FEWEST_PEOPLE,
    },
    metric::{Better, Measure, Metric},
    moments::{DENOMINATOR, Moments, VALUE},
    multiplicity::Correction,
};
use crate::{capture::is_name, refusal::Refusal};
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
    /// The least relative effect that the people of the design's method show with the power.
    pub detectable: Option<f64>,
    /// The relative effect that is asked for; null where none is.
    pub effect: Option<f64>,
    /// People of the base and of the arm whom that takes.
    pub people: Option<[i64; 2]>,
    /// Days until they have come.
    pub days: Option<i64>,
    /// The chance to find it with the people of the design's method.
    pub power: Option<f64>,
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
            Refusal::unless_number("effect_bps", effect, 1..=10_000)?;
        }
        for (at, baseline) in self.baselines.iter().enumerate() {
            let field = |name: &str| format!("baselines[{at}].{name}");
            if !is_name(&baseline.metric) {
                let rule = "must be the name of a metric of the design";
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
    for (place, (chosen, metric)) in design.metrics.iter().zip(metrics).enumerate() {
        let is_planned =
            chosen.role != Role::Guardrail && !matches!(metric.measure, Measure::Quantile { .. });
        if !is_planned {
            continue;
        }
        let stated = asked.baselines.iter().find(|it| it.metric == chosen.metric);
        let moments = measured.get(place).and_then(Option::as_ref);
        let baseline = match stated {
            Some(stated) => Some(stated_baseline(stated)),
            None => moments.and_then(|it| measured_baseline(it, metric)),
        };
        for at in 1..design.allocation.arms.len() {
            let plan = baseline.map(|baseline| of(design, metric, baseline, at));
            planned.push(planned_arm(design, &chosen.metric, at, plan, asked));
        }
    }
    Ok(planned)
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

/// What the base of a phase has shown; of too few people, nothing.
fn measured_baseline(moments: &Moments, metric: &Metric) -> Option<Baseline> {
    if moments.people < FEWEST_PEOPLE {
        return None;
    }
    let mean = moments.mean(VALUE)?;
    if metric.is_share() {
        return Some(Baseline::Rate(mean));
    }
    let variance = moments.covariance(VALUE, VALUE)?;
    if !matches!(metric.measure, Measure::Ratio { .. }) {
        return Some(Baseline::Mean { mean, variance });
    }
    // The variance of the linear form of a ratio of means.
    let whole = moments.mean(DENOMINATOR).filter(|it| *it != 0.0)?;
    let ratio = mean / whole;
    let both = moments.covariance(VALUE, DENOMINATOR)?;
    let of_whole = moments.covariance(DENOMINATOR, DENOMINATOR)?;
    let variance = (variance - 2.0 * ratio * both + ratio * ratio * of_whole) / (whole * whole);
    Some(Baseline::Mean {
        mean: ratio,
        variance: variance.max(0.0),
    })
}

fn of(design: &Design, metric: &Metric, baseline: Baseline, arm: usize) -> Plan {
    let statistics = &design.statistics;
    let weight = |at: usize| {
        let arm = design.allocation.arms.get(at);
        f64::from(arm.map_or(0, |it| it.weight_bps)) / 10_000.0
    };
    let decide = design
        .metrics
        .iter()
        .filter(|it| it.role != Role::Guardrail);
    let all = decide.count() * design.allocation.arms.len().saturating_sub(1);
    let comparisons = match statistics.correction {
        Correction::None => 1,
        _ => u32::try_from(all.max(1)).unwrap_or(u32::MAX),
    };
    let side = match (statistics.sides, metric.better) {
        (Sides::Both, _) => Side::Both,
        (Sides::Improvement, Better::Higher) => Side::Above,
        (Sides::Improvement, Better::Lower) => Side::Below,
    };
    let test = match statistics.method {
        Method::Sequential { tuned_for } => Test::Sequential {
            tuned_for: tuned_for.into(),
        },
        Method::Fixed { .. } | Method::Bayesian { .. } => Test::Fixed,
    };
    Plan {
        baseline,
        test,
        alpha: statistics.alpha(),
        comparisons,
        side,
        shares: [weight(0), weight(arm)],
    }
}

fn planned_arm(
    design: &Design,
    metric: &str,
    at: usize,
    plan: Option<Plan>,
    asked: &Asked,
) -> PlannedArm {
    let power = f64::from(asked.power_bps) / 10_000.0;
    let coverage = f64::from(design.allocation.coverage_bps) / 10_000.0;
    let people = match design.statistics.method {
        Method::Sequential { tuned_for: people }
        | Method::Fixed {
            planned_people: people,
        } => Some(f64::from(people)),
        Method::Bayesian { .. } => None,
    };
    let wanted = asked.effect_bps.or(design.decision.worthwhile_bps);
    let sign = plan.map_or(1.0, |it| if it.side == Side::Below { -1.0 } else { 1.0 });
    let effect = wanted.map(|bps| sign * f64::from(bps) / 10_000.0);
    let both = plan.zip(effect);
    let takes = both.and_then(|(plan, effect)| plan.people(power, effect));
    let arm = design.allocation.arms.get(at);
    PlannedArm {
        metric: metric.to_owned(),
        arm: arm.map_or_else(String::new, |it| it.key.clone()),
        baseline: plan.map(|it| match it.baseline {
            Baseline::Rate(rate) => rate,
            Baseline::Mean { mean, .. } => mean,
        }),
        detectable: plan
            .zip(people)
            .and_then(|(it, people)| it.detectable(power, people)),
        effect,
        people: takes,
        days: plan
            .zip(takes)
            .and_then(|(it, people)| it.days(people, asked.people_a_day * coverage)),
        power: both
            .zip(people)
            .and_then(|((plan, effect), people)| plan.power(effect, people)),
    }
}
