//! Counts by breakdown value: of everybody, and of the values with the most entrants.

use super::{Attempt, Entered, FunnelCounts, PersonHits, report::MAX_GROUPS};
use crate::statistics::groups::{Groups, Top};

/// The counts that a report reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupedCounts {
    /// Of everybody.
    pub all: FunnelCounts,
    /// Of the [`MAX_GROUPS`] values with the most entrants, and of all others together. The empty
    /// text is no value.
    pub top: Top<FunnelCounts>,
}

/// Counts of people who are seen one by one, in as many passes as are needed.
#[derive(Debug, Clone)]
pub struct Counting {
    all: FunnelCounts,
    groups: Groups<FunnelCounts>,
}

impl Default for Counting {
    fn default() -> Self {
        Self {
            all: FunnelCounts::default(),
            groups: Groups::new(FunnelCounts::default()),
        }
    }
}

impl Counting {
    /// Counts a person with the credited attempt, and what their hits of the range could not be
    /// compared with.
    pub fn add(&mut self, attempt: Option<&Attempt>, hits: &PersonHits, range: Entered) {
        self.all.add_not_compared(hits, range);
        let Some(attempt) = attempt else { return };
        self.all.add_person(&unlabelled(attempt));
        let label = attempt.breakdown.as_deref().unwrap_or_default();
        self.groups.add(label).add_person(attempt);
    }

    /// Begins another pass, if one is needed; whether it is.
    pub fn needs_another_pass(&mut self) -> bool {
        let is_needed = self.groups.needs_another_pass();
        if is_needed {
            self.all = FunnelCounts::default();
        }
        is_needed
    }

    /// The counts, when no other pass is needed.
    pub fn finish(self) -> GroupedCounts {
        GroupedCounts {
            all: self.all,
            top: self.groups.top(MAX_GROUPS, FunnelCounts::merge),
        }
    }
}

/// The attempt among those of everybody, which no value parts.
fn unlabelled(attempt: &Attempt) -> Attempt {
    Attempt {
        breakdown: None,
        ..attempt.clone()
    }
}
