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
use crate::statistics::student::Student;

/// The evidence of an effect at one look. None when alpha is not between 0 and a half.
pub fn evidence(effect: &Effect, alpha: f64, side: Side) -> Option<Evidence> {
    if !is_level(alpha) {
        return None;
    }
    let student = Student::new(effect.freedom)?;
    let tails = side.tails();
    let p = (tails * student.tail(side.signed(effect.z()))).min(1.0);
    Verdict::of_p(p, alpha)?.with_critical(student.quantile(alpha / tails))
}
