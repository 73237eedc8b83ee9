//! Times in which weights stayed the same.

use super::{Counted, Observed, SharedOut};
use crate::experiments::moments::Moments;

/// How visitors were shared out at the end of a batch. Weights move where batches begin.
pub(super) fn in_force<'a>(observed: &Observed<'a>, batch: i32) -> Option<&'a SharedOut> {
    let rows = observed.shared_out;
    let is_in_force = |row: &&SharedOut| observed.measurement.batch(row.from) <= batch;
    rows.iter().rev().find(is_in_force).or_else(|| rows.first())
}

/// How many buckets of the hash arms of such weights have, at the widest coverage.
pub(super) fn buckets(observed: &Observed<'_>, weights_bps: &[i32]) -> Vec<u32> {
    let mut allocation = observed.design.allocation.clone();
    let widest = observed.shared_out.iter().map(|it| it.coverage_bps).max();
    allocation.share_out(widest.unwrap_or_default(), weights_bps);
    allocation.buckets()
}

/// The moments of each arm in a metric, for each time in which weights stayed the same.
pub fn periods(observed: &Observed<'_>, counted: &Counted, metric: usize) -> Vec<Vec<Moments>> {
    let all = periods_with_weights(observed, counted, metric);
    all.into_iter().map(|(_, moments)| moments).collect()
}

/// The same, with the buckets of the hash that arms had.
pub fn periods_with_weights(
    observed: &Observed<'_>,
    counted: &Counted,
    metric: usize,
) -> Vec<(Vec<u32>, Vec<Moments>)> {
    let mut times: Vec<(&[i32], Vec<Moments>)> = Vec::new();
    let rows = counted
        .by_batch
        .range((metric, i32::MIN)..=(metric, i32::MAX));
    for ((_, batch), row) in rows {
        let Some(shared_out) = in_force(observed, *batch) else {
            continue;
        };
        let weights = shared_out.weights_bps.as_slice();
        match times.iter_mut().find(|(known, _)| *known == weights) {
            Some((_, sums)) => {
                for (sum, moments) in sums.iter_mut().zip(row) {
                    sum.add(moments, 1);
                }
            }
            None => times.push((weights, row.clone())),
        }
    }
    let weighed = |(weights, moments)| (buckets(observed, weights), moments);
    times.into_iter().map(weighed).collect()
}
