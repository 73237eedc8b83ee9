//! Each metric of each arm against the base, with what many comparisons at a time leave of it.
//!
//! Law: guardrails are judged each by itself, since allowing for many comparisons would hide harm; all
//! others count in the family that the design has chosen, whether they have evidence or not.

use super::{Counted, Observed, periods};
use crate::experiments::{
    design::{ChosenMetric, Method, Role, Sides, Statistics},
    inference::{
        adjustment::{Adjustment, NotAdjusted},
        bayes::{Prior, best::chances_to_be_best},
        comparison::{Comparison, Method as Compared, Question, mean, quantile},
        drift::{CarryOver, Cohort, Drift, NoDrift, carry_over, drift},
        effect::Figure,
        estimate::Shape,
        interval::{Interval, Side},
        quantile::histogram::Histogram,
        sequence::Sequence,
    },
    measurement::Measurement,
    metric::{Better, Measure, Metric},
    moments::Moments,
    multiplicity::{Hypothesis, Verdict, correct},
    numbers::part,
};
use serde::Serialize;

/// People at whom bounds are tightest where the design does not say so.
const TUNED_FOR: f64 = 10_000.0;

/// A metric of all arms.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricResult {
    /// Its name.
    pub metric: String,
    /// What it is for.
    pub role: Role,
    /// Which direction is an improvement.
    pub better: Better,
    /// The chance of each arm, the base first, to be the best; null where figures are missing.
    pub chances_to_be_best: Option<Vec<f64>>,
    /// Each arm but the base, in the order of the design.
    pub arms: Vec<ArmResult>,
}

/// A metric of an arm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArmResult {
    /// The arm's key.
    pub arm: String,
    /// By confidence sequences, at any look.
    pub sequential: Comparison,
    /// By Welch's test; null until as many people have come as were planned, and without a plan.
    pub fixed: Option<Comparison>,
    /// By a posterior.
    pub bayesian: Comparison,
    /// What is left of the deciding evidence among all comparisons.
    pub verdict: Verdict,
    /// Bounds of the difference at the level that the correction leaves; null where there is none.
    pub corrected_interval: Option<Interval>,
    /// Those of the relative effect.
    pub corrected_relative_interval: Option<Interval>,
    /// Whether the arm is better, by the direction of the metric; null while that is not proved.
    pub is_better: Option<bool>,
    /// Whether the effect drifts from cohort to cohort; null of a quantile.
    pub drift: Option<Drift>,
    /// Whether arms differed before the experiment; null where nothing is known of that time.
    pub carry_over: Option<CarryOver>,
}

/// The data of a metric.
enum Data {
    Sums {
        arms: Vec<Moments>,
        shape: Shape,
        adjustment: Adjustment,
    },
    Values {
        arms: Vec<Histogram>,
        level: f64,
    },
}

/// Every metric of the design.
pub(super) fn metrics(observed: &Observed<'_>, counted: &Counted) -> Vec<MetricResult> {
    let statistics = &observed.design.statistics;
    let asked: Vec<Asked<'_>> = observed
        .design
        .metrics
        .iter()
        .zip(&observed.measurement.metrics)
        .enumerate()
        .map(|(place, (chosen, metric))| Asked {
            place,
            chosen,
            metric,
            data: Data::of(observed.measurement, counted, place, metric),
            statistics,
        })
        .collect();
    let is_due = is_due(statistics, counted);
    let mut answers: Vec<MetricResult> = asked
        .iter()
        .map(|it| it.answer(observed, counted, is_due))
        .collect();
    judge(&asked, &mut answers, is_due);
    answers
}

/// Whether a test that is read once may be read.
fn is_due(statistics: &Statistics, counted: &Counted) -> bool {
    let people: i64 = counted.arms().iter().sum();
    matches!(statistics.method, Method::Fixed { planned_people } if people >= planned_people.into())
}

impl Data {
    fn of(measurement: &Measurement, counted: &Counted, place: usize, metric: &Metric) -> Self {
        let count = measurement.arms.len();
        if let Measure::Quantile { quantile_bps, .. } = metric.measure {
            let arms = counted.histograms.get(&place).cloned();
            return Self::Values {
                arms: arms.unwrap_or_else(|| vec![Histogram::default(); count]),
                level: part(quantile_bps),
            };
        }
        let arms = counted.moments_of(place);
        let arms = arms.unwrap_or_else(|| vec![Moments::default(); count]);
        let shape = metric.shape();
        let adjustment = match metric.covariate_days {
            Some(_) => Adjustment::between(&arms.iter().collect::<Vec<_>>(), shape),
            None => Adjustment::none(NotAdjusted::NotAsked),
        };
        Self::Sums {
            arms,
            shape,
            adjustment,
        }
    }

