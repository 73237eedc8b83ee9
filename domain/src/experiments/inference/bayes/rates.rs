//! Two rates of small numbers, exactly.
//!
//! Law: a rate's posterior is Beta(1 + successes, 1 + failures), whatever the numbers; nothing here is
//! normal.

use super::Losses;
use statrs::function::beta::ln_beta;

/// Most successes of an arm for which the sum is taken; above, a rate is normal to more digits than
/// anybody reads.
pub const MOST_SUCCESSES: i64 = 10_000;

/// A number of successes among trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trials {
    /// Successes.
    pub successes: i64,
    /// Failures.
    pub failures: i64,
}

/// Chance that the rate of `arm` is above that of `base`, with both priors uniform, and the losses.
/// None with negative numbers, and with more successes of the arm than [`MOST_SUCCESSES`].
///
/// The losses follow from x·f(x) of a Beta density being its mean times the density with one success
/// more: E max(0, p - q) is E p · P(p' > q) - E q · P(p > q'), where the primes have that success.
pub fn compare(base: Trials, arm: Trials) -> Option<(f64, Losses)> {
    let are_proper = |it: Trials| it.successes >= 0 && it.failures >= 0;
    if !are_proper(base) || !are_proper(arm) || arm.successes > MOST_SUCCESSES {
        return None;
    }
    let [base, arm] = [base, arm].map(Beta::of);
    let chance = arm.chance_above(base);
    let arm_higher = arm.mean() * arm.with_one_more().chance_above(base);
    let base_lower = base.mean() * arm.chance_above(base.with_one_more());
    let of_base = (arm_higher - base_lower).max(0.0);
    // E max(0, q - p) = E max(0, p - q) - E[p] + E[q].
    let of_arm = (of_base - arm.mean() + base.mean()).max(0.0);
    Some((chance, Losses { of_arm, of_base }))
}

#[derive(Debug, Clone, Copy)]
struct Beta {
    a: f64,
    b: f64,
}

impl Beta {
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of people are far below 2^53"
    )]
    fn of(trials: Trials) -> Self {
        Self {
            a: trials.successes as f64 + 1.0,
            b: trials.failures as f64 + 1.0,
        }
    }

    fn mean(self) -> f64 {
        self.a / (self.a + self.b)
    }

    fn with_one_more(self) -> Self {
        Self {
            a: self.a + 1.0,
            ..self
        }
    }

    /// Chance to be above another: Σ B(a' + i, b + b') / ((b + i)·B(1 + i, b)·B(a', b')) over i below
    /// a, for a whole a (Miller 2014, "Formulas for Bayesian A/B Testing"). Each term follows from
    /// the one before it.
    fn chance_above(self, other: Self) -> f64 {
        let both = self.b + other.b;
        // i = 0: B(1, b) = 1/b.
        let mut ln_term = ln_beta(other.a, both) - ln_beta(other.a, other.b);
        let mut sum = 0.0;
        let mut i = 0.0;
        while i < self.a {
            sum += ln_term.exp();
            ln_term += ((other.a + i) / (other.a + both + i) * (self.b + i) / (1.0 + i)).ln();
            i += 1.0;
        }
        sum.min(1.0)
    }
}
