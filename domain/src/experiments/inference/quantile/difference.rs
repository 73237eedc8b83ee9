//! The difference of a quantile between two arms.
//!
//! Law: a pair of quantiles is excluded where the surprise of both arms together is too much, and a
//! difference where every pair that has it is; so bounds, p and e follow from one function, and
//! agree.

use super::{Ranks, pairs::Pairs, surprise::Surprise};
use crate::experiments::inference::{
    evidence::{Verdict, is_level},
    interval::{Interval, Side},
    quantile::histogram::Histogram,
};
use statrs::distribution::{ContinuousCDF, Normal};

/// Fewest people of an arm who are expected on either side of the quantile, for an answer at one
/// look: with fewer, the deviance is not near χ².
pub const FEWEST_BEYOND: f64 = 10.0;

/// How often the difference is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Looks {
    /// Once: twice the surprise, less the least of all pairs, is χ² with one degree of freedom
    /// (Wilks 1938).
    Once,
    /// Whenever one likes: the product of both arms' mixtures is an e-value, for any distribution
    /// and any number of people.
    Always {
        /// People of both arms with whom the bounds are tightest, fixed at launch.
        tuned_for: f64,
        /// The alpha at which they are, fixed at launch.
        tuned_at: f64,
    },
}

/// What is known of the difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantileDifference {
    /// The evidence against "no difference".
    pub verdict: Verdict,
    /// Bounds of the difference, in units; ends are none where so few people leave them open.
    pub interval: Interval,
}

/// The arm's quantile against the base's. None with nobody in an arm, for one look also with fewer
/// than [`FEWEST_BEYOND`] beyond the quantile; and when an alpha is not between 0 and a half, the
/// level not between 0 and 1 or the tuning not a positive number.
///
/// Values of one bucket are not distinguished, so differences of less than 3 % are seldom found, however
/// many people there are; without an effect that only errs to the safe side.
///
/// The e-value is direct and needs no calibrator: the least product over all pairs without the
/// effect that the side looks for, which is at most the product at the true pair.
pub fn compare(
    base: &Histogram,
    arm: &Histogram,
    level: f64,
    looks: Looks,
    alpha: f64,
    side: Side,
) -> Option<QuantileDifference> {
    if !is_level(alpha) {
        return None;
    }
    for histogram in [base, arm] {
        let beyond = Ranks::of(histogram, level)?.people * level.min(1.0 - level);
        if looks == Looks::Once && beyond < FEWEST_BEYOND {
            return None;
        }
    }
    let surprise = looks.surprise()?;
    let pairs = Pairs::of(base, arm, level, surprise);
    let (verdict, [low, high]) = match looks {
        Looks::Once => once(&pairs, alpha, side),
        Looks::Always { .. } => always(&pairs, alpha, side),
    }?;
    Some(QuantileDifference {
        verdict,
        interval: Interval {
            low: low.filter(|_| side != Side::Below),
            high: high.filter(|_| side != Side::Above),
        },
    })
}

impl Looks {
    fn surprise(self) -> Option<Surprise> {
        match self {
            Self::Once => Some(Surprise::Deviance),
            Self::Always {
                tuned_for,
                tuned_at,
            } => (tuned_for > 0.0 && tuned_for.is_finite() && is_level(tuned_at))
                .then(|| Surprise::mixture(tuned_for / 2.0, tuned_at)),
        }
    }
}

type Bounds = [Option<f64>; 2];

/// By the likelihood ratio from the likeliest pair, whose root has the sign of the effect.
fn once(pairs: &Pairs, alpha: f64, side: Side) -> Option<(Verdict, Bounds)> {
    let root = |sum: f64| (2.0 * (sum - pairs.least()).max(0.0)).sqrt();
    let [up, down] = [pairs.least_not_above(), pairs.least_not_below()].map(root);
    let tails = side.tails();
    let p = |root: f64| tails * Normal::standard().sf(root);
    // Either is 0, of the half that holds the likeliest pair.
    let verdict = Verdict::of_p(p(side.signed(up - down)).min(1.0), alpha)?;
    Some((verdict, pairs.bounds(|sum| p(root(sum)) >= alpha)))
}

fn always(pairs: &Pairs, alpha: f64, side: Side) -> Option<(Verdict, Bounds)> {
    let [up, down] = [pairs.least_not_above(), pairs.least_not_below()];
    let ln_e = match side {
        Side::Both => up.max(down),
        Side::Above => up,
        Side::Below => down,
    };
    let verdict = Verdict::of_ln_e(ln_e, alpha)?;
    Some((verdict, pairs.bounds(|sum| sum.exp() <= 1.0 / alpha)))
}
