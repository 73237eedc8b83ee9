//! How surprising it is that so many of an arm's people are up to the quantile.
//!
//! Law: of as many people as the level says it is least, and it grows to both sides, so the
//! quantiles that are not too surprising are an interval.

use crate::experiments::{inference::sequence::pseudo_people, numbers::count};
use statrs::function::gamma::ln_gamma;

/// The measure of surprise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Surprise {
    /// Half the deviance of the binomial: k·ln(k / np) + (n - k)·ln((n - k) / n(1 - p)). It is the
    /// empirical likelihood ratio of a quantile (Owen 1988; Chen and Hall 1993), for one look.
    Deviance,
    /// The logarithm of the mixture of likelihood ratios over Beta(p·g, (1 - p)·g), which is a
    /// martingale: the beta-binomial of Howard and Ramdas 2022, "Sequential estimation of quantiles
    /// with applications to A/B testing and best-arm identification" (theorem 1, arXiv 1906.09712),
    /// for any number of looks.
    Mixture {
        /// g: observations that the prior weighs as much as.
        weight: f64,
    },
}

impl Surprise {
    /// The mixture that is tightest at alpha for an arm after `people`.
    pub(super) fn mixture(people: f64, alpha: f64) -> Self {
        Self::Mixture {
            weight: pseudo_people(people, alpha),
        }
    }

    /// The surprise at `k` of `n` people up to the quantile at `level`.
    pub(super) fn at(self, k: i64, n: i64, level: f64) -> f64 {
        let (k, n) = (count(k), count(n));
        let rest = n - k;
        match self {
            Self::Deviance => ratio(k, n * level) + ratio(rest, n * (1.0 - level)),
            Self::Mixture { weight } => {
                let (a, b) = (weight * level, weight * (1.0 - level));
                ln_rising(a, k) + ln_rising(b, rest)
                    - ln_rising(weight, n)
                    - k * level.ln()
                    - rest * (-level).ln_1p()
            }
        }
    }

    /// The number of people with whom the surprise is least.
    pub(super) fn least(self, n: i64, level: f64) -> i64 {
        // It is convex, so its steps change their sign once.
        super::first_rank(n, |k| {
            k == n || self.at(k + 1, n, level) >= self.at(k, n, level)
        })
    }
}

/// k·ln(k / expected), and its limit 0.
fn ratio(k: f64, expected: f64) -> f64 {
    if k > 0.0 {
        k * (k / expected).ln()
    } else {
        0.0
    }
}

/// ln Γ(a + k) - ln Γ(a).
fn ln_rising(a: f64, k: f64) -> f64 {
    ln_gamma(a + k) - ln_gamma(a)
}
