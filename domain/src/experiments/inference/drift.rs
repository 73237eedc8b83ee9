//! Does the effect drift? A novelty wears off, a change has to be learned; and arms that differed
//! already before the experiment differ for no reason of its own.
//!
//! Law: without a drift either test finds one with its own p-value's chance, at one look.

use super::{
    adjustment::{Adjustment, NotAdjusted},
    effect::{Effect, Figure},
    estimate::{Estimate, Period, Shape},
    fixed,
    interval::Side,
};
use crate::experiments::moments::Moments;
use serde::Serialize;
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};

/// Fewest days for a trend.
pub const FEWEST_DAYS: usize = 5;
/// Fewest people of each arm for a day to count.
pub const FEWEST_PEOPLE_A_DAY: i64 = 50;

/// The people who were first exposed on a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Day {
    /// Days since launch.
    pub day: i32,
    /// Those of the base.
    pub base: Moments,
    /// Those of the arm.
    pub arm: Moments,
}

/// How the effect of the days differs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Drift {
    /// Days that count.
    pub days: usize,
    /// How much the effect grows in a day; null with fewer than [`FEWEST_DAYS`].
    pub slope: Option<Figure>,
    /// Of a slope of 0.
    pub slope_p: Option<f64>,
    /// Cochran's Q: how far the days are from one effect; null with fewer than [`FEWEST_DAYS`].
    pub heterogeneity: Option<f64>,
    /// Of one effect on all days.
    pub heterogeneity_p: Option<f64>,
}

/// The drift of the effect over the days. Days with too few people, or whose effect has no error,
/// do not count.
///
/// The slope is that of least squares weighted by 1/se², whose error is √(1 / Σw(t - t̄)²); Q =
/// Σw(Δ - Δ̄)² is χ² with one degree of freedom fewer than days (Cochran 1954, "The Combination of
/// Estimates from Different Experiments"; Hedges and Olkin 1985, chapters 6 and 8).
pub fn drift(days: &[Day], shape: Shape) -> Drift {
    let effects: Vec<(f64, Figure)> = days
        .iter()
        .filter_map(|day| Some((f64::from(day.day), effect_of(day, shape)?)))
        .collect();
    let unknown = Drift {
        days: effects.len(),
        slope: None,
        slope_p: None,
        heterogeneity: None,
        heterogeneity_p: None,
    };
    if effects.len() < FEWEST_DAYS {
        return unknown;
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
    // Days that are all the same have no slope.
    let slope = (slope.value.is_finite() && slope.error.is_finite()).then_some(slope);
    let freedom = f64::from(u32::try_from(effects.len() - 1).unwrap_or(u32::MAX));
    Drift {
        slope,
        slope_p: slope.map(|it| 2.0 * Normal::standard().sf((it.value / it.error).abs())),
        heterogeneity: Some(heterogeneity).filter(|it| it.is_finite()),
        heterogeneity_p: ChiSquared::new(freedom)
            .ok()
            .map(|squares| squares.sf(heterogeneity))
            .filter(|p| p.is_finite()),
        ..unknown
    }
}

fn effect_of(day: &Day, shape: Shape) -> Option<Figure> {
    if day.base.people.min(day.arm.people) < FEWEST_PEOPLE_A_DAY {
        return None;
    }
    let plain = Adjustment::none(NotAdjusted::NotAsked);
    let base = plain.estimate(&day.base, shape)?;
    let arm = plain.estimate(&day.arm, shape)?;
    Some(Effect::between(&base, &arm)?.absolute)
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
pub fn carry_over(base: &Moments, arm: &Moments, shape: Shape) -> Option<CarryOver> {
    let [base, arm] = [base, arm].map(|moments| Estimate::plain(moments, shape, Period::Before));
    let effect = Effect::between(&base?, &arm?)?;
    // The p-value does not depend on alpha.
    let evidence = fixed::evidence(&effect, 0.05, Side::Both)?;
    Some(CarryOver {
        difference: effect.absolute,
        p: evidence.verdict.p,
    })
}
