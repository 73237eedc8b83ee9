//! What is signed of a phase: the figures of a moment, and all that they follow from but the events, of
//! which there is a digest.
//!
//! Law: the text of a report is canonical: names in their order, no blanks, numbers as short as they can
//! be. Counting the log again up to the boundary gives the same digest, to the last digit, and the same
//! results to within the rounding of another machine.

mod difference;

pub use difference::{Difference, MOST_DIFFERENCES, TOLERANCE, differences};

use super::{
    design::Design,
    measurement::Measurement,
    results::{Observed, Reading, Results, SharedOut},
};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The form of the text, for programs.
pub const FORMAT: &str = "tessera-experiment-report/1";

/// A report.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    format: &'static str,
    /// Address of the organisation's Org.
    organisation: &'a str,
    #[serde(flatten)]
    basis: &'a Basis,
    /// Of what was counted: see [`digest`].
    counted_sha256: String,
    results: Results,
}

/// What a report follows from, beside the events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Basis {
    /// The moment.
    pub as_of: Timestamp,
    /// Until where the event log is counted.
    pub log: LogBoundary,
    /// The design as it was at launch.
    pub design: Design,
    /// What is measured.
    pub measurement: Measurement,
    /// How visitors were shared out, in the order of time.
    pub shared_out: Vec<SharedOut>,
    /// The least p that the anytime test of assignments had had before.
    pub mismatch_so_far: Option<f64>,
    /// The readings of tests that are read once, as they had been kept before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<Reading>,
    /// How the phase ended; none while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
}

/// How a phase ended: the latest that was done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// When.
    pub at: Timestamp,
    /// The API key or wallet that did it; `engine` for what Tessera did by itself.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The arm that everybody sees from then on; null where that is the base.
    pub shipped: Option<String>,
}

/// Until where the event log is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogBoundary {
    /// The last position, as a decimal string.
    #[serde(with = "text")]
    pub position: i64,
    /// The moment through which merges of people count.
    pub merged_through: Timestamp,
}

impl<'a> Report<'a> {
    /// The report on what was counted.
    pub fn of(organisation: &'a str, basis: &'a Basis, observed: &Observed<'_>) -> Self {
        Self {
            format: FORMAT,
            organisation,
            basis,
            counted_sha256: digest(observed),
            results: super::results::results(observed),
        }
    }

    /// The canonical text, which is signed.
    ///
    /// # Errors
    /// [`serde_json::Error`] when a part cannot be written, which is a fault of ours.
    pub fn text(&self) -> serde_json::Result<String> {
        // A value keeps its names in order, where a structure has them as they are declared.
        serde_json::to_string(&serde_json::to_value(self)?)
    }
}

/// SHA-256, in hexadecimal, of all counts of people and all moments of metrics: two JSON arrays in an
/// array, each row with its key, in the order of the keys.
pub fn digest(observed: &Observed<'_>) -> String {
    let sums = observed.sums.iter().map(|(key, amount)| {
        let key = (key.day, &key.label, key.measure);
        (key, amount)
    });
    let moments = observed.moments.iter().map(|(key, moments)| {
        let amounts = moments.amounts().into_iter().map(|it| it.to_string());
        let key = (key.day, &key.label, key.measure);
        (key, moments.people, amounts.collect::<Vec<_>>())
    });
    let all = (sums.collect::<Vec<_>>(), moments.collect::<Vec<_>>());
    let bytes = serde_json::to_vec(&all).unwrap_or_default();
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

mod text {
    //! A whole number as a decimal string.

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    pub(super) fn serialize<S: Serializer>(number: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|_| D::Error::custom("must be a whole number"))
    }
}
