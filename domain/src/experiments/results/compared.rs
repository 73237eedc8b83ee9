//! Each metric of each arm against the base, with what many comparisons at a time leave of it.
//!
//! Law: guardrails are judged each by itself, since allowing for many comparisons would hide harm; all
//! others count in the family that the design has chosen, whether they have evidence or not.

mod data;
mod judge;

use super::{Counted, Observed, periods::have_moved, reading::Figures};
use crate::experiments::{
    design::{ChosenMetric, Method, Role, Statistics, TUNED_FOR},
    inference::{
        bayes::Prior,
        comparison::{Comparison, Method as Compared, Question},
        drift::{CarryOver, Cohort, Drift, NoDrift, drift},
        interval::{Interval, Side},
        sequence::Sequence,
    },
    metric::{Better, Measure, Metric},
    multiplicity::Verdict,
    numbers::part,
};
use data::Data;
use serde::Serialize;

/// A metric of all arms.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricResult {
    /// Its name.
    pub metric: String,
    /// What it is for.
    pub role: Role,
    /// Which direction is an improvement.
    pub better: Better,
    /// The chance of each arm, the base first, to be the best; 0 of one that nobody can see; null where
    /// figures are missing, and of more than two arms under a prior of effects.
    pub chances_to_be_best: Option<Vec<f64>>,
    /// Each arm but the base, in the order of the design.
    pub arms: Vec<ArmResult>,
    /// People who are measured, of all arms.
    #[serde(skip)]
    pub(in crate::experiments) people: i64,
    /// Whether a test that is read once has been read.
    #[serde(skip)]
    pub(in crate::experiments) is_read: bool,
}

/// A metric of an arm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArmResult {
    /// The arm's key.
    pub arm: String,
    /// By confidence sequences, at any look.
    pub sequential: Comparison,
    /// By Welch's test, as it was read when as many people had been measured as were planned; null until
    /// then, and without a plan.
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
    /// How far the deciding evidence reaches.
    #[serde(skip)]
    pub(in crate::experiments) reach: Reach,
}

/// How far evidence reaches, as parts of the base, more being better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::experiments) struct Reach {
    /// The best effect that is still possible; none where that is not known.
    pub best: Option<f64>,
    /// How much harm is allowed.
    pub most_harm: f64,
    /// Whether more harm than that is proved; none without evidence.
    pub is_breached: Option<bool>,
}

/// Every metric of the design.
pub(super) fn metrics(observed: &Observed<'_>, counted: &Counted) -> Vec<MetricResult> {
    let chosen = observed.design.metrics.iter();
    let measured = chosen.zip(&observed.measurement.metrics).enumerate();
    let asked: Vec<Asked<'_>> = measured
        .map(|(place, (chosen, metric))| Asked::of(observed, counted, place, chosen, metric))
        .collect();
    let mut answers: Vec<MetricResult> = asked
        .iter()
        .map(|it| it.answer(observed, counted))
        .collect();
    judge::judge(&asked, &mut answers);
    answers
}

/// Whether a test that is read once may be read: as many people are measured as were planned, not only
/// exposed.
pub(super) fn is_due(observed: &Observed<'_>, counted: &Counted, figures: &Figures) -> bool {
    let Method::Fixed { planned_people } = observed.design.statistics.method else {
        return false;
    };
    let is_mixed = matches!(figures, Figures::Values(_)) && have_moved(observed, counted);
    figures.people(&counted.open_arms()) >= planned_people.into() && !is_mixed
}

/// A metric and its data.
struct Asked<'a> {
    place: usize,
    chosen: &'a ChosenMetric,
    metric: &'a Metric,
    /// Arms with people or a chance of some.
    open: Vec<usize>,
    people: i64,
    data: Data,
    /// What a test that is read once was read from; none before that.
    read: Option<Data>,
    statistics: &'a Statistics,
}

impl<'a> Asked<'a> {
    fn of(
        observed: &Observed<'a>,
        counted: &Counted,
        place: usize,
        chosen: &'a ChosenMetric,
        metric: &'a Metric,
    ) -> Self {
        let open = counted.open_arms();
        let have_moved = have_moved(observed, counted);
        let figures = Figures::of(observed, counted, place);
        let read = observed
            .reading(&chosen.metric)
            .map(|it| it.figures.clone());
        Self {
            place,
            chosen,
            metric,
            people: figures.people(&counted.open_arms()),
            data: Data::of(metric, figures, &open, have_moved),
            read: read.map(|it| Data::of(metric, it, &open, false)),
            open,
            statistics: &observed.design.statistics,
        }
    }

    fn answer(&self, observed: &Observed<'_>, counted: &Counted) -> MetricResult {
        let arms = &observed.measurement.arms;
        let keys = arms.iter().enumerate().skip(1);
        let sign = direction(self.metric.better);
        let results: Vec<ArmResult> = keys
            .filter_map(|(arm, key)| self.of_arm(arm, key, observed, counted))
            .collect();
        MetricResult {
            metric: self.chosen.metric.clone(),
            role: self.chosen.role,
            better: self.metric.better,
            chances_to_be_best: self.chances_to_be_best(arms.len(), sign, &results),
            arms: results,
            people: self.people,
            is_read: self.read.is_some(),
        }
    }