    fn compare(&self, arm: usize, question: &Question) -> Option<Comparison> {
        Some(match self {
            Self::Sums {
                arms,
                shape,
                adjustment,
            } => mean::compare(arms.first()?, arms.get(arm)?, *shape, adjustment, question),
            Self::Values { arms, level } => {
                quantile::compare(arms.first()?, arms.get(arm)?, *level, question)
            }
        })
    }
}

/// A metric and its data.
struct Asked<'a> {
    place: usize,
    chosen: &'a ChosenMetric,
    metric: &'a Metric,
    data: Data,
    statistics: &'a Statistics,
}

impl Asked<'_> {
    fn answer(&self, observed: &Observed<'_>, counted: &Counted, is_due: bool) -> MetricResult {
        let keys = observed.measurement.arms.iter().enumerate().skip(1);
        MetricResult {
            metric: self.chosen.metric.clone(),
            role: self.chosen.role,
            better: self.metric.better,
            chances_to_be_best: self.chances(observed.measurement.arms.len()),
            arms: keys
                .filter_map(|(arm, key)| self.of_arm(arm, key, observed, counted, is_due))
                .collect(),
        }
    }

    fn of_arm(
        &self,
        arm: usize,
        key: &str,
        observed: &Observed<'_>,
        counted: &Counted,
        is_due: bool,
    ) -> Option<ArmResult> {
        let alpha = self.statistics.alpha();
        let ask = |method| self.data.compare(arm, &self.question(method, alpha));
        Some(ArmResult {
            arm: key.to_owned(),
            sequential: ask(self.sequential())?,
            fixed: if is_due { ask(Compared::Fixed) } else { None },
            bayesian: ask(self.bayesian())?,
            verdict: Verdict::default(),
            corrected_interval: None,
            corrected_relative_interval: None,
            is_better: None,
            drift: self.drift(arm, observed, counted),
            carry_over: self.carry_over(arm, observed, counted),
        })
    }

    fn question(&self, method: Compared, alpha: f64) -> Question {
        let side = match (self.statistics.sides, self.chosen.role, self.metric.better) {
            // Harm is what a guardrail is for.
            (Sides::Both, ..) | (_, Role::Guardrail, _) => Side::Both,
            (Sides::Improvement, _, Better::Higher) => Side::Above,
            (Sides::Improvement, _, Better::Lower) => Side::Below,
        };
        let side = match method {
            Compared::Bayesian { .. } => Side::Both,
            _ => side,
        };
        Question {
            method,
            alpha,
            side,
        }
    }

    fn sequential(&self) -> Compared {
        let tuned_for = match self.statistics.method {
            Method::Sequential { tuned_for } => tuned_for.into(),
            Method::Fixed { planned_people } => planned_people.into(),
            Method::Bayesian { .. } => TUNED_FOR,
        };
        Compared::Sequential(Sequence {
            tuned_for,
            tuned_at: self.statistics.alpha(),
            fewest_people: self.statistics.fewest_people.into(),
        })
    }

    fn bayesian(&self) -> Compared {
        let prior = match self.statistics.method {
            Method::Bayesian { prior } => prior.map(|it| Prior {
                mean: 0.0,
                deviation: part(it.deviation_bps),
            }),
            _ => None,
        };
        Compared::Bayesian { prior }
    }

    fn deciding(&self) -> Compared {
        match self.statistics.method {
            Method::Sequential { .. } => self.sequential(),
            Method::Fixed { .. } => Compared::Fixed,
            Method::Bayesian { .. } => self.bayesian(),
        }
    }

    fn chances(&self, arms: usize) -> Option<Vec<f64>> {
        let Data::Sums {
            arms: moments,
            shape,
            adjustment,
        } = &self.data
        else {
            return None;
        };
        let sign = direction(self.metric.better);
        let figures: Option<Vec<Figure>> = moments
            .iter()
            .map(|moments| {
                let estimate = adjustment.estimate(moments, *shape)?;
                Some(Figure {
                    value: sign * estimate.value,
                    error: estimate.error(),
                })
            })
            .collect();
        chances_to_be_best(&figures.filter(|it| it.len() == arms)?)
    }

    fn drift(&self, arm: usize, observed: &Observed<'_>, counted: &Counted) -> Option<Drift> {
        let Data::Sums { shape, .. } = self.data else {
            return None;
        };
        if self.metric.window_hours.is_none() {
            return Some(Drift::none(0, NoDrift::NoWindow));
        }
        let measurement = observed.measurement;
        let first = measurement.batch(measurement.starts_at);
        let cohorts: Vec<Cohort> = counted
            .by_batch
            .range((self.place, i32::MIN)..=(self.place, i32::MAX))
            .filter(|((_, batch), _)| measurement.is_complete(self.metric, *batch, observed.now))
            .filter_map(|((_, batch), row)| {
                Some(Cohort {
                    day: measurement.days_of(batch.saturating_sub(first)),
                    base: *row.first()?,
                    arm: *row.get(arm)?,
                })
            })
            .collect();
        Some(drift(&cohorts, shape))
    }

    fn carry_over(
        &self,
        arm: usize,
        observed: &Observed<'_>,
        counted: &Counted,
    ) -> Option<CarryOver> {
        let Data::Sums { shape, .. } = self.data else {
            return None;
        };
        self.metric.covariate_days?;
        let times: Option<Vec<[Moments; 2]>> = periods(observed, counted, self.place)
            .iter()
            .map(|time| Some([*time.first()?, *time.get(arm)?]))
            .collect();
        carry_over(&times?, shape)
    }
}

