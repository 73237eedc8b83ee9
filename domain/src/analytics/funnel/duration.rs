//! Times to convert, counted in buckets so that they add over persons.
//!
//! Buckets are log-linear, as in HDR histograms: four to each doubling of milliseconds, one to each
//! millisecond below four. A bucket is at most a quarter of its lower bound wide, and all durations
//! fit 252 buckets, which never depend on the data.

use crate::time::MICROS_PER_SEC;
use serde::Serialize;

/// Microseconds in a millisecond.
const MICROS_PER_MILLI: i64 = MICROS_PER_SEC / 1_000;

/// How long persons took from one step to the next.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TimeToConvert {
    /// Mean, seconds, exact to a millisecond for each person.
    pub mean_secs: f64,
    /// The median: half of the persons took at most this long.
    pub median: Quantile,
    /// Nine in ten persons took at most this long.
    pub p90: Quantile,
}

/// A quantile known up to its bucket.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantile {
    /// Estimate, seconds: as if the durations were spread evenly over their bucket.
    pub secs: f64,
    /// The true quantile is at least this, seconds.
    pub at_least_secs: f64,
    /// The true quantile is less than this, seconds.
    pub below_secs: f64,
}

/// Whole milliseconds of a duration in microseconds; none of a negative one.
pub(super) fn millis(micros: i64) -> u64 {
    u64::try_from(micros / MICROS_PER_MILLI).unwrap_or(0)
}

/// The bucket of a duration.
pub fn bucket(millis: u64) -> u8 {
    let doublings = millis.checked_ilog2().unwrap_or(0);
    let bucket = if doublings < 2 {
        millis
    } else {
        u64::from(doublings - 1) * 4 + (millis >> (doublings - 2) & 3)
    };
    u8::try_from(bucket).unwrap_or(u8::MAX)
}

/// The first duration in the bucket and the first one beyond it, milliseconds.
pub fn bucket_bounds_millis(bucket: u8) -> [u64; 2] {
    let lower = |index: u64| match (index / 4).checked_sub(1) {
        None => index,
        // The bound after the last bucket, and those of buckets that no duration has.
        Some(shift) if shift > 61 => u64::MAX,
        Some(shift) => (4 + index % 4) << shift,
    };
    let index = u64::from(bucket);
    [lower(index), lower(index + 1)]
}

/// The summary of buckets in ascending order, each with its count, and of the durations' sum in
/// milliseconds; none when all are empty.
pub(super) fn time_to_convert(buckets: &[(u8, u64)], total_millis: i64) -> Option<TimeToConvert> {
    let persons = buckets.iter().map(|(_, count)| count).sum();
    Some(TimeToConvert {
        mean_secs: secs(u64::try_from(total_millis).unwrap_or(0)) / count(persons),
        median: quantile(buckets, persons.div_ceil(2))?,
        p90: quantile(buckets, persons.saturating_mul(9).div_ceil(10))?,
    })
}

/// The duration with the given rank; the shortest has rank 1.
fn quantile(buckets: &[(u8, u64)], rank: u64) -> Option<Quantile> {
    let mut before = 0;
    let (bucket, inside) = buckets.iter().copied().find(|(_, inside)| {
        let found = before + inside >= rank;
        if !found {
            before += inside;
        }
        found && *inside > 0
    })?;
    let [low, high] = bucket_bounds_millis(bucket).map(secs);
    let share = (count(rank - before) - 0.5) / count(inside);
    Some(Quantile {
        secs: low + (high - low) * share,
        at_least_secs: low,
        below_secs: high,
    })
}

#[expect(clippy::cast_precision_loss, reason = "shown, and never added up")]
fn secs(millis: u64) -> f64 {
    millis as f64 / 1_000.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
fn count(persons: u64) -> f64 {
    persons as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_no_time() {
        assert_eq!(time_to_convert(&[], 0), None);
        assert_eq!(time_to_convert(&[(3, 0)], 0), None);
    }

    #[test]
    fn buckets_adjoin_and_hold_what_is_in_them() {
        for bucket_index in 0..=251 {
            let [low, beyond] = bucket_bounds_millis(bucket_index);
            assert_eq!(
                (bucket(low), bucket(beyond - 1)),
                (bucket_index, bucket_index)
            );
            assert!(beyond - low <= (low / 4).max(1));
        }
        assert_eq!((bucket(0), bucket(u64::MAX)), (0, 251));
        for none in 252..=255 {
            assert_eq!(bucket_bounds_millis(none), [u64::MAX; 2]);
        }
    }

    #[test]
    fn quantiles_lie_in_the_bucket_of_the_true_ones() {
        let mut durations: Vec<u64> = (0..1_001_u64).map(|n| n * n * n % 7_919 * 977).collect();
        durations.sort_unstable();
        let mut buckets: Vec<(u8, u64)> = Vec::new();
        for duration in &durations {
            match buckets.last_mut() {
                Some((last, count)) if *last == bucket(*duration) => *count += 1,
                _ => buckets.push((bucket(*duration), 1)),
            }
        }
        let times = time_to_convert(&buckets, 1_001_000).expect("persons");
        assert!((times.mean_secs - 1.0).abs() < 1e-12);
        for (quantile, index) in [(times.median, 500), (times.p90, 900)] {
            let truth = secs(durations[index]);
            assert!(quantile.at_least_secs <= truth && truth < quantile.below_secs);
            assert!(quantile.at_least_secs < quantile.secs && quantile.secs < quantile.below_secs);
        }
    }
}
