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

/// The moments at which an attempt may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entered {
    /// The first of them.
    pub from: Timestamp,
    /// The first that is too late.
    pub until: Timestamp,
}

impl Entered {
    /// Any moment.
    pub const ANY: Self = Self {
        from: Timestamp(i64::MIN),
        until: Timestamp(i64::MAX),
    };

    /// Whether an attempt may begin at the moment.
    pub fn contains(&self, moment: Timestamp) -> bool {
        self.from <= moment && moment < self.until
    }
}

/// The attempt that a person's hits are credited with, of those that begin when `entered` says; none
/// when none does. Later steps may be taken after that, within the window. The hits must be those of
/// this definition, which must be valid.
pub fn reduce(
    definition: &FunnelDefinition,
    hits: &PersonHits,
    entered: Entered,
) -> Option<Attempt> {
    reduce_counted(definition, counted(definition, hits), entered)
}

/// The hits that count, whenever an attempt begins.
pub(super) fn counted<'a>(definition: &FunnelDefinition, hits: &'a PersonHits) -> &'a [Hit] {
    let hits = hits.as_slice();
    match definition.mode {
        Mode::Strict => ordered::until_a_skip(definition, hits),
        Mode::Ordered | Mode::Unordered => hits,
    }
}

/// As [`reduce`], of [`counted`] hits.
pub(super) fn reduce_counted(
    definition: &FunnelDefinition,
    hits: &[Hit],
    entered: Entered,
) -> Option<Attempt> {
    let last = entered.until.0.saturating_add(definition.window_micros());
    let hits = ordered::between(hits, entered.from.0, last);
    match definition.mode {
        Mode::Unordered => unordered::reduce(definition, hits, entered.until),
        Mode::Ordered | Mode::Strict => {
            let entries = hits.partition_point(|hit| hit.at < entered.until);
            if hits[entries..].iter().all(|hit| hit.steps & 1 == 0) {
                return ordered::reduce(definition, hits);
            }
            let mut hits = hits.to_vec();
            hits[entries..].iter_mut().for_each(|hit| hit.steps &= !1);
            ordered::reduce(definition, &hits)
        }
    }
}