    /// Of the base and one arm, what the posterior of their difference says; of more, by normal
    /// distributions, which no prior of differences fits.
    fn chances_to_be_best(&self, count: usize, sign: f64, arms: &[ArmResult]) -> Option<Vec<f64>> {
        let [0, arm] = self.open[..] else {
            let is_asked = !matches!(self.bayesian(), Compared::Bayesian { prior: Some(_) });
            let of_all = || self.data.chances(&self.open, count, sign, self.fewest());
            return is_asked.then(of_all).flatten();
        };
        let above = arms.get(arm.checked_sub(1)?)?.bayesian.chance_above?;
        let best = if sign > 0.0 { above } else { 1.0 - above };
        let mut chances = vec![0.0; count];
        *chances.first_mut()? = 1.0 - best;
        *chances.get_mut(arm)? = best;
        Some(chances)
    }

    fn of_arm(
        &self,
        arm: usize,
        key: &str,
        observed: &Observed<'_>,
        counted: &Counted,
    ) -> Option<ArmResult> {
        let alpha = self.statistics.alpha();
        let ask = |data: &Data, method| self.ask(data, arm, &self.question(method, alpha));
        Some(ArmResult {
            arm: key.to_owned(),
            sequential: ask(&self.data, self.sequential())?,
            fixed: self
                .read
                .as_ref()
                .and_then(|data| ask(data, Compared::Fixed)),
            bayesian: ask(&self.data, self.bayesian())?,
            verdict: Verdict::default(),
            corrected_interval: None,
            corrected_relative_interval: None,
            is_better: None,
            drift: self.drift(arm, observed, counted),
            carry_over: self.carry_over(arm),
            reach: self.reach(arm),
        })
    }

    fn ask(&self, data: &Data, arm: usize, question: &Question) -> Option<Comparison> {
        data.compare(arm, question, self.fewest())
    }

    fn fewest(&self) -> f64 {
        self.statistics.fewest_people.into()
    }

    fn question(&self, method: Compared, alpha: f64) -> Question {
        let is_two_sided = matches!(method, Compared::Bayesian { .. })
            // Harm is what a guardrail is for.
            || self.chosen.role == Role::Guardrail;
        Question {
            method,
            alpha,
            side: if is_two_sided {
                Side::Both
            } else {
                self.statistics.sides.of(self.metric.better)
            },
        }
    }

    /// How far the deciding evidence reaches.
    fn reach(&self, arm: usize) -> Reach {
        let sign = direction(self.metric.better);
        let most_harm = self.chosen.most_harm();
        let mut question = self.question(self.deciding(), self.statistics.alpha());
        // What is looked for on one side has its bound on the other: it is that of the opposite question.
        question.side = match question.side {
            Side::Both => Side::Both,
            Side::Above => Side::Below,
            Side::Below => Side::Above,
        };
        let data = self.deciding_data();
        let best = data.and_then(|data| {
            let compared = self.ask(data, arm, &question)?;
            let bound = match data {
                Data::Sums { .. } => compared.relative?.interval?.far(sign),
                // A quantile has no relative bounds but those of the difference.
                Data::Values { .. } => {
                    let base = compared.base.value.filter(|it| *it != 0.0)?.abs();
                    let far = compared.absolute?.interval?.far(sign);
                    far.map(|far| far / base)
                }
            };
            bound.map(|bound| sign * bound)
        });
        let is_breached = data.and_then(|data| {
            data.is_beyond(arm, &question, self.fewest(), -sign * most_harm, -sign)
        });
        Reach {
            best,
            most_harm,
            is_breached,
        }
    }

    fn sequential(&self) -> Compared {
        let tuned_for = match self.statistics.method {
            Method::Sequential { tuned_for } => tuned_for,
            Method::Fixed { planned_people } => planned_people,
            Method::Bayesian { .. } => TUNED_FOR,
        };
        Compared::Sequential(Sequence {
            tuned_for: tuned_for.into(),
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

    /// What the deciding evidence follows from; none while it may not be read.
    fn deciding_data(&self) -> Option<&Data> {
        match self.statistics.method {
            Method::Sequential { .. } | Method::Bayesian { .. } => Some(&self.data),
            Method::Fixed { .. } => self.read.as_ref(),
        }
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

    fn carry_over(&self, arm: usize) -> Option<CarryOver> {
        self.metric.covariate_days?;
        self.data.carry_over(arm)
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

/// Whether a metric is a sum of people's values, which factors have a part in.
pub(super) fn is_sum(metric: &Metric) -> bool {
    !matches!(
        metric.measure,
        Measure::Ratio { .. } | Measure::Quantile { .. }
    )
}
