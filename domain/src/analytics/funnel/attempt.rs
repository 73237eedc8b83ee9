//! The one attempt that a person is credited with.

use super::{FunnelDefinition, Hit, Mode, PersonHits, ordered, unordered};
use crate::time::Timestamp;
use serde::Serialize;

/// How far a person got, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// How many steps were taken, at least 1.
    pub level: usize,
    /// When the first step was taken.
    pub started_at: Timestamp,
    /// When each step was taken, in that order: `level` times, never decreasing.
    pub step_times: Vec<Timestamp>,
    /// The breakdown value of the event that opened the attempt.
    pub breakdown: Option<String>,
}

impl Attempt {
    pub(super) fn new(step_times: Vec<Timestamp>, opening: &Hit) -> Option<Self> {
        Some(Self {
            level: step_times.len(),
            started_at: *step_times.first()?,
            step_times,
            breakdown: opening.breakdown.clone(),
        })
    }
}

/// The attempt that a person's hits are credited with; none before any step is taken. The hits must
/// be those of this definition, which must be valid.
pub fn reduce(definition: &FunnelDefinition, hits: &PersonHits) -> Option<Attempt> {
    match definition.mode {
        Mode::Ordered | Mode::Strict => ordered::reduce(definition, hits.as_slice()),
        Mode::Unordered => unordered::reduce(definition, hits.as_slice()),
    }
}
