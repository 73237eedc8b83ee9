//! Counts and ten-thousandths as floats.

use super::assignment::BPS;

/// A number of people as a float.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
pub(super) fn count(people: i64) -> f64 {
    people as f64
}

/// A number of items in memory as a float.
#[expect(
    clippy::cast_precision_loss,
    reason = "memory holds fewer than 2^53 items"
)]
pub(super) fn size(items: usize) -> f64 {
    items as f64
}

/// Ten-thousandths as a part of the whole.
pub(super) fn part(bps: u16) -> f64 {
    f64::from(bps) / f64::from(BPS)
}
