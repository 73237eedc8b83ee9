//! What is kept of people in one phase of an experiment: a projection, whose state is a person's first
//! exposure and what their events add up to since then, and whose sums are the moments of each arm.
//!
//! Law: as for every projection, a state depends on the set of a person's events and on the moment. Nothing
//! is kept of people who were not exposed; an exposure that is earlier than the one that is known has the
//! person computed from all of their events.
//!
//! Who was exposed to more than one arm is in none of them, and is counted apart. In a phase for new people,
//! of who was exposed to an arm of an earlier phase only that is kept: they are in no arm, and not counted.

mod encoding;
mod exposure;
mod extent;
mod key;
mod part;
mod state;

pub use exposure::{
    ARM_PROPERTY, EXPERIMENT_PROPERTY, EXPOSED_EVENT, PHASE_PROPERTY, check_exposure, exposure_of,
};
pub use key::{Count, DimensionValue};
pub use state::MeasurementState;

use super::metric::{Context, Metric};
use crate::time::{MICROS_PER_MINUTE, Timestamp};
use serde::{Deserialize, Serialize};

pub(super) const HOURS_A_DAY: f64 = 24.0;

/// Most metrics of an experiment.
pub const MAX_METRICS: usize = 20;
/// Most dimensions of an experiment.
pub const MAX_DIMENSIONS: usize = 5;
/// Most values of a dimension that are listed.
pub const MAX_DIMENSION_VALUES: usize = 20;

/// What is measured in a phase of an experiment. It never changes; another end is another version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    /// The experiment's key.
    pub experiment: String,
    /// The phase's number, from 1.
    pub phase: u32,
    /// When the phase began: exposures before do not count.
    pub starts_at: Timestamp,
    /// When it ended: neither exposures nor values count from then on. None while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// Of a phase for new people, when the first phase began: people of earlier phases take no part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_new_since: Option<Timestamp>,
    /// Keys of the arms, the base first.
    pub arms: Vec<String>,
    /// What is measured.
    pub metrics: Vec<Metric>,
    /// What exposures are grouped by, when assignments are checked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<Dimension>,
    /// Hours of a batch: moments are kept by the batch of the first exposure.
    pub batch_hours: u32,
    /// The organisation at launch.
    #[serde(default)]
    pub context: Context,
}

/// A property of exposures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// Its name.
    pub property: String,
    /// Its values, each a group; all others are one.
    pub values: Vec<String>,
}

impl Measurement {
    /// The number of the batch that a moment is in, since 1970.
    pub fn batch(&self, at: Timestamp) -> i32 {
        let micros = i64::from(self.batch_hours.max(1)) * 60 * MICROS_PER_MINUTE;
        i32::try_from(at.0.div_euclid(micros)).unwrap_or(i32::MAX)
    }

    /// When a batch begins.
    pub fn begin_of(&self, batch: i32) -> Timestamp {
        let hours = i64::from(batch).saturating_mul(self.batch_hours.max(1).into());
        Timestamp(hours.saturating_mul(60 * MICROS_PER_MINUTE))
    }

    /// So many batches in days.
    pub(super) fn days_of(&self, batches: i32) -> f64 {
        f64::from(batches) * f64::from(self.batch_hours.max(1)) / HOURS_A_DAY
    }

    /// Whether the windows of all who came in a batch were over at a moment, and before the phase ended.
    pub(super) fn is_complete(&self, metric: &Metric, batch: i32, at: Timestamp) -> bool {
        let until = self.ends_at.map_or(at, |end| end.min(at));
        metric.is_over_at(self.begin_of(batch.saturating_add(1))) <= until
    }

    /// Whether the phase is over at a moment.
    fn is_over(&self, at: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| at >= end)
    }
}
