//! What a method makes of an effect: a p-value, and how far from 0 an effect has to be.
//!
//! Law: with an e-value, p is min(1, 1/e), and p < alpha exactly where e > 1/alpha.

/// Evidence against "no effect".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Chance of as much evidence, or more, were there no effect.
    pub p: f64,
    /// Expected to be at most 1, were there no effect; none of a method without one.
    pub e: Option<f64>,
    /// Whether p is below alpha.
    pub is_significant: bool,
}

/// Evidence against "no effect", and how far from 0 an effect has to be for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// The evidence.
    pub verdict: Verdict,
    /// Standard errors from 0 at which p is alpha.
    pub critical: f64,
}

impl Verdict {
    /// By a p-value; none when it is no number.
    pub(super) fn of_p(p: f64, alpha: f64) -> Option<Self> {
        p.is_finite().then_some(Self {
            p,
            e: None,
            is_significant: p < alpha,
        })
    }

    /// By the logarithm of an e-value; none when it is no number. An e-value beyond the largest
    /// float is that float.
    pub(super) fn of_ln_e(ln_e: f64, alpha: f64) -> Option<Self> {
        if ln_e.is_nan() {
            return None;
        }
        let e = ln_e.exp().min(f64::MAX);
        let is_significant = e > 1.0 / alpha;
        let p = (1.0 / e).min(1.0);
        Some(Self {
            // A quotient next to alpha may be rounded to the other side of it.
            p: if is_significant {
                p.min(alpha.next_down())
            } else {
                p.max(alpha)
            },
            e: Some(e),
            is_significant,
        })
    }

    /// With the critical value; none when that is no number.
    pub(super) fn with_critical(self, critical: f64) -> Option<Evidence> {
        critical.is_finite().then_some(Evidence {
            verdict: self,
            critical,
        })
    }
}

/// Whether a level can be tested at. One-sided tests use twice the level.
pub(super) fn is_level(alpha: f64) -> bool {
    alpha > 0.0 && alpha < 0.5
}
