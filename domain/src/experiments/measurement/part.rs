//! What a person adds to the sums of a measurement, and how that changes.
//!
//! Law: what stays as it is costs nothing, since most events change one metric of several.

use super::{Count, DimensionValue, Measurement, MeasurementState};
use crate::{
    experiments::{
        inference::quantile::histogram::Bucket,
        metric::{Measure, Metric},
        moments::{MOST_MICROS, Moments, Observation, VALUE, VALUE_BEFORE},
    },
    projection::{Measured, Moved, add},
    time::Timestamp,
};
use std::array;

/// What a person adds; nothing by default.
#[derive(Default)]
struct Part {
    /// The batch of the first exposure.
    batch: i32,
    /// The place of the only arm.
    arm: Option<usize>,
    counts: Vec<Count>,
    /// By the metric's place.
    observations: Vec<(usize, Observation)>,
}

impl Part {
    fn is_of_the_group_of(&self, other: &Self) -> bool {
        (self.batch, self.arm) == (other.batch, other.arm)
    }
}

impl Measurement {
    /// Notes how the sums change when one state takes the place of another.
    pub(crate) fn change(
        &self,
        before: Option<&MeasurementState>,
        after: Option<&MeasurementState>,
        moved: &mut Moved,
    ) {
        let part = |state: Option<&MeasurementState>| {
            state.map(|state| self.part(state)).unwrap_or_default()
        };
        let (before, after) = (part(before), part(after));
        let together = before.is_of_the_group_of(&after);
        for (part, other, sign) in [(&before, &after, -1), (&after, &before, 1)] {
            let stays = |count: &&Count| together && other.counts.contains(count);
            for count in part.counts.iter().filter(|count| !stays(count)) {
                if let Some(measured) = count.measured(self, part.batch) {
                    add(&mut moved.sums, measured, sign.into());
                }
            }
            let stays = |it: &&(usize, Observation)| together && other.observations.contains(it);
            for (place, observation) in part.observations.iter().filter(|it| !stays(it)) {
                if let Some(measured) = self.measured(part, *place) {
                    moved.measure(measured, &Moments::of(*observation), sign);
                }
            }
        }
    }

    /// The key of the moments of a metric that a part is in.
    fn measured(&self, part: &Part, metric: usize) -> Option<Measured> {
        Some(Measured {
            day: part.batch,
            through_day: None,
            label: self.arms.get(part.arm?)?.clone(),
            measure: i32::try_from(metric).ok()?,
        })
    }

    fn part(&self, state: &MeasurementState) -> Part {
        let Some(first) = state.first().filter(|_| !state.is_of_earlier_phase()) else {
            return Part::default();
        };
        let batch = self.batch(first);
        let Some(arm) = state.arm() else {
            return Part {
                batch,
                counts: vec![Count::Crossed],
                ..Part::default()
            };
        };
        let mut counts = Vec::with_capacity(1 + state.dimensions.len());
        counts.push(Count::Exposed { arm });
        let of = |(dimension, value): (usize, &DimensionValue)| Count::OfDimension {
            arm,
            dimension,
            value: *value,
        };
        counts.extend(state.dimensions.iter().enumerate().map(of));
        let mut observations = Vec::with_capacity(self.metrics.len());
        for (place, metric) in self.metrics.iter().enumerate() {
            if !self.counts(metric, state, first) {
                continue;
            }
            let observation = observation(metric, state, place);
            match metric.measure {
                Measure::Quantile { ignore_zeros, .. } => {
                    let value = observation.0[VALUE];
                    let bucket = Bucket::of(value).index().into();
                    let metric = place;
                    let count = Count::InBucket {
                        arm,
                        metric,
                        bucket,
                    };
                    counts.extend((value != 0 || !ignore_zeros).then_some(count));
                }
                _ => observations.push((place, observation)),
            }
        }
        Part {
            batch,
            arm: Some(arm),
            counts,
            observations,
        }
    }

    /// Whether a metric counts a person yet.
    fn counts(&self, metric: &Metric, state: &MeasurementState, first: Timestamp) -> bool {
        let over = metric.is_over_at(first);
        !metric.waits() || over <= state.at && self.ends_at.is_none_or(|end| over <= end)
    }
}

/// What a metric comes to for a person.
fn observation(metric: &Metric, state: &MeasurementState, place: usize) -> Observation {
    let totals = state.totals.get(&place).copied().unwrap_or_default();
    Observation(array::from_fn(|at| {
        // A cap is of what is measured; a denominator is bounded only so that sums have room.
        let most = match at {
            VALUE | VALUE_BEFORE => metric.most_micros(),
            _ => MOST_MICROS,
        };
        let most = i128::from(most);
        i64::try_from(totals.0[at].clamp(-most, most)).unwrap_or_default()
    }))
}
