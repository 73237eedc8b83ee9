//! The keys of a measurement's sums.

use super::Measurement;
use crate::projection::Measured;

/// A value of a dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DimensionValue {
    /// The value at this place of the list.
    Listed(usize),
    /// Any other value.
    Other,
    /// No value.
    Absent,
}

/// What a sum counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// People who saw the arm at this place and no other.
    Exposed {
        /// The arm's place.
        arm: usize,
    },
    /// People who saw several arms.
    Crossed,
    /// People of an arm with a value of a dimension.
    OfDimension {
        /// The arm's place.
        arm: usize,
        /// The dimension's place.
        dimension: usize,
        /// The value.
        value: DimensionValue,
    },
    /// People of an arm whose value of a metric is in a bucket.
    InBucket {
        /// The arm's place.
        arm: usize,
        /// The metric's place.
        metric: usize,
        /// The bucket's number.
        bucket: i32,
    },
}

const EXPOSED: i32 = 0;
const CROSSED: i32 = 1;
const OTHER: i32 = 98;
const ABSENT: i32 = 99;
/// First number of the values of dimensions; each dimension has [`DIMENSION_SPAN`] of them.
const DIMENSIONS: i32 = 1_000;
const DIMENSION_SPAN: i32 = 100;
/// First number of the buckets of metrics; each metric has [`BUCKET_SPAN`] of them.
const BUCKETS: i32 = 1_000_000;
const BUCKET_SPAN: i32 = 100_000;
/// What is added to a bucket's number, which may be negative.
const BUCKET_ZERO: i32 = BUCKET_SPAN / 2;

impl Count {
    /// The sum's key; `batch` is that of the first exposure, and does not matter to buckets.
    pub(super) fn measured(self, measurement: &Measurement, batch: i32) -> Option<Measured> {
        let (day, arm, measure) = match self {
            Self::Exposed { arm } => (batch, Some(arm), EXPOSED),
            Self::Crossed => (batch, None, CROSSED),
            Self::OfDimension {
                arm,
                dimension,
                value,
            } => {
                let value = match value {
                    DimensionValue::Listed(place) => i32::try_from(place).ok()?,
                    DimensionValue::Other => OTHER,
                    DimensionValue::Absent => ABSENT,
                };
                let first = DIMENSIONS + i32::try_from(dimension).ok()? * DIMENSION_SPAN;
                (0, Some(arm), first + value)
            }
            Self::InBucket {
                arm,
                metric,
                bucket,
            } => {
                let first = BUCKETS + i32::try_from(metric).ok()? * BUCKET_SPAN;
                (0, Some(arm), first + BUCKET_ZERO + bucket)
            }
        };
        let label = match arm {
            Some(place) => measurement.arms.get(place)?.clone(),
            None => String::new(),
        };
        Some(Measured {
            day,
            through_day: None,
            label,
            measure,
        })
    }

    /// What a key counts, and the batch that it is of; none of a key that no measurement writes.
    pub fn read(measurement: &Measurement, key: &Measured) -> Option<(Self, i32)> {
        if key.measure == CROSSED {
            return Some((Self::Crossed, key.day));
        }
        let arm = measurement.arms.iter().position(|it| *it == key.label)?;
        let place = |number: i32| usize::try_from(number).ok();
        let count = match key.measure {
            EXPOSED => Self::Exposed { arm },
            code if (DIMENSIONS..BUCKETS).contains(&code) => Self::OfDimension {
                arm,
                dimension: place((code - DIMENSIONS) / DIMENSION_SPAN)?,
                value: match (code - DIMENSIONS) % DIMENSION_SPAN {
                    OTHER => DimensionValue::Other,
                    ABSENT => DimensionValue::Absent,
                    listed => DimensionValue::Listed(place(listed)?),
                },
            },
            code if code >= BUCKETS => Self::InBucket {
                arm,
                metric: place((code - BUCKETS) / BUCKET_SPAN)?,
                bucket: (code - BUCKETS) % BUCKET_SPAN - BUCKET_ZERO,
            },
            _ => return None,
        };
        Some((count, key.day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{experiments::metric::Context, time::Timestamp};

    #[test]
    fn every_count_is_read_from_its_key() {
        let measurement = Measurement {
            experiment: "e".to_owned(),
            phase: 1,
            starts_at: Timestamp(0),
            ends_at: None,
            only_new_since: None,
            arms: vec!["a".to_owned(), "b".to_owned()],
            metrics: Vec::new(),
            dimensions: Vec::new(),
            batch_hours: 24,
            context: Context::default(),
        };
        let value = DimensionValue::Listed(19);
        let (arm, dimension, metric) = (1, 4, 19);
        for count in [
            Count::Exposed { arm },
            Count::Crossed,
            Count::OfDimension {
                arm,
                dimension,
                value,
            },
            Count::OfDimension {
                arm: 0,
                dimension: 0,
                value: DimensionValue::Absent,
            },
            Count::InBucket {
                arm,
                metric,
                bucket: -49_000,
            },
            Count::InBucket {
                arm,
                metric: 0,
                bucket: 49_000,
            },
        ] {
            let key = count.measured(&measurement, 7).expect("a key");
            let (read, _) = Count::read(&measurement, &key).expect("a count");
            assert_eq!(read, count);
        }
    }
}
