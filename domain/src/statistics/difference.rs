//! Compares two shares by their difference and their ratio. A value that a zero denominator leaves
//! undefined is null.

use super::proportion::{CONFIDENCE, Proportion};
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

/// A share against a base share, of two independent groups.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// The share minus the base share; null when either group is empty.
    pub difference: Option<f64>,
    /// Newcombe's interval of the difference; null when either group is empty.
    pub difference_interval: Option<[f64; 2]>,
    /// The share divided by the base share; null when either group is empty or the base share is 0.
    pub ratio: Option<f64>,
    /// Katz's interval of the ratio; null when either share is 0 or both are 1.
    pub ratio_interval: Option<[f64; 2]>,
}

impl Difference {
    /// `share` against `base`, with intervals at [`CONFIDENCE`].
    pub fn between(share: &Proportion, base: &Proportion) -> Self {
        let rates = share.rate.zip(base.rate);
        Self {
            difference: rates.map(|(rate, base_rate)| rate - base_rate),
            difference_interval: newcombe_interval(share, base),
            ratio: rates
                .filter(|&(_, base_rate)| base_rate > 0.0)
                .map(|(rate, base_rate)| rate / base_rate),
            ratio_interval: katz_interval(share, base),
        }
    }
}

/// Interval of `share` - `base`: the hybrid of both Wilson intervals (Newcombe 1998, method 10).
/// None when either has no interval.
pub fn newcombe_interval(share: &Proportion, base: &Proportion) -> Option<[f64; 2]> {
    let (rate, [low, high]) = share.rate.zip(share.interval)?;
    let (base_rate, [base_low, base_high]) = base.rate.zip(base.interval)?;
    let difference = rate - base_rate;
    Some([
        difference - (rate - low).hypot(base_high - base_rate),
        difference + (high - rate).hypot(base_rate - base_low),
    ])
}

/// Interval of `share` / `base` at [`CONFIDENCE`], normal on the logarithm (Katz et al. 1978):
/// the variance of ln(ratio) is 1/x₁ - 1/n₁ + 1/x₂ - 1/n₂.
///
/// None when either numerator is 0, where the logarithm has no value, and when both shares are 1,
/// where the formula's width of 0 would pass for certainty.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
pub fn katz_interval(share: &Proportion, base: &Proportion) -> Option<[f64; 2]> {
    share.interval.and(base.interval)?;
    if share.numerator == 0 || base.numerator == 0 {
        return None;
    }
    let variance: f64 = [share, base]
        .map(|it| 1.0 / it.numerator as f64 - 1.0 / it.denominator as f64)
        .iter()
        .sum();
    if variance <= 0.0 {
        return None;
    }
    let centre = (share.rate? / base.rate?).ln();
    let spread = Normal::standard().inverse_cdf(0.5 + CONFIDENCE / 2.0) * variance.sqrt();
    Some([(centre - spread).exp(), (centre + spread).exp()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(share: (u64, u64), base: (u64, u64)) -> Difference {
        Difference::between(
            &Proportion::wilson(share.0, share.1),
            &Proportion::wilson(base.0, base.1),
        )
    }

    #[test]
    fn an_empty_group_leaves_everything_unknown() {
        for (share, base) in [((0, 0), (1, 2)), ((1, 2), (0, 0)), ((0, 0), (0, 0))] {
            let unknown = between(share, base);
            assert_eq!(
                (unknown.difference, unknown.difference_interval),
                (None, None)
            );
            assert_eq!((unknown.ratio, unknown.ratio_interval), (None, None));
        }
    }

    #[test]
    fn a_base_share_of_zero_has_a_difference_and_no_ratio() {
        let from_zero = between((3, 4), (0, 5));
        assert_eq!(from_zero.difference, Some(0.75));
        assert!(from_zero.difference_interval.is_some());
        assert_eq!((from_zero.ratio, from_zero.ratio_interval), (None, None));
    }

    #[test]
    fn a_share_of_zero_is_zero_times_the_base_without_an_interval() {
        let to_zero = between((0, 5), (3, 4));
        assert_eq!((to_zero.ratio, to_zero.ratio_interval), (Some(0.0), None));
    }

    #[test]
    fn two_shares_of_one_do_not_pass_for_certainty() {
        let both_full = between((1, 1), (1, 1));
        assert_eq!(
            (both_full.ratio, both_full.ratio_interval),
            (Some(1.0), None)
        );
    }
}
