//! How often each path is taken. Counts add over persons and can be subtracted again.

use super::{
    definition::{PathDefinition, paths},
    path::Path,
};
use crate::{capture::Acts, event::Event, statistics::proportion::Proportion};
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, collections::BTreeMap};

/// How often each path was taken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(Path, u64)>", into = "Vec<(Path, u64)>")]
pub struct PathCounts(BTreeMap<Path, u64>);

/// The paths taken most.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TopPaths {
    /// The most taken first, then by their steps.
    pub paths: Vec<PathShare>,
    /// All other paths together.
    pub other: Proportion,
}

/// A path and its share of all paths that were taken.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PathShare {
    /// Its steps.
    pub path: Path,
    /// The share. Its interval assumes independent paths, which those of one person are not.
    pub share: Proportion,
}

impl PathCounts {
    /// One person's paths, from the person's events in any order.
    pub fn of(events: &[Event], definition: &PathDefinition, acts: &Acts) -> Self {
        paths(events, definition, acts)
            .into_iter()
            .map(|path| (path, 1))
            .collect()
    }

    /// Adds other persons' paths.
    pub fn merge(&mut self, other: &Self) {
        for (path, count) in &other.0 {
            let sum = self.0.entry(path.clone()).or_default();
            *sum = sum.saturating_add(*count);
        }
    }

    /// Subtracts paths that were merged before.
    pub fn remove(&mut self, other: &Self) {
        for (path, count) in &other.0 {
            if let Some(sum) = self.0.get_mut(path) {
                *sum = sum.saturating_sub(*count);
            }
        }
        self.0.retain(|_, count| *count > 0);
    }

    /// Number of distinct paths.
    pub fn distinct(&self) -> usize {
        self.0.len()
    }

    /// Number of paths, repeated ones included.
    pub fn total(&self) -> u64 {
        self.0
            .values()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The `count` paths taken most.
    pub fn top(&self, count: usize) -> TopPaths {
        let total = self.total();
        let mut ordered: Vec<(&Path, u64)> = self.0.iter().map(|(path, &it)| (path, it)).collect();
        // A stable sort, so that equal counts stay in the order of paths.
        ordered.sort_by_key(|&(_, count)| Reverse(count));
        ordered.truncate(count);
        let named = ordered
            .iter()
            .fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
        TopPaths {
            paths: ordered
                .into_iter()
                .map(|(path, count)| PathShare {
                    path: path.clone(),
                    share: Proportion::wilson(count, total),
                })
                .collect(),
            other: Proportion::wilson(total - named, total),
        }
    }
}

impl FromIterator<(Path, u64)> for PathCounts {
    fn from_iter<T: IntoIterator<Item = (Path, u64)>>(paths: T) -> Self {
        let mut counts = BTreeMap::<Path, u64>::new();
        for (path, count) in paths {
            let sum = counts.entry(path).or_default();
            *sum = sum.saturating_add(count);
        }
        counts.retain(|_, count| *count > 0);
        Self(counts)
    }
}

impl From<Vec<(Path, u64)>> for PathCounts {
    fn from(paths: Vec<(Path, u64)>) -> Self {
        paths.into_iter().collect()
    }
}

impl From<PathCounts> for Vec<(Path, u64)> {
    fn from(counts: PathCounts) -> Self {
        counts.0.into_iter().collect()
    }
}
