//! The posterior of an effect, and what follows from it: how likely the arm is better, and what
//! choosing wrongly would cost.
//!
//! Law: every figure follows from the posterior alone, the same whenever it is looked at; it bounds
//! no error rate of decisions that are made at the first favourable look.

pub mod best;
pub mod rates;

use super::{
    effect::Figure,
    evidence::is_level,
    interval::{Interval, Side},
};
use serde::Serialize;
use statrs::distribution::{Continuous, ContinuousCDF, Normal};

/// What is believed of an effect before it is seen: normal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Prior {
    /// The mean, in units of the effect.
    pub mean: f64,
    /// The standard deviation, above 0.
    pub deviation: f64,
}

/// What choosing wrongly costs on average, in units of the effect.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Losses {
    /// Of choosing the arm: what it is below the base, 0 where it is not.
    pub of_arm: f64,
    /// Of staying with the base: what the arm is above it.
    pub of_base: f64,
}

/// The posterior of an effect: normal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posterior {
    mean: f64,
    deviation: f64,
}

impl Posterior {
    /// The normal posterior of a normal estimate: precisions add, and means are weighted by them
    /// (Gelman and others 2013, "Bayesian Data Analysis", 2.5). Without a prior it is the estimate
    /// itself. None when the estimate has no error or a figure is not finite.
    pub fn of(estimate: Figure, prior: Option<Prior>) -> Option<Self> {
        let precision = estimate.error.powi(-2);
        let (prior_precision, prior_mean) =
            prior.map_or((0.0, 0.0), |prior| (prior.deviation.powi(-2), prior.mean));
        let whole = precision + prior_precision;
        let mean = (estimate.value * precision + prior_mean * prior_precision) / whole;
        let is_proper = |precision: f64| precision > 0.0 && precision.is_finite();
        (is_proper(precision)
            && (prior.is_none() || is_proper(prior_precision))
            && mean.is_finite())
        .then(|| Self {
            mean,
            deviation: whole.powf(-0.5),
        })
    }

    /// The mean, with the posterior's standard deviation as its error.
    pub fn figure(&self) -> Figure {
        Figure {
            value: self.mean,
            error: self.deviation,
        }
    }

    /// Bounds with a chance of `1 - alpha`, and equal tails where there are two; none when alpha is
    /// not between 0 and a half.
    pub fn interval(&self, alpha: f64, side: Side) -> Option<Interval> {
        if !is_level(alpha) {
            return None;
        }
        let tails = side.tails();
        let width = -Normal::standard().inverse_cdf(alpha / tails) * self.deviation;
        Some(Interval {
            low: (side != Side::Below).then_some(self.mean - width),
            high: (side != Side::Above).then_some(self.mean + width),
        })
    }

    /// Chance that the arm is above the base.
    pub fn chance_above(&self) -> f64 {
        Normal::standard().cdf(self.mean / self.deviation)
    }

    /// E max(0, -δ) and E max(0, δ): σφ(m/σ) ∓ mΦ(∓m/σ).
    pub fn losses(&self) -> Losses {
        let normal = Normal::standard();
        let ratio = self.mean / self.deviation;
        let density = self.deviation * normal.pdf(ratio);
        Losses {
            of_arm: (density - self.mean * normal.cdf(-ratio)).max(0.0),
            of_base: (density + self.mean * normal.cdf(ratio)).max(0.0),
        }
    }
}
