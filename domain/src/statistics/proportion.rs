//! Shares of a whole, with their intervals. A share of nothing is unknown, never zero.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

/// An observed share with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Proportion {
    /// Number of successes.
    pub numerator: u64,
    /// Number of trials.
    pub denominator: u64,
    /// The share; null when the denominator is 0.
    pub rate: Option<f64>,
    /// Bounds of the interval; null when the denominator is 0.
    pub interval: Option<[f64; 2]>,
}

/// Confidence of all intervals unless another is given.
pub const CONFIDENCE: f64 = 0.95;

impl Proportion {
    /// `numerator` of `denominator`, with the Wilson score interval at [`CONFIDENCE`].
    pub fn wilson(numerator: u64, denominator: u64) -> Self {
        let interval = wilson_interval(numerator, denominator, CONFIDENCE);
        Self {
            numerator,
            denominator,
            rate: ratio(numerator, denominator),
            interval,
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
fn ratio(numerator: u64, denominator: u64) -> Option<f64> {
    (denominator > 0).then(|| numerator as f64 / denominator as f64)
}

/// Wilson's score interval without continuity correction (Wilson 1927), for `numerator` successes in
/// `denominator` trials; none without trials, with more successes than trials, or when `confidence`
/// is not between 0 and 1.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
pub fn wilson_interval(numerator: u64, denominator: u64, confidence: f64) -> Option<[f64; 2]> {
    if denominator == 0 || numerator > denominator || !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let n = denominator as f64;
    let rate = numerator as f64 / n;
    let z = Normal::standard().inverse_cdf(0.5 + confidence / 2.0);
    let squared = z * z;
    let centre = (rate + squared / (2.0 * n)) / (1.0 + squared / n);
    let spread =
        z / (1.0 + squared / n) * (rate * (1.0 - rate) / n + squared / (4.0 * n * n)).sqrt();
    // The exact bounds at the ends; subtraction leaves a rounding error there.
    let low = if numerator == 0 { 0.0 } else { centre - spread };
    let high = if numerator == denominator {
        1.0
    } else {
        centre + spread
    };
    Some([low.max(0.0), high.min(1.0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_nothing_is_unknown() {
        let nothing = Proportion::wilson(0, 0);
        assert_eq!((nothing.rate, nothing.interval), (None, None));
    }

    #[test]
    fn more_successes_than_trials_have_no_interval() {
        assert_eq!(wilson_interval(2, 1, 0.95), None);
    }
}
