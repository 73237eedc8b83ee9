//! Does the effect drift? A novelty wears off, a change has to be learned; and arms that differed
//! already before the experiment differ for no reason of its own.
//!
//! Law: without a drift either test finds one with its own p-value's chance, at one look. So cohorts are
//! compared only where all of their people were measured for as long: of a metric without a window, who
//! came first has had more time, and any effect grows with it. And arms are compared within the times in
//! which weights stayed the same, since who comes early is not as who comes late.

use super::{
    effect::{Effect, Figure},
    estimate::{Estimate, Period, Shape},
    fixed,
    interval::Side,
    strata::Sample,
};
use crate::experiments::{moments::Moments, numbers::size};
use serde::Serialize;
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};

/// Fewest cohorts for a trend.
pub const FEWEST_COHORTS: usize = 5;
/// Fewest people of each arm for a cohort to count.
pub const FEWEST_PEOPLE_OF_A_COHORT: i64 = 50;

/// The people who were first exposed in the same batch, which is a day but of a bandit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cohort {
    /// Days since the first batch.
    pub day: f64,
    /// Those of the base.
    pub base: Moments,
    /// Those of the arm.
    pub arm: Moments,
}

/// How the effect of the cohorts differs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Drift {
    /// Cohorts that count: those whose windows are over, and that have people enough.
    pub cohorts: usize,
    /// How much the effect grows in a day; null with fewer than [`FEWEST_COHORTS`].
    pub slope: Option<Figure>,
    /// Of a slope of 0.
    pub slope_p: Option<f64>,
    /// Cochran's Q: how far the cohorts are from one effect; null with fewer than [`FEWEST_COHORTS`].
    pub heterogeneity: Option<f64>,
    /// Of one effect of all cohorts.
    pub heterogeneity_p: Option<f64>,
    /// Why there are no tests; null where there are.
    pub reason: Option<NoDrift>,
}

/// Why a drift is not tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoDrift {
    /// The metric has no window, so who came first was measured for longer.
    NoWindow,
    /// Fewer than [`FEWEST_COHORTS`] count.
    TooFewCohorts,
}

impl Drift {
    /// No test.
    pub fn none(cohorts: usize, reason: NoDrift) -> Self {
        Self {
            cohorts,
            slope: None,
            slope_p: None,
            heterogeneity: None,
            heterogeneity_p: None,
            reason: Some(reason),
        }
    }
}

/// The drift of the effect over cohorts whose windows are over. Those with too few people, or whose
/// effect has no error, do not count.
///
/// The slope is that of least squares weighted by 1/se², whose error is √(1 / Σw(t - t̄)²); Q =
/// Σw(Δ - Δ̄)² is χ² with one degree of freedom fewer than days (Cochran 1954, "The Combination of
/// Estimates from Different Experiments"; Hedges and Olkin 1985, chapters 6 and 8).
pub fn drift(cohorts: &[Cohort], shape: Shape) -> Drift {
    let effects: Vec<(f64, Figure)> = cohorts
        .iter()
        .filter_map(|cohort| Some((cohort.day, effect_of(cohort, shape)?)))
        .collect();
    if effects.len() < FEWEST_COHORTS {
        return Drift::none(effects.len(), NoDrift::TooFewCohorts);
    }
    let weight = |figure: &Figure| figure.error.powi(-2);
    let sum = |term: &dyn Fn(f64, f64) -> f64| -> f64 {
        effects
            .iter()
            .map(|(day, figure)| weight(figure) * term(*day, figure.value))
            .sum()
    };
    let whole = sum(&|_, _| 1.0);
    let mean_day = sum(&|day, _| day) / whole;
    let mean_effect = sum(&|_, effect| effect) / whole;
    let heterogeneity = sum(&|_, effect| (effect - mean_effect).powi(2));
    let spread = sum(&|day, _| (day - mean_day).powi(2));
    let crossed = sum(&|day, effect| (day - mean_day) * (effect - mean_effect));
    let slope = Figure {
        value: crossed / spread,
        error: spread.powf(-0.5),
    };
    // Cohorts that are all of one day have no slope.
    let slope = (slope.value.is_finite() && slope.error.is_finite()).then_some(slope);
    let freedom = size(effects.len() - 1);
    Drift {
        cohorts: effects.len(),
        slope,
        slope_p: slope.map(|it| 2.0 * Normal::standard().sf((it.value / it.error).abs())),
        heterogeneity: Some(heterogeneity).filter(|it| it.is_finite()),
        heterogeneity_p: ChiSquared::new(freedom)
            .ok()
            .map(|squares| squares.sf(heterogeneity))
            .filter(|p| p.is_finite()),
        reason: None,
    }
}

fn effect_of(cohort: &Cohort, shape: Shape) -> Option<Figure> {
    let Cohort { base, arm, .. } = cohort;
    if base.people.min(arm.people) < FEWEST_PEOPLE_OF_A_COHORT {
        return None;
    }
    Some(difference(base, arm, shape, Period::During)?.absolute)
}

fn difference(base: &Moments, arm: &Moments, shape: Shape, period: Period) -> Option<Effect> {
    let [base, arm] = [base, arm].map(|moments| Estimate::plain(moments, shape, period));
    Effect::between(&base?, &arm?)
}

/// A difference that was there before the experiment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CarryOver {
    /// The arm minus the base, before.
    pub difference: Figure,
    /// Of no difference, two-sided, at one look.
    pub p: f64,
}

/// Whether the arms differed in the metric before the experiment: by chance, by a faulty
/// assignment, or by what an earlier phase left behind. None where nothing is known of the time
/// before, or everybody was alike.
pub fn carry_over<S: Sample>(base: &S, arm: &S, shape: Shape) -> Option<CarryOver> {
    let [base, arm] = [base, arm].map(|people| Estimate::plain(people, shape, Period::Before));
    let effect = Effect::between(&base?, &arm?)?;
    // The p-value does not depend on alpha.
    let evidence = fixed::evidence(&effect, 0.05, Side::Both)?;
    Some(CarryOver {
        difference: effect.absolute,
        p: evidence.verdict.p,
    })
}
