//! Asymptotic confidence sequences, for an experiment that is looked at whenever one likes
//! (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2021, "Time-uniform central limit theory and
//! asymptotic confidence sequences", arXiv 2103.06476).
//!
//! Law: over all looks together, the chance that a bound is ever wrong is alpha, provided that what it
//! is tuned for, people and alpha, was fixed at launch, and that no arm is looked at before it has so
//! many people that means are near normal. One mixture answers at every level, so that bounds at the
//! level which a correction leaves exclude 0 exactly where the e-value is above its reciprocal.

use super::{
    effect::Effect,
    estimate::Estimate,
    evidence::{Evidence, Verdict, is_level},
    interval::Side,
};
use crate::experiments::numbers::count;
use statrs::distribution::{Continuous, ContinuousCDF, Normal};
use std::f64::consts::{LN_2, TAU};

/// Fewest people of an arm, unless another number is given.
pub const FEWEST_PEOPLE: i64 = 100;

/// A confidence sequence, fixed at launch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sequence {
    /// People of both arms with whom the bounds are tightest.
    pub tuned_for: f64,
    /// The alpha at which they are: that of the design, whatever level an interval has.
    pub tuned_at: f64,
    /// Fewest people of an arm: with fewer there is no answer.
    pub fewest_people: i64,
}

impl Sequence {
    /// The evidence of an effect at any look. None while an arm has too few people, and when an alpha
    /// is not between 0 and a half or the tuning is not a positive number.
    pub fn evidence(
        &self,
        base: &Estimate,
        arm: &Estimate,
        effect: &Effect,
        alpha: f64,
        side: Side,
    ) -> Option<Evidence> {
        let enough = base.people.min(arm.people) >= self.fewest_people;
        let people = count(base.people) + count(arm.people);
        let mixture = self.mixture(people, side).filter(|_| enough)?;
        if !is_level(alpha) {
            return None;
        }
        let ln_e = mixture.ln_e(side.signed(effect.z()));
        Verdict::of_ln_e(ln_e, alpha)?.with_critical(mixture.critical(alpha))
    }

    /// Standard errors at which the e-value is 1/alpha, with so many people; infinite while an arm has too
    /// few, and none as for [`Sequence::evidence`].
    pub(super) fn critical(&self, [base, arm]: [f64; 2], alpha: f64, side: Side) -> Option<f64> {
        let mixture = self.mixture(base + arm, side).filter(|_| is_level(alpha))?;
        let enough = base.min(arm) >= count(self.fewest_people);
        Some(if enough {
            mixture.critical(alpha)
        } else {
            f64::INFINITY
        })
    }

    fn mixture(&self, people: f64, side: Side) -> Option<Mixture> {
        Mixture::at(people, self.tuned_for, self.tuned_at, side)
    }
}

/// The mixture of likelihood ratios over normal effects, at one look.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Mixture {
    /// N·ρ²: people by the width of the mixture.
    people_by_width: f64,
    side: Side,
}

impl Mixture {
    /// After `people`. ρ² is (ln(1 - 2 ln α) - 2 ln α) / N*, which is best at N* but for its third
    /// digit (2103.06476, B.2; Howard and others 2021, arXiv 1810.08240, section 3.5); of the
    /// one-sided mixture with twice alpha.
    fn at(people: f64, tuned_for: f64, alpha: f64, side: Side) -> Option<Self> {
        if !(is_level(alpha) && tuned_for > 0.0 && tuned_for.is_finite() && people > 0.0) {
            return None;
        }
        let level = if side == Side::Both {
            alpha
        } else {
            2.0 * alpha
        };
        Some(Self {
            people_by_width: people / pseudo_people(tuned_for, level),
            side,
        })
    }

    /// The logarithm of the e-value of an effect of `z` standard errors, seen from the side.
    ///
    /// Two-sided, the effect is normal under the alternative: exp(x²/2) / √(Nρ² + 1) with
    /// x² = z²·Nρ² / (Nρ² + 1). One-sided, it is half-normal, which doubles that and
    /// multiplies it by Φ(x) (1810.08240, proposition 6).
    fn ln_e(&self, z: f64) -> f64 {
        let x = z * self.shrinkage();
        let narrowed = self.people_by_width.ln_1p() / 2.0;
        match self.side {
            Side::Both => x * x / 2.0 - narrowed,
            Side::Above | Side::Below => LN_2 + ln_tilted(x) - narrowed,
        }
    }

    /// Standard errors at which the e-value is 1/alpha.
    ///
    /// One-sided, this is the root itself; 2103.06476 (appendix) has the closed form
    /// ln(1 + √(Nρ² + 1) / 2α), which lies above it.
    fn critical(&self, alpha: f64) -> f64 {
        let aim = self.people_by_width.ln_1p() / 2.0 - alpha.ln();
        let x = match self.side {
            Side::Both => (2.0 * aim).sqrt(),
            Side::Above | Side::Below => inverse_ln_tilted(aim - LN_2, (2.0 * aim).sqrt()),
        };
        x / self.shrinkage()
    }

    fn shrinkage(&self) -> f64 {
        (self.people_by_width / (self.people_by_width + 1.0)).sqrt()
    }
}

/// 1/ρ²: the number of people whose evidence the mixture's prior weighs as much as, where it is
/// tightest after `tuned_for` at `level`.
pub(super) fn pseudo_people(tuned_for: f64, level: f64) -> f64 {
    let twice = -2.0 * level.ln();
    tuned_for / (twice + twice.ln_1p())
}

/// x²/2 + ln Φ(x), which grows with x and is convex.
fn ln_tilted(x: f64) -> f64 {
    if x > -20.0 {
        return x * x / 2.0 + Normal::standard().cdf(x).ln();
    }
    // Laplace's series of Φ in the far tail, where its square would be lost in rounding.
    let inverse = 1.0 / (x * x);
    let series = -inverse * (1.0 - 3.0 * inverse * (1.0 - 5.0 * inverse * (1.0 - 7.0 * inverse)));
    series.ln_1p() - (-x).ln() - TAU.ln() / 2.0
}

/// The x at which [`ln_tilted`] is `aim`, by Newton from above, which never oversteps on a convex
/// function.
fn inverse_ln_tilted(aim: f64, above: f64) -> f64 {
    let normal = Normal::standard();
    let mut x = above;
    for _ in 0..100 {
        let slope = x + normal.pdf(x) / normal.cdf(x);
        let step = (ln_tilted(x) - aim) / slope;
        x -= step;
        if step <= 4.0 * f64::EPSILON * x.abs() {
            break;
        }
    }
    x
}