impl ArmResult {
    /// The comparison that decides; none while it may not be read.
    pub fn deciding(&self, method: Method) -> Option<&Comparison> {
        match method {
            Method::Sequential { .. } => Some(&self.sequential),
            Method::Fixed { .. } => self.fixed.as_ref(),
            Method::Bayesian { .. } => Some(&self.bayesian),
        }
    }
}

/// 1 where more is better, else -1.
pub(in crate::experiments) fn direction(better: Better) -> f64 {
    match better {
        Better::Higher => 1.0,
        Better::Lower => -1.0,
    }
}

/// Allows for how many comparisons there are, and says which arms are proved to be better or worse.
fn judge(asked: &[Asked<'_>], answers: &mut [MetricResult], is_due: bool) {
    let Some(statistics) = asked.first().map(|it| it.statistics) else {
        return;
    };
    let method = statistics.method;
    let mut family = Vec::new();
    let mut places = Vec::new();
    for (metric, answer) in answers.iter().enumerate() {
        for (at, arm) in answer.arms.iter().enumerate() {
            let decided = arm.deciding(method);
            let hypothesis = Hypothesis {
                arm: at,
                metric,
                is_primary: answer.role == Role::Primary,
                p: decided.and_then(|it| it.p),
                e: decided.and_then(|it| it.e),
            };
            if answer.role == Role::Guardrail {
                let alone = alone(&hypothesis, statistics);
                places.push(((metric, at), alone));
            } else {
                places.push(((metric, at), None));
                family.push(hypothesis);
            }
        }
    }
    let alpha = statistics.alpha();
    let verdicts = correct(&family, statistics.correction, statistics.scope, alpha);
    let mut verdicts = verdicts.into_iter();
    for ((metric, at), alone) in places {
        let verdict = match alone {
            Some(verdict) => verdict,
            None => verdicts.next().unwrap_or_default(),
        };
        let (Some(asked), Some(answer)) = (asked.get(metric), answers.get_mut(metric)) else {
            continue;
        };
        if let Some(arm) = answer.arms.get_mut(at) {
            asked.conclude(arm, at + 1, verdict, is_due);
        }
    }
}

/// The verdict on a guardrail, whatever else is compared.
fn alone(hypothesis: &Hypothesis, statistics: &Statistics) -> Option<Verdict> {
    use crate::experiments::multiplicity::{Correction, Scope};
    let alpha = statistics.alpha();
    correct(&[*hypothesis], Correction::None, Scope::All, alpha).pop()
}

impl Asked<'_> {
    fn conclude(&self, arm: &mut ArmResult, at: usize, verdict: Verdict, is_due: bool) {
        let alpha = self.statistics.alpha();
        let method = self.statistics.method;
        let Some(decided) = arm.deciding(method).copied() else {
            return;
        };
        let is_significant = match method {
            Method::Bayesian { .. } => decided
                .chance_above
                .is_some_and(|chance| chance.min(1.0 - chance) <= alpha / 2.0),
            _ => verdict.is_significant,
        };
        arm.verdict = verdict;
        let effect = decided.absolute.map(|it| it.value);
        arm.is_better = effect
            .filter(|_| is_significant)
            .map(|effect| effect * direction(self.metric.better) > 0.0);
        let may_read = is_due || !matches!(method, Method::Fixed { .. });
        if let Some(level) = verdict.interval_alpha.filter(|_| may_read) {
            let question = self.question(self.deciding(), level);
            let corrected = self.data.compare(at, &question);
            arm.corrected_interval = corrected.and_then(|it| it.absolute?.interval);
            arm.corrected_relative_interval = corrected.and_then(|it| it.relative?.interval);
        }
    }
}
