//! The reading of a test of a fixed size: what a metric came to when the test was due.
//!
//! Law: such a test is read once. What was read first is kept, and is what is shown and decided by from then
//! on, whatever comes later: reading it again at every look would err far more often than alpha.

use super::{
    Counted, Observed,
    compared::{self, is_due},
    health::{State, health},
    periods::periods,
};
use crate::{
    experiments::{
        inference::quantile::histogram::Histogram, measurement::Measurement, metric::Measure,
        moments::Moments,
    },
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What a metric came to at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The metric's name.
    pub metric: String,
    /// The moment.
    pub at: Timestamp,
    /// What it came to.
    pub figures: Figures,
}

/// What all comparisons of a metric follow from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figures {
    /// Of a mean, a rate or a ratio: sums of each arm, for each time in which weights stayed the same.
    Sums(#[serde(with = "sums")] Vec<Vec<Moments>>),
    /// Of a quantile: values of each arm.
    Values(#[serde(with = "values")] Vec<Histogram>),
}

impl Figures {
    /// What a metric comes to now.
    pub(super) fn of(observed: &Observed<'_>, counted: &Counted, place: usize) -> Self {
        let Measurement { arms, metrics, .. } = observed.measurement;
        let is_quantile = |measure: &Measure| matches!(measure, Measure::Quantile { .. });
        if metrics
            .get(place)
            .is_some_and(|it| is_quantile(&it.measure))
        {
            let values = counted.histograms.get(&place).cloned();
            return Self::Values(values.unwrap_or_else(|| vec![Histogram::default(); arms.len()]));
        }
        let mut times = periods(observed, counted, place);
        if times.is_empty() {
            times.push(vec![Moments::default(); arms.len()]);
        }
        Self::Sums(times)
    }

    /// How many people of some arms are measured.
    pub(super) fn people(&self, arms: &[usize]) -> i64 {
        let of = |people: &dyn Fn(usize) -> Option<i64>| {
            arms.iter().filter_map(|arm| people(*arm)).sum::<i64>()
        };
        match self {
            Self::Sums(times) => times
                .iter()
                .map(|time| of(&|arm| time.get(arm).map(|it| it.people)))
                .sum(),
            Self::Values(values) => of(&|arm| values.get(arm).map(Histogram::people)),
        }
    }
}

/// The readings of metrics whose test is due for the first time: of none that is among
/// [`Observed::readings`], and none while the phase is broken, since what strangers forged would be read
/// for good. They have to be kept, and handed in from then on.
pub fn new_readings(observed: &Observed<'_>) -> Vec<Reading> {
    let counted = Counted::of(observed);
    let metrics = compared::metrics(observed, &counted);
    if health(observed, &counted, &metrics).state == State::Broken {
        return Vec::new();
    }
    let chosen = observed.design.metrics.iter().enumerate();
    chosen
        .filter(|(_, chosen)| observed.reading(&chosen.metric).is_none())
        .filter_map(|(place, chosen)| {
            let figures = Figures::of(observed, &counted, place);
            is_due(observed, &counted, &figures).then(|| Reading {
                metric: chosen.metric.clone(),
                at: observed.now,
                figures,
            })
        })
        .collect()
}

mod sums {
    //! Moments as people and decimal strings, since sums are larger than numbers of JSON.

    use crate::experiments::moments::Moments;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    type Written = Vec<Vec<(i64, Vec<String>)>>;

    pub(super) fn serialize<S: Serializer>(
        times: &[Vec<Moments>],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let of = |moments: &Moments| {
            let mut amounts = moments.amounts();
            let kept = amounts
                .iter()
                .rposition(|it| *it != 0)
                .map_or(0, |it| it + 1);
            amounts.truncate(kept);
            let amounts = amounts.iter().map(i128::to_string).collect();
            (moments.people, amounts)
        };
        let written = times.iter().map(|time| time.iter().map(of).collect());
        written.collect::<Written>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Vec<Moments>>, D::Error> {
        let of = |(people, amounts): (i64, Vec<String>)| {
            let amounts: Result<Vec<i128>, _> = amounts.iter().map(|it| it.parse()).collect();
            let amounts = amounts.map_err(|_| D::Error::custom("must be whole numbers"))?;
            Ok(Moments::from_amounts(people, &amounts))
        };
        let written = Written::deserialize(deserializer)?.into_iter();
        written
            .map(|time| time.into_iter().map(of).collect())
            .collect()
    }
}

mod values {
    //! Histograms as the numbers of buckets, and how many people are in each.

    use crate::experiments::inference::quantile::histogram::{Bucket, Histogram};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    type Written = Vec<Vec<(i16, i64)>>;

    pub(super) fn serialize<S: Serializer>(
        arms: &[Histogram],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let of = |arm: &Histogram| {
            let buckets = arm.buckets();
            buckets
                .map(|(bucket, people)| (bucket.index(), people))
                .collect()
        };
        arms.iter()
            .map(of)
            .collect::<Written>()
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Histogram>, D::Error> {
        let of = |buckets: Vec<(i16, i64)>| {
            let mut histogram = Histogram::default();
            for (index, people) in buckets {
                let bucket = Bucket::from_index(index);
                let bucket = bucket.ok_or_else(|| D::Error::custom("must be a bucket"))?;
                histogram.count(bucket, people);
            }
            Ok(histogram)
        };
        let written = Written::deserialize(deserializer)?.into_iter();
        written.map(of).collect()
    }
}
