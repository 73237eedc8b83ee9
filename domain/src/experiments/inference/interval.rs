//! Bounds of an effect, and which way they look.

use super::evidence::Verdict;
use serde::Serialize;

/// Which effects a test looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The arm differs from the base.
    Both,
    /// The arm is above the base: a lower bound.
    Above,
    /// The arm is below the base: an upper bound.
    Below,
}

impl Side {
    /// Tails that alpha is divided between.
    pub(super) fn tails(self) -> f64 {
        match self {
            Self::Both => 2.0,
            Self::Above | Self::Below => 1.0,
        }
    }

    /// An effect seen from this side: what is looked for is positive.
    pub(super) fn signed(self, effect: f64) -> f64 {
        match self {
            Self::Both => effect.abs(),
            Self::Above => effect,
            Self::Below => -effect,
        }
    }
}

/// Bounds; none where there is none on that side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The lower one.
    pub low: Option<f64>,
    /// The upper one.
    pub high: Option<f64>,
}

impl Interval {
    /// `low` to `high` around `value`, as far as the side looks. Bounds and p-value are computed in
    /// different ways, so where one of them is rounded across 0, the bound yields.
    pub(super) fn agreeing(low: f64, high: f64, value: f64, side: Side, verdict: &Verdict) -> Self {
        let excludes = |sign: f64| verdict.is_significant && value * sign > 0.0;
        let low = match excludes(1.0) {
            true => low.max(f64::MIN_POSITIVE),
            false => low.min(0.0),
        };
        let high = match excludes(-1.0) {
            true => high.min(-f64::MIN_POSITIVE),
            false => high.max(0.0),
        };
        Self {
            low: (side != Side::Below).then_some(low),
            high: (side != Side::Above).then_some(high),
        }
    }

    /// Whether all of it is beyond a bound: above with a `sign` of 1, below with -1.
    pub fn is_beyond(&self, bound: f64, sign: f64) -> bool {
        let near = if sign > 0.0 { self.low } else { self.high };
        near.is_some_and(|near| sign * (near - bound) > 0.0)
    }

    /// The bound on one side: the upper one with a `sign` of 1, the lower one with -1.
    pub fn far(&self, sign: f64) -> Option<f64> {
        if sign > 0.0 { self.high } else { self.low }
    }
}
