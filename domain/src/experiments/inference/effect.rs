//! The effect of an arm: its metric less the base's, and that as a part of the base.
//!
//! Law: the relative effect is bounded by Fieller's theorem, from the same critical value as the
//! absolute one, so both exclude 0 together; where the base is too near 0 for that, there is no
//! relative effect.

use super::{
    estimate::{Estimate, FAR_FROM_ZERO, Shape},
    evidence::Evidence,
    interval::{Interval, Side},
};
use crate::experiments::numbers::count;
use serde::Serialize;

/// A figure with its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figure {
    /// The figure.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
}

/// The difference of two independent arms, and what dividing it by the base takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// The arm minus the base, with its standard error, which is above 0.
    pub absolute: Figure,
    /// Welch's and Satterthwaite's degrees of freedom.
    pub freedom: f64,
    /// The unadjusted base.
    base: f64,
    /// Variance of `base`.
    base_variance: f64,
    /// Covariance of the difference and `base`.
    covariance: f64,
}

impl Effect {
    /// The effect of `arm` against `base`; none where neither varies, because then there is nothing to
    /// measure a difference by.
    pub fn between(base: &Estimate, arm: &Estimate) -> Option<Self> {
        let [of_base, of_arm] =
            [base, arm].map(|estimate| estimate.variance / count(estimate.people));
        let variance = of_base + of_arm;
        let value = arm.value - base.value;
        if !(variance > 0.0 && variance.is_finite() && value.is_finite()) {
            return None;
        }
        let [rest_of_base, rest_of_arm] = [(of_base, base), (of_arm, arm)]
            .map(|(part, estimate)| (part / variance).powi(2) / estimate.freedom);
        Some(Self {
            absolute: Figure {
                value,
                error: variance.sqrt(),
            },
            freedom: 1.0 / (rest_of_base + rest_of_arm),
            base: base.unadjusted,
            base_variance: base.unadjusted_variance / count(base.people),
            covariance: -base.covariance / count(base.people),
        })
    }

    /// The same; of rates that differ, of which neither varies, too: the people of both, who do vary, have
    /// the variance p·(1 - p) of their common rate, as in Pearson's test of "no difference".
    pub fn of(base: &Estimate, arm: &Estimate, shape: Shape) -> Option<Self> {
        let neither_varies = base.variance == 0.0 && arm.variance == 0.0;
        if shape != Shape::Rate || !neither_varies || base.value == arm.value {
            return Self::between(base, arm);
        }
        let [of_base, of_arm] = [base, arm].map(|it| count(it.people));
        let rate = (base.value * of_base + arm.value * of_arm) / (of_base + of_arm);
        let varied = |estimate: &Estimate| {
            let variance = rate * (1.0 - rate) * count(estimate.people) / (estimate.freedom + 1.0);
            Estimate {
                variance,
                unadjusted_variance: variance,
                covariance: variance,
                ..*estimate
            }
        };
        Self::between(&varied(base), &varied(arm))
    }

    /// The difference in standard errors.
    pub fn z(&self) -> f64 {
        self.absolute.value / self.absolute.error
    }

    /// The difference by the absolute value of the unadjusted base, so that more is positive of a
    /// negative base too. The standard error is the delta method's, with the covariance of the
    /// difference and the base: (V - 2·r·C + r²·W) / base². None where the base is not
    /// [far](FAR_FROM_ZERO) from 0.
    pub fn relative(&self) -> Option<Figure> {
        let base = self.base.abs();
        if !(base > 0.0 && base >= FAR_FROM_ZERO * self.base_variance.sqrt()) {
            return None;
        }
        let value = self.absolute.value / base;
        let variance = self.spread(value) / (base * base);
        let error = variance.max(0.0).sqrt();
        (value.is_finite() && error.is_finite()).then_some(Figure { value, error })
    }

    /// Whether the difference is proved to be beyond `ratio` times the absolute value of the base: above it
    /// with a `sign` of 1, below it with -1. Where there is a relative interval, this is whether `ratio` is
    /// outside of it on that side; but it needs no base that is far from 0.
    pub fn is_beyond(&self, ratio: f64, sign: f64, critical: f64) -> bool {
        let beyond = sign * (self.absolute.value - ratio * self.base.abs());
        beyond > critical * self.spread(ratio).max(0.0).sqrt()
    }

    /// Variance of the difference less `ratio` times the absolute value of the base.
    fn spread(&self, ratio: f64) -> f64 {
        let covariance = self.covariance * self.base.signum();
        self.absolute.error.powi(2) - 2.0 * ratio * covariance + ratio * ratio * self.base_variance
    }

    /// Bounds of the difference.
    pub fn interval(&self, evidence: &Evidence, side: Side) -> Interval {
        let Figure { value, error } = self.absolute;
        let width = evidence.critical * error;
        Interval::agreeing(value - width, value + width, value, side, &evidence.verdict)
    }

    /// Bounds of the relative effect (Fieller 1954, "Some Problems in Interval Estimation"): every
    /// ratio r for which the difference less r times the base is within the critical value of 0.
    /// None where that is not an interval, because the base is within the critical value of 0
    /// itself, and where there is no relative effect.
    pub fn relative_interval(&self, evidence: &Evidence, side: Side) -> Option<Interval> {
        let relative = self.relative()?;
        let base = self.base.abs();
        let Figure { value, error } = self.absolute;
        let critical = evidence.critical;
        let squared = critical * critical;
        // r²·first - 2·r·middle + last <= 0
        let first = base * base - squared * self.base_variance;
        let middle = value * base - squared * self.covariance * self.base.signum();
        let last = (value.abs() - critical * error) * (value.abs() + critical * error);
        if first <= 0.0 {
            return None;
        }
        let root = (middle * middle - first * last).max(0.0).sqrt();
        // The one root that does not cancel, and the other from their product.
        let far = middle + root.copysign(middle);
        let (one, other) = if far == 0.0 {
            (0.0, 0.0)
        } else {
            (far / first, last / far)
        };
        let (low, high) = (one.min(other), one.max(other));
        (low.is_finite() && high.is_finite())
            .then(|| Interval::agreeing(low, high, relative.value, side, &evidence.verdict))
    }
}
