//! CUPED: takes out of a metric what people brought along (Deng, Xu, Kohavi and Walker 2013, "Improving
//! the Sensitivity of Online Controlled Experiments by Utilizing Pre-Experiment Data").
//!
//! Law: an adjusted difference estimates the same as the plain one, because θ is one number for all
//! arms and nothing that was before the experiment depends on the arm.

use super::{
    estimate::{Estimate, Linear, Period, Shape},
    strata::Sample,
};
use crate::experiments::numbers::count;
use serde::Serialize;

/// Whether a metric is adjusted, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Adjustment {
    /// By the same metric of the time before.
    Cuped {
        /// Units of the metric for a unit of the metric before.
        theta: f64,
        /// The metric before, over all arms, which the adjusted values are moved back by.
        centre: f64,
        /// Part of the variance that is gone.
        reduction: f64,
    },
    /// Not adjusted.
    None {
        /// Why.
        reason: NotAdjusted,
    },
}

/// Why a metric is not adjusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotAdjusted {
    /// Nobody asked.
    NotAsked,
    /// An arm has fewer than two people, or nothing is known of the time before: all values are 0,
    /// or the denominator of a ratio is not far from 0.
    NoCovariate,
    /// Everybody was alike before.
    NoVariance,
    /// The covariate takes out no more than pure chance would.
    NoCorrelation,
    /// There are so few people that θ would fit their chance.
    TooFewPeople,
}

/// Fewest people beyond one for each arm.
pub const FEWEST_BEYOND_ARMS: f64 = 30.0;

impl Adjustment {
    /// The adjustment of a metric, from all arms that take part.
    ///
    /// θ is the slope of the metric on the metric before, within arms: Σ(n - 1)·cov / Σ(n - 1)·var,
    /// which for a mean is the slope of the least squares of both with a constant for each arm. A
    /// ratio is its linear form, as in Deng and others (appendix B).
    ///
    /// The variances take θ for known, which leaves them one part in f too small, with f people
    /// beyond one for each arm; so it takes [`FEWEST_BEYOND_ARMS`] of them. It is left out, too,
    /// where it would take out no more than its own degree of freedom does, r² <= 1/f.
    pub fn between<S: Sample>(arms: &[&S], shape: Shape) -> Self {
        let (mut both, mut before, mut during) = (0.0, 0.0, 0.0);
        let (mut people, mut weighted, mut freedom) = (0.0, 0.0, 0.0);
        let mut known = false;
        for &arm in arms {
            let Some((now, then)) = forms(arm, shape) else {
                return Self::none(NotAdjusted::NoCovariate);
            };
            let weight = arm.freedom();
            let covariances = now
                .covariance(&then, arm)
                .zip(then.covariance(&then, arm))
                .zip(now.covariance(&now, arm));
            let Some(((crossed, old), new)) = covariances else {
                return Self::none(NotAdjusted::NoCovariate);
            };
            both += weight * crossed;
            before += weight * old;
            during += weight * new;
            freedom += weight;
            people += count(arm.people());
            weighted += count(arm.people()) * then.value;
            known |= then.value != 0.0 || old > 0.0;
        }
        if !known {
            return Self::none(NotAdjusted::NoCovariate);
        }
        if before <= 0.0 {
            return Self::none(NotAdjusted::NoVariance);
        }
        if freedom < FEWEST_BEYOND_ARMS {
            return Self::none(NotAdjusted::TooFewPeople);
        }
        let theta = both / before;
        let reduction = theta * both / during;
        // Without a variance during the experiment this is no number, and there is nothing to take out.
        if reduction * freedom > 1.0 && theta.is_finite() {
            Self::Cuped {
                theta,
                centre: weighted / people,
                reduction: reduction.min(1.0),
            }
        } else {
            Self::none(NotAdjusted::NoCorrelation)
        }
    }

    /// No adjustment.
    pub fn none(reason: NotAdjusted) -> Self {
        Self::None { reason }
    }

    /// The metric of an arm, adjusted: Y - θ·(X - centre).
    pub fn estimate<S: Sample>(&self, people: &S, shape: Shape) -> Option<Estimate> {
        match *self {
            Self::None { .. } => Estimate::plain(people, shape, Period::During),
            Self::Cuped { theta, centre, .. } => {
                let (now, then) = forms(people, shape)?;
                let mut adjusted = now.minus(theta, &then);
                adjusted.value += theta * centre;
                Estimate::of(people, &now, &adjusted)
            }
        }
    }
}

fn forms<S: Sample>(people: &S, shape: Shape) -> Option<(Linear, Linear)> {
    Linear::of(people, shape, Period::During).zip(Linear::of(people, shape, Period::Before))
}
