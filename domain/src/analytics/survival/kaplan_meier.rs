//! The product-limit estimate (Kaplan and Meier 1958): the share of persons still there after each
//! duration. Persons who had not left when they were last seen count for as long as they were seen.

use super::Lifetimes;
use crate::statistics::proportion::CONFIDENCE;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

/// Shares that differ by less are equal: a product of fractions is rounded at every step.
const ROUNDING: f64 = 1e-12;

/// The share of persons still there, by duration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SurvivalCurve {
    /// Persons in all.
    pub persons: u64,
    /// A point for every duration at which a person left or was last seen. Before the first, the
    /// share is 1; between two, it is that of the earlier.
    pub points: Vec<SurvivalPoint>,
    /// The first duration after which at most half are still there; null when more are.
    pub median: Option<u64>,
}

/// The curve at one duration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SurvivalPoint {
    /// In the unit of the lifetimes.
    pub duration: u64,
    /// Persons seen for at least this long.
    pub at_risk: u64,
    /// Persons who left at this duration.
    pub events: u64,
    /// Persons who were last seen at this duration.
    pub censored: u64,
    /// Share of persons still there after this duration.
    pub survival: f64,
    /// Greenwood's variance of the share (1926); null where the share is 0.
    pub variance: Option<f64>,
    /// Bounds at [`CONFIDENCE`] by the log(-log) transformation ("exponential Greenwood"), so that
    /// they lie between 0 and 1; null where the share is 0 or 1.
    pub interval: Option<[f64; 2]>,
}

impl SurvivalCurve {
    /// The estimate from `lifetimes`; without any, a curve without points.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of people are far below 2^53"
    )]
    pub fn kaplan_meier(lifetimes: &Lifetimes) -> Self {
        let z = Normal::standard().inverse_cdf(0.5 + CONFIDENCE / 2.0);
        // Summed from the longest, since a person is at risk only during their own lifetime.
        let mut at_risk = 0_u64;
        let mut risks: Vec<_> = lifetimes
            .iter()
            .rev()
            .map(|(duration, ends)| {
                at_risk = at_risk.saturating_add(ends.events.saturating_add(ends.censored));
                (duration, ends, at_risk)
            })
            .collect();
        risks.reverse();
        let mut survival = 1.0;
        let mut hazard_variance = 0.0;
        let points: Vec<_> = risks
            .into_iter()
            .map(|(duration, ends, at_risk)| {
                let stayed = at_risk.saturating_sub(ends.events) as f64;
                survival *= stayed / at_risk.max(1) as f64;
                if stayed > 0.0 {
                    hazard_variance += ends.events as f64 / (at_risk as f64 * stayed);
                }
                SurvivalPoint {
                    duration,
                    at_risk,
                    events: ends.events,
                    censored: ends.censored,
                    survival,
                    variance: (survival > 0.0).then_some(survival * survival * hazard_variance),
                    interval: interval(survival, hazard_variance, z),
                }
            })
            .collect();
        let half = points.iter().find(|it| it.survival <= 0.5 + ROUNDING);
        Self {
            persons: at_risk,
            median: half.map(|it| it.duration),
            points,
        }
    }
}

/// exp(-exp(ln(-ln S) ± z * sqrt(sum of d / (n (n - d))) / ln S)), lower bound first.
fn interval(survival: f64, hazard_variance: f64, z: f64) -> Option<[f64; 2]> {
    if survival <= 0.0 || survival >= 1.0 {
        return None;
    }
    let ln_survival = survival.ln();
    let spread = z * hazard_variance.sqrt() / ln_survival;
    let bound = |shift: f64| (-((-ln_survival).ln() + shift).exp()).exp();
    Some([bound(-spread), bound(spread)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(lifetimes: &[(u64, bool)]) -> SurvivalCurve {
        let mut counts = Lifetimes::default();
        for (duration, ended) in lifetimes {
            counts.add(*duration, *ended);
        }
        SurvivalCurve::kaplan_meier(&counts)
    }

    #[test]
    fn without_lifetimes_there_is_no_curve() {
        let nothing = curve(&[]);
        assert_eq!((nothing.persons, nothing.median), (0, None));
        assert!(nothing.points.is_empty());
    }

    #[test]
    fn when_nobody_left_nothing_is_known_of_the_median() {
        let all_stay = curve(&[(3, false), (5, false)]);
        assert_eq!(all_stay.median, None);
        assert!(all_stay.points.iter().all(|it| it.survival == 1.0));
        assert!(all_stay.points.iter().all(|it| it.interval.is_none()));
    }

    #[test]
    fn when_the_last_left_the_spread_is_unknown_rather_than_zero() {
        let gone = curve(&[(0, true), (4, true)]);
        let last = gone.points.last().expect("a point");
        assert_eq!(last.survival, 0.0);
        assert_eq!((last.variance, last.interval), (None, None));
    }

    #[test]
    fn a_share_of_a_half_is_reached_in_spite_of_rounding() {
        let lifetimes: Vec<_> = (1..=10).map(|duration| (duration, true)).collect();
        assert_eq!(curve(&lifetimes).median, Some(5));
        let lifetimes: Vec<_> = (1..=98).map(|duration| (duration, true)).collect();
        assert_eq!(curve(&lifetimes).median, Some(49));
    }
}
