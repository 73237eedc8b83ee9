//! Confidence intervals of a mean and of a count, at [`CONFIDENCE`]. Too small a sample has none.

use super::{proportion::CONFIDENCE, student::Student};
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// Student's interval of a mean: `mean` ± t(n - 1) · √(`sample_variance` / n).
///
/// `sample_variance` divides by n - 1. None with fewer than two observations, and when a figure is
/// not finite or the variance is negative.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
pub fn student_interval(mean: f64, sample_variance: f64, count: u64) -> Option<[f64; 2]> {
    if !mean.is_finite() || !sample_variance.is_finite() || sample_variance < 0.0 {
        return None;
    }
    let spread = student_quantile(count)? * (sample_variance / count as f64).sqrt();
    Some([mean - spread, mean + spread])
}

/// Half the width of the interval of a mean of `count` observations, in standard errors; none with
/// fewer than two.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
pub(super) fn student_quantile(count: u64) -> Option<f64> {
    let freedom = count.checked_sub(1).filter(|&freedom| freedom > 0)?;
    Some(Student::new(freedom as f64)?.quantile((1.0 - CONFIDENCE) / 2.0))
}

/// Garwood's exact interval of a Poisson count's expectation (Garwood 1936):
/// χ²(α/2; 2n) / 2 to χ²(1 - α/2; 2n + 2) / 2. The lower bound of no events is 0.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
pub fn poisson_interval(count: u64) -> Option<[f64; 2]> {
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let bound = |events: f64, probability: f64| {
        let squares = ChiSquared::new(2.0 * events).ok()?;
        Some(squares.inverse_cdf(probability) / 2.0)
    };
    let low = if count == 0 {
        0.0
    } else {
        bound(count as f64, tail)?
    };
    Some([low, bound(count as f64 + 1.0, 1.0 - tail)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_observation_says_nothing_about_the_spread() {
        assert_eq!(student_interval(5.0, 0.0, 0), None);
        assert_eq!(student_interval(5.0, 0.0, 1), None);
    }

    #[test]
    fn impossible_moments_have_no_interval() {
        assert_eq!(student_interval(f64::NAN, 1.0, 5), None);
        assert_eq!(student_interval(1.0, -1.0, 5), None);
        assert_eq!(student_interval(1.0, f64::INFINITY, 5), None);
    }

    #[test]
    fn no_events_are_bounded_from_above_only() {
        let [low, high] = poisson_interval(0).expect("an interval");
        assert_eq!(low, 0.0);
        // -ln(0.025), as the chance of no events is exp(-expectation).
        assert!((high - 3.688_879_454).abs() < 1e-8, "{high}");
    }
}
