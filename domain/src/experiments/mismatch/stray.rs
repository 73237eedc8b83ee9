//! People who are where few should be: in several arms, or in an arm that nobody is dealt to.
//!
//! They are in no comparison, and leaving them out is no harm while they are few. Law: over all looks
//! together, the chance to find too many where their share is [`MOST`] or less is [`ALPHA`].

use super::ALPHA;
use crate::statistics::proportion::Proportion;
use serde::Serialize;
use statrs::function::gamma::ln_gamma;

/// Most people who may stray, as a share of all: more is an error of assignment or identity, not people
/// who changed devices.
pub const MOST: f64 = 0.01;

/// Strays among people.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Stray {
    /// How many they are, of all.
    pub share: Proportion,
    /// p of a share of [`MOST`] or less, at any look.
    pub p: f64,
    /// Whether that is at most [`ALPHA`].
    pub is_too_many: bool,
}

impl Stray {
    /// `strays` of `people`.
    pub fn of(strays: u64, people: u64) -> Self {
        let p = (-ln_e(strays.min(people), people)).exp().min(1.0);
        Self {
            share: Proportion::wilson(strays, people),
            p,
            is_too_many: p <= ALPHA,
        }
    }
}

/// The logarithm of an e-value against a share of [`MOST`] or less: the mixture of likelihood ratios over
/// the shares above it, weighed by Beta(1, 99), whose mean is that share (Howard and others 2021, arXiv
/// 1810.08240, the one-sided beta-binomial mixture). Ratios are to a share of [`MOST`]: of people whose
/// share is less, they are expected to be smaller still.
///
/// Who has not strayed yet may still do so, which only lowers the e-value.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
fn ln_e(strays: u64, people: u64) -> f64 {
    let (strays, kept) = (strays as f64, (people - strays) as f64);
    // Beta(1, prior), whose part above a share s is (1 - s)^prior.
    let prior = 1.0 / MOST - 1.0;
    let [one, other] = [1.0 + strays, prior + kept];
    let ln_beta = ln_gamma(one) + ln_gamma(other) - ln_gamma(one + other);
    let ln_ratio = ln_beta + prior.ln() - strays * MOST.ln() - kept * (-MOST).ln_1p();
    ln_ratio + part_above(one, other).ln() - prior * (-MOST).ln_1p()
}

/// No more than the part of Beta(one, other) above [`MOST`], by Cantelli's inequality: it is next to 1 where
/// the e-value is large. The exact part is a series that the library (`statrs` 0.19.1) ends too early near
/// the middle of ten million people.
fn part_above(one: f64, other: f64) -> f64 {
    let whole = one + other;
    let above = (one / whole - MOST).max(0.0);
    let variance = one * other / (whole * whole * (whole + 1.0));
    above * above / (variance + above * above)
}
