//! Adjusted p values of one family, in its order, where a missing one counts as 1.
//!
//! Law: an adjusted value is at least as large as what it was, and in the same order.

use crate::experiments::numbers::size;

/// Holm's: the largest of (K - j + 1) · p over the j smallest, at most 1.
pub(crate) fn holm(family: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut least = 0.0_f64;
    let ranked = ascending(family);
    let adjusted = ranked.iter().enumerate().map(|(below, &(at, p))| {
        least = least.max((size(family.len() - below) * p).min(1.0));
        (at, least)
    });
    in_order(family.len(), adjusted)
}

/// Benjamini and Hochberg's: the smallest of p · K / j over the j-th smallest and all larger, at most 1.
/// Of reciprocals of e values it is e-BH's: the R largest are rejected for the largest R of which the
/// R-th is at least K / (alpha · R).
pub(crate) fn false_discovery(family: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut most = 1.0_f64;
    let ranked = ascending(family);
    let adjusted = ranked.iter().enumerate().rev().map(|(below, &(at, p))| {
        // The quotient first: it is at least 1, so that no rounding takes the product below p.
        most = most.min(p * (size(family.len()) / size(below + 1)));
        (at, most)
    });
    in_order(family.len(), adjusted)
}

fn ascending(family: &[Option<f64>]) -> Vec<(usize, f64)> {
    let mut ranked: Vec<(usize, f64)> = family
        .iter()
        .enumerate()
        .filter_map(|(at, p)| Some((at, (*p)?)))
        .collect();
    ranked.sort_by(|left, right| left.1.total_cmp(&right.1));
    ranked
}

fn in_order(members: usize, adjusted: impl Iterator<Item = (usize, f64)>) -> Vec<Option<f64>> {
    let mut family = vec![None; members];
    for (at, value) in adjusted {
        if let Some(place) = family.get_mut(at) {
            *place = Some(value);
        }
    }
    family
}
