//! Every pair of a base's and an arm's quantile, with the surprise at both.
//!
//! Law: the pairs up to any surprise hang together, because from each of them, one bucket at a
//! time, less and less surprising ones lead to the likeliest.

use super::{
    histogram::{Bucket, Histogram},
    surprise::Surprise,
};
use std::collections::BTreeMap;

/// The pairs, on the buckets in which either arm has people. A quantile between two of these is no more
/// surprising than one in the bucket before it and behind it, so none is left out.
pub(super) struct Pairs {
    buckets: Vec<Bucket>,
    base: Side,
    arm: Side,
}

/// The surprise of one arm.
struct Side {
    /// By bucket: the least over the numbers of people that may be up to a quantile in it.
    in_bucket: Vec<f64>,
    /// Where the least of all is.
    least_at: usize,
    /// With nobody up to the quantile, which may be anywhere below.
    nobody: f64,
    /// With everybody up to it, which may be anywhere above.
    everybody: f64,
}

impl Pairs {
    pub(super) fn of(base: &Histogram, arm: &Histogram, level: f64, surprise: Surprise) -> Self {
        let mut counts: BTreeMap<Bucket, [i64; 2]> = BTreeMap::new();
        for (at, histogram) in [base, arm].into_iter().enumerate() {
            for (bucket, count) in histogram.buckets() {
                counts.entry(bucket).or_default()[at] += count;
            }
        }
        let side = |at: usize| Side::of(counts.values().map(|both| both[at]), level, surprise);
        Self {
            base: side(0),
            arm: side(1),
            buckets: counts.into_keys().collect(),
        }
    }

    /// The least surprise of all pairs.
    pub(super) fn least(&self) -> f64 {
        self.base.least() + self.arm.least()
    }

    /// The least surprise of the pairs whose arm is not above the base.
    pub(super) fn least_not_above(&self) -> f64 {
        least_in_order(self.arm.in_bucket.iter(), self.base.in_bucket.iter())
    }

    /// The least surprise of the pairs whose arm is not below the base.
    pub(super) fn least_not_below(&self) -> f64 {
        least_in_order(self.base.in_bucket.iter(), self.arm.in_bucket.iter())
    }

    /// The least and the largest difference, arm minus base, of the pairs whose surprise is kept;
    /// an end is none where a quantile that is kept may be anywhere. `is_kept` holds up to some
    /// surprise.
    pub(super) fn bounds(&self, is_kept: impl Fn(f64) -> bool) -> [Option<f64>; 2] {
        let (base, arm) = (self.base.least(), self.arm.least());
        let open_below = is_kept(self.arm.nobody + base) || is_kept(self.base.everybody + arm);
        let open_above = is_kept(self.arm.everybody + base) || is_kept(self.base.nobody + arm);
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for (bucket, surprise) in self.buckets.iter().zip(&self.base.in_bucket) {
            let kept = self.arm.kept(|own| is_kept(own + surprise));
            let Some([first, last]) = kept else { continue };
            low = low.min(self.buckets[first].lowest() - bucket.highest());
            high = high.max(self.buckets[last].highest() - bucket.lowest());
        }
        [
            (!open_below && low.is_finite()).then_some(low),
            (!open_above && high.is_finite()).then_some(high),
        ]
    }
}

impl Side {
    fn of(counts: impl Iterator<Item = i64> + Clone, level: f64, surprise: Surprise) -> Self {
        let people = counts.clone().sum();
        let least = surprise.least(people, level);
        let mut below = 0;
        let mut in_bucket = Vec::new();
        let mut least_at = None;
        for (place, count) in counts.enumerate() {
            let through = below + count;
            if least_at.is_none() && through >= least {
                least_at = Some(place);
            }
            in_bucket.push(surprise.at(least.clamp(below, through), people, level));
            below = through;
        }
        Self {
            in_bucket,
            least_at: least_at.unwrap_or(0),
            nobody: surprise.at(0, people, level),
            everybody: surprise.at(people, people, level),
        }
    }

    fn least(&self) -> f64 {
        self.in_bucket.get(self.least_at).copied().unwrap_or(0.0)
    }

    /// The first and the last bucket whose surprise is kept.
    fn kept(&self, is_kept: impl Fn(f64) -> bool) -> Option<[usize; 2]> {
        if !is_kept(self.least()) {
            return None;
        }
        // Surprise falls up to the least and grows from there.
        let (falling, growing) = self.in_bucket.split_at(self.least_at);
        let first = falling.partition_point(|&surprise| !is_kept(surprise));
        let last = self.least_at + growing.partition_point(|&surprise| is_kept(surprise)) - 1;
        Some([first, last])
    }
}

/// The least sum of one of `low` and one of `high` that is in the same place or behind it.
fn least_in_order<'a>(
    low: impl Iterator<Item = &'a f64>,
    high: impl Iterator<Item = &'a f64>,
) -> f64 {
    let mut least_low = f64::INFINITY;
    low.zip(high).fold(f64::INFINITY, |least, (low, high)| {
        least_low = least_low.min(*low);
        least.min(least_low + high)
    })
}
