//! Lifetimes by length: how many ended, and how many were still going on when last seen.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Lifetimes of the same length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ends {
    /// Lifetimes that ended: churn.
    pub events: u64,
    /// Lifetimes that were still going on when last seen (right-censored).
    pub censored: u64,
}

/// Lifetimes of any number of persons, in whole units such as days.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lifetimes {
    by_duration: BTreeMap<u64, Ends>,
}

impl Lifetimes {
    /// Counts one lifetime of `duration`, which `ended` then or was still going on when last seen.
    pub fn add(&mut self, duration: u64, ended: bool) {
        let ends = if ended {
            Ends {
                events: 1,
                censored: 0,
            }
        } else {
            Ends {
                events: 0,
                censored: 1,
            }
        };
        self.add_ends(duration, ends);
    }

    /// Counts lifetimes of `duration`.
    pub fn add_ends(&mut self, duration: u64, ends: Ends) {
        let sum = self.by_duration.entry(duration).or_default();
        sum.events = sum.events.saturating_add(ends.events);
        sum.censored = sum.censored.saturating_add(ends.censored);
    }

    /// Adds the lifetimes of other persons.
    pub fn merge(&mut self, other: &Self) {
        for (duration, ends) in &other.by_duration {
            self.add_ends(*duration, *ends);
        }
    }

    /// The counts, shortest lifetimes first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, Ends)> {
        self.by_duration
            .iter()
            .map(|(duration, ends)| (*duration, *ends))
    }
}
