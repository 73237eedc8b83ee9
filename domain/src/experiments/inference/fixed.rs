//! Welch's test, for an experiment with one look, at a size that was decided before (Welch
//! 1947, "The generalization of Student's problem"; Satterthwaite 1946).
//!
//! Law: its error is alpha at that one look; looking more often, and stopping at the first success,
//! errs more often.

use super::{
    effect::Effect,
    evidence::{Evidence, Verdict, is_level},
    interval::Side,
};
use statrs::distribution::{Continuous, ContinuousCDF, Normal, StudentsT};

/// The evidence of an effect at one look. None when alpha is not between 0 and a half.
pub fn evidence(effect: &Effect, alpha: f64, side: Side) -> Option<Evidence> {
    if !is_level(alpha) {
        return None;
    }
    let student = StudentsT::new(0.0, 1.0, effect.freedom).ok()?;
    let tails = side.tails();
    let p = (tails * student.sf(side.signed(effect.z()))).min(1.0);
    Verdict::of_p(p, alpha)?.with_critical(quantile(&student, alpha / tails))
}

/// Where the upper tail of Student's t is `tail`, below a half: Newton from the normal quantile,
/// which lies to the left, so that on the convex tail no step goes too far. A heavy tail takes a
/// step for each doubling.
///
/// (The library's own quantile takes for ever with a hundred million degrees of freedom.)
fn quantile(student: &StudentsT, tail: f64) -> f64 {
    let mut at = -Normal::standard().inverse_cdf(tail);
    for _ in 0..200 {
        let step = (student.sf(at) - tail) / student.pdf(at);
        at += step;
        if step <= 4.0 * f64::EPSILON * at {
            break;
        }
    }
    at
}
