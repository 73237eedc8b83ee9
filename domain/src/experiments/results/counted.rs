//! What is kept of a phase, by arm.

use super::{ArmPeople, Observed, People};
use crate::experiments::{
    inference::quantile::histogram::{Bucket, Histogram},
    measurement::{Count, DimensionValue, Measurement},
    moments::Moments,
};
use std::collections::BTreeMap;

/// Counts and moments of a phase, each in the order of its arms.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counted {
    /// People of each arm, by the batch of their first exposure.
    pub exposed: BTreeMap<i32, Vec<i64>>,
    /// People who saw several arms.
    pub crossed: i64,
    /// People of each arm by a dimension's place and value.
    pub by_value: BTreeMap<(usize, DimensionValue), Vec<i64>>,
    /// Moments of each arm by a metric's place and the batch.
    pub by_batch: BTreeMap<(usize, i32), Vec<Moments>>,
    /// Values of each arm by a metric's place, of metrics that are quantiles.
    pub histograms: BTreeMap<usize, Vec<Histogram>>,
    arms: usize,
    /// Whether each arm has, or had, a weight.
    had_weight: Vec<bool>,
}

impl Counted {
    /// Reads what is kept.
    pub fn of(observed: &Observed<'_>) -> Self {
        let measurement = observed.measurement;
        let arms = measurement.arms.len();
        let had_weight = |arm: usize| {
            let mut weights = observed.shared_out.iter().map(|it| it.weights_bps.get(arm));
            weights.any(|weight| weight.is_some_and(|it| *it > 0))
        };
        let mut counted = Self {
            arms,
            had_weight: (0..arms).map(had_weight).collect(),
            ..Self::default()
        };
        for (key, people) in observed.sums {
            if let Some((count, batch)) = Count::read(measurement, key) {
                counted.count(count, batch, *people);
            }
        }
        for (key, moments) in observed.moments {
            let arm = measurement.arms.iter().position(|it| *it == key.label);
            let (Some(arm), Ok(metric)) = (arm, usize::try_from(key.measure)) else {
                continue;
            };
            let row = counted.by_batch.entry((metric, key.day));
            let row = row.or_insert_with(|| vec![Moments::default(); arms]);
            if let Some(cell) = row.get_mut(arm) {
                cell.add(moments, 1);
            }
        }
        counted
    }

    fn count(&mut self, count: Count, batch: i32, people: i64) {
        let arms = self.arms;
        let none = || vec![0; arms];
        let (row, arm) = match count {
            Count::Crossed => {
                self.crossed += people;
                return;
            }
            Count::InBucket {
                arm,
                metric,
                bucket,
            } => {
                let row = self.histograms.entry(metric);
                let row = row.or_insert_with(|| vec![Histogram::default(); arms]);
                let bucket = i16::try_from(bucket).ok().and_then(Bucket::from_index);
                if let (Some(histogram), Some(bucket)) = (row.get_mut(arm), bucket) {
                    histogram.count(bucket, people);
                }
                return;
            }
            Count::Exposed { arm } => (self.exposed.entry(batch).or_insert_with(none), arm),
            Count::OfDimension {
                arm,
                dimension,
                value,
            } => {
                let row = self.by_value.entry((dimension, value));
                (row.or_insert_with(none), arm)
            }
        };
        if let Some(cell) = row.get_mut(arm) {
            *cell += people;
        }
    }

    /// Moments of each arm, of all batches together; none of a metric that has none.
    pub fn moments_of(&self, metric: usize) -> Option<Vec<Moments>> {
        let mut all = vec![Moments::default(); self.arms];
        let mut is_there = false;
        for ((_, _), row) in self.by_batch.range((metric, i32::MIN)..=(metric, i32::MAX)) {
            is_there = true;
            for (sum, moments) in all.iter_mut().zip(row) {
                sum.add(moments, 1);
            }
        }
        is_there.then_some(all)
    }

    /// People of each arm.
    pub fn arms(&self) -> Vec<i64> {
        let mut all = vec![0; self.arms];
        for row in self.exposed.values() {
            for (sum, people) in all.iter_mut().zip(row) {
                *sum += people;
            }
        }
        all
    }

    /// Arms that have or had a weight: all others are closed, and hinder nothing, whatever exposures say.
    pub(in crate::experiments) fn open_arms(&self) -> Vec<usize> {
        let arms = self.had_weight.iter().enumerate();
        arms.filter(|(_, had_weight)| **had_weight)
            .map(|(arm, _)| arm)
            .collect()
    }

    /// How many people there are.
    pub fn people(&self, measurement: &Measurement) -> People {
        let arms = self.arms();
        let named = measurement.arms.iter().zip(&arms);
        People {
            exposed: arms.iter().sum(),
            crossed: self.crossed,
            arms: named
                .map(|(arm, people)| ArmPeople {
                    arm: arm.clone(),
                    people: *people,
                })
                .collect(),
        }
    }
}
