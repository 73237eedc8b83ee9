//! Quantiles of a metric, such as the median of what people paid.
//!
//! Law: a quantile is known only as far as the counts of people below and up to it say, so its
//! bounds hold for every distribution, with ties or without.

pub mod difference;
pub mod histogram;
mod pairs;
mod surprise;

use super::interval::Interval;
use crate::experiments::numbers::count;
use histogram::{Bucket, Histogram};
use statrs::function::beta::beta_reg;

/// The quantile at `level` of an arm: the value of the person whose rank is the level's part of
/// all, rounded up. None of nobody, and when the level is not between 0 and 1.
pub fn quantile(histogram: &Histogram, level: f64) -> Option<f64> {
    let ranks = Ranks::of(histogram, level)?;
    let rank = ceiling(ranks.people * level).max(1);
    Some(ranks.histogram.at_rank(rank)?.middle())
}

/// Bounds of the quantile at `level` by order statistics (Conover 1999, "Practical Nonparametric
/// Statistics", 3.2): the number of people up to the quantile is binomial. An end is none where so
/// few people leave it open. None as for [`quantile`], and when alpha is not between 0 and 1.
///
/// They are conservative, as the binomial has steps, and reach to the far ends of their buckets.
pub fn interval(histogram: &Histogram, level: f64, alpha: f64) -> Option<Interval> {
    let ranks = Ranks::of(histogram, level)?;
    if !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    let people = histogram.people();
    // The last rank with P(K < rank) <= alpha / 2, and the first with P(K >= rank) <= alpha / 2.
    let low = first_rank(people, |rank| ranks.up_to(rank) > alpha / 2.0);
    let high = first_rank(people, |rank| 1.0 - ranks.up_to(rank) <= alpha / 2.0) + 1;
    Some(Interval {
        low: histogram
            .at_rank(low)
            .filter(|_| low >= 1)
            .map(Bucket::lowest),
        high: histogram.at_rank(high).map(Bucket::highest),
    })
}

struct Ranks<'a> {
    histogram: &'a Histogram,
    people: f64,
    level: f64,
}

impl<'a> Ranks<'a> {
    fn of(histogram: &'a Histogram, level: f64) -> Option<Self> {
        let is_level = level > 0.0 && level < 1.0;
        (is_level && histogram.people() > 0 && histogram.is_of_people()).then(|| Self {
            histogram,
            people: count(histogram.people()),
            level,
        })
    }

    /// Chance that at most `rank` people are up to the quantile.
    fn up_to(&self, rank: i64) -> f64 {
        let rank = count(rank);
        if rank >= self.people {
            return 1.0;
        }
        beta_reg(self.people - rank, rank + 1.0, 1.0 - self.level)
    }
}

/// The first rank from 0 to `most` at which `holds`, which goes on holding; `most` where it never does.
fn first_rank(most: i64, holds: impl Fn(i64) -> bool) -> i64 {
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// A rank, rounded up but for the rounding of the product that it comes from.
#[expect(
    clippy::cast_possible_truncation,
    reason = "ranks are at most numbers of people"
)]
fn ceiling(rank: f64) -> i64 {
    (rank - rank * 4.0 * f64::EPSILON).ceil() as i64
}
