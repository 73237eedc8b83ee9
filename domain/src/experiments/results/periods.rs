//! Times in which visitors were shared out alike.
//!
//! Law: what is expected of arms are the buckets of the hash that their visitors were dealt by, and not
//! the weights: ranges hold whole buckets, so a narrow coverage has other shares than a wide one.

use super::{Counted, Observed, SharedOut};
use crate::experiments::{assignment::arm_ranges, moments::Moments};

/// How visitors were shared out in a batch: at its end, and before that where it changed in the batch.
pub(super) fn dealt_by<'a>(
    observed: &Observed<'a>,
    batch: i32,
) -> impl Iterator<Item = &'a SharedOut> {
    let (rows, measurement) = (observed.shared_out, observed.measurement);
    let begins = measurement.begin_of(batch);
    let first = rows.partition_point(|row| row.from <= begins);
    let until = rows.partition_point(|row| measurement.batch(row.from) <= batch);
    let rows = rows.get(first.saturating_sub(1)..until.max(1));
    rows.unwrap_or_default().iter().rev()
}

/// How many buckets of the hash each arm has, in lowest terms: the same numbers are the same parts.
pub(super) fn buckets(observed: &Observed<'_>, row: &SharedOut) -> Vec<u32> {
    let bps = |number: i32| u16::try_from(number).unwrap_or_default();
    let weights = row.weights_bps.iter().map(|it| bps(*it));
    let version = observed.design.allocation.hash_version;
    let ranges = arm_ranges(weights, bps(row.coverage_bps));
    let buckets: Vec<u32> = ranges.iter().map(|it| it.buckets(version)).collect();
    let common = buckets.iter().copied().fold(0, greatest_common_divisor);
    buckets.iter().map(|it| it / common.max(1)).collect()
}

fn greatest_common_divisor(one: u32, other: u32) -> u32 {
    match other {
        0 => one,
        _ => greatest_common_divisor(other, one % other),
    }
}

/// Whether people came at times in which arms had different parts of the buckets.
pub(super) fn have_moved(observed: &Observed<'_>, counted: &Counted) -> bool {
    let batches = counted.exposed.keys();
    let mut parts = batches.filter_map(|batch| {
        let shared_out = dealt_by(observed, *batch).next()?;
        Some(buckets(observed, shared_out))
    });
    let first = parts.next();
    parts.any(|it| Some(it) != first)
}

/// The moments of each arm in a metric, for each time in which arms had the same parts of the buckets.
pub fn periods(observed: &Observed<'_>, counted: &Counted, metric: usize) -> Vec<Vec<Moments>> {
    let all = periods_with_weights(observed, counted, metric);
    all.into_iter().map(|(_, moments)| moments).collect()
}

/// The same, with these parts. A batch in which a wider coverage changed them counts as at its end.
pub fn periods_with_weights(
    observed: &Observed<'_>,
    counted: &Counted,
    metric: usize,
) -> Vec<(Vec<u32>, Vec<Moments>)> {
    let mut times: Vec<(Vec<u32>, Vec<Moments>)> = Vec::new();
    let rows = counted
        .by_batch
        .range((metric, i32::MIN)..=(metric, i32::MAX));
    for ((_, batch), row) in rows {
        let Some(shared_out) = dealt_by(observed, *batch).next() else {
            continue;
        };
        let buckets = buckets(observed, shared_out);
        match times.iter_mut().find(|(known, _)| *known == buckets) {
            Some((_, sums)) => {
                for (sum, moments) in sums.iter_mut().zip(row) {
                    sum.add(moments, 1);
                }
            }
            None => times.push((buckets, row.clone())),
        }
    }
    times
}
