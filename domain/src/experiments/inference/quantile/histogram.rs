//! People's values, counted in buckets.
//!
//! Law: a value lies within 1 % of the middle of its bucket, the order of buckets is that of
//! values, and counts form a group, as [`Moments`](crate::experiments::moments::Moments) do.

use crate::experiments::moments::MOST_MICROS;
use serde::Serialize;
use std::collections::BTreeMap;

/// A range of values: an octave has 64 of the same width, so half a bucket is at most 1/128 of its
/// values. Below 64 millionths every value has a bucket of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Bucket(i16);

/// Bits of a value that its bucket keeps, below the leading one.
const KEPT_BITS: u32 = 6;
const IN_AN_OCTAVE: i64 = 1 << KEPT_BITS;
/// The bucket of the largest value, and with a minus that of the least; 5,731 in all.
pub const LAST_BUCKET: i16 = 2_865;

impl Bucket {
    /// The bucket of a value in millionths. Values beyond [`MOST_MICROS`] are in the last bucket.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most LAST_BUCKET, as a test shows"
    )]
    pub fn of(micros: i64) -> Self {
        let size = micros.clamp(-MOST_MICROS, MOST_MICROS).abs();
        let shift = (size | IN_AN_OCTAVE).ilog2() - KEPT_BITS;
        let index = i64::from(shift) * IN_AN_OCTAVE + (size >> shift);
        Self((index * micros.signum()) as i16)
    }

    /// The bucket of an index; none when there is no such bucket.
    pub fn from_index(index: i16) -> Option<Self> {
        (-LAST_BUCKET..=LAST_BUCKET)
            .contains(&index)
            .then_some(Self(index))
    }

    /// The index, which can be stored: 0 for the value 0, with the sign of the values.
    pub fn index(self) -> i16 {
        self.0
    }

    /// The least and the largest value in it, in millionths.
    pub fn bounds(self) -> [i64; 2] {
        let index = i64::from(self.0).abs();
        let octaves = (index / IN_AN_OCTAVE - 1).max(0);
        let near = (index - octaves * IN_AN_OCTAVE) << octaves;
        let far = near + (1 << octaves) - 1;
        if self.0 < 0 {
            [-far, -near]
        } else {
            [near, far]
        }
    }

    /// The least value, in units.
    pub fn lowest(self) -> f64 {
        units(self.bounds()[0])
    }

    /// The largest value, in units.
    pub fn highest(self) -> f64 {
        units(self.bounds()[1])
    }

    /// The middle, in units.
    pub fn middle(self) -> f64 {
        f64::midpoint(self.lowest(), self.highest())
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "values are within MOST_MICROS, below 2^53"
)]
fn units(micros: i64) -> f64 {
    micros as f64 / 1_000_000.0
}

/// The number of people in every bucket. Some may be negative, while people are taken away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    counts: BTreeMap<Bucket, i64>,
}

impl Histogram {
    /// Adds people to a bucket; a negative number takes them away.
    pub fn count(&mut self, bucket: Bucket, people: i64) {
        let count = self.counts.entry(bucket).or_default();
        *count = count.saturating_add(people);
        if *count == 0 {
            self.counts.remove(&bucket);
        }
    }

    /// Number of people.
    pub fn people(&self) -> i64 {
        self.counts
            .values()
            .fold(0, |sum, count| i64::saturating_add(sum, *count))
    }

    /// Whether no bucket has fewer than no people.
    pub fn is_of_people(&self) -> bool {
        self.counts.values().all(|&count| count > 0)
    }

    /// Buckets with people, in the order of values.
    pub fn buckets(&self) -> impl Iterator<Item = (Bucket, i64)> {
        self.counts.iter().map(|(bucket, count)| (*bucket, *count))
    }

    /// The bucket of the person of a rank, from 1; none beyond the last.
    pub(super) fn at_rank(&self, rank: i64) -> Option<Bucket> {
        let mut below = 0;
        self.buckets().find_map(|(bucket, count)| {
            below += count;
            (below >= rank).then_some(bucket)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beyond_the_most_are_in_the_last_bucket() {
        for micros in [MOST_MICROS, MOST_MICROS + 1, i64::MAX] {
            assert_eq!(Bucket::of(micros).index(), LAST_BUCKET);
            assert_eq!(Bucket::of(-micros).index(), -LAST_BUCKET);
        }
        assert_eq!(Bucket::of(i64::MIN).index(), -LAST_BUCKET);
        assert_eq!(Bucket::from_index(LAST_BUCKET + 1), None);
    }

    #[test]
    fn buckets_follow_each_other_without_a_gap() {
        for index in -LAST_BUCKET..LAST_BUCKET {
            let [this, next] = [index, index + 1].map(|index| Bucket::from_index(index).unwrap());
            assert_eq!(this.bounds()[1] + 1, next.bounds()[0], "{index}");
            assert!(
                this.bounds()
                    .iter()
                    .all(|&micros| Bucket::of(micros) == this)
            );
        }
    }

    #[test]
    fn a_bucket_is_within_one_percent_of_its_middle() {
        for index in 1..=LAST_BUCKET {
            let bucket = Bucket::from_index(index).unwrap();
            let off = (bucket.highest() - bucket.middle()) / bucket.lowest();
            assert!(off <= 0.01, "{index}: {off}");
        }
    }
}
