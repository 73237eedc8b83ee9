//! Sums by label, of which the largest are shown, whatever the order in which labels come and however
//! many there are.
//!
//! Labels hold what visitors send, so there may be any number of them. A first pass keeps the sums
//! of all labels while there is room, and counts beside them with Space-Saving (Metwally, Agrawal
//! and El Abbadi 2005): a label of more than one part in [`CANDIDATES`] of all is among those
//! counted. Where there was no room, a second pass over the same input takes the sums of those
//! labels, and of all others together.

use std::collections::{BTreeMap, BTreeSet};

/// Labels whose sums are taken, which bounds the memory.
pub const CANDIDATES: usize = 1_000;

/// Sums by label, while they are taken.
#[derive(Debug, Clone)]
pub struct Groups<T> {
    empty: T,
    groups: BTreeMap<String, Group<T>>,
    rest: T,
    counters: Counters,
    pass: Pass,
}

#[derive(Debug, Clone)]
struct Group<T> {
    size: u64,
    sum: T,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// All labels have had room.
    Whole,
    /// Some had none.
    Counting,
    /// Over the labels that were counted.
    Second,
}

/// The sums of the largest groups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Top<T> {
    /// The largest first, and of equally large ones the first label.
    pub largest: Vec<(String, T)>,
    /// All others together; none when there are none.
    pub other: Option<Other<T>>,
}

/// The groups that are not among the largest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other<T> {
    /// How many they are; none when they are too many to be counted.
    pub labels: Option<usize>,
    /// Their sum.
    pub sum: T,
}

impl<T: Clone> Groups<T> {
    /// No groups; `empty` is the sum of nothing.
    pub fn new(empty: T) -> Self {
        Self {
            groups: BTreeMap::new(),
            rest: empty.clone(),
            counters: Counters::default(),
            pass: Pass::Whole,
            empty,
        }
    }

    /// The sum to add one more of a label to.
    pub fn add(&mut self, label: &str) -> &mut T {
        if self.pass != Pass::Second {
            self.counters.count(label);
        }
        if !self.groups.contains_key(label) {
            if self.pass == Pass::Second {
                return &mut self.rest;
            }
            if self.groups.len() == CANDIDATES {
                self.pass = Pass::Counting;
                return &mut self.rest;
            }
        }
        let group = self
            .groups
            .entry(label.to_owned())
            .or_insert_with(|| Group {
                size: 0,
                sum: self.empty.clone(),
            });
        group.size += 1;
        &mut group.sum
    }

    /// Begins the second pass, if one is needed; whether it is.
    pub fn needs_another_pass(&mut self) -> bool {
        if self.pass != Pass::Counting {
            return false;
        }
        self.pass = Pass::Second;
        self.rest = self.empty.clone();
        let group = Group {
            size: 0,
            sum: self.empty.clone(),
        };
        let labels = std::mem::take(&mut self.counters).into_labels();
        self.groups = labels.map(|label| (label, group.clone())).collect();
        true
    }

    /// The `most` largest groups, and the sum of all others, which `merge` adds up.
    pub fn top(self, most: usize, mut merge: impl FnMut(&mut T, &T)) -> Top<T> {
        let mut ranked: Vec<(String, Group<T>)> = self.groups.into_iter().collect();
        ranked.retain(|(_, group)| group.size > 0);
        // A stable sort, so that equally large groups stay in the order of labels.
        ranked.sort_by_key(|(_, group)| std::cmp::Reverse(group.size));
        let small = ranked.split_off(ranked.len().min(most));
        let is_whole = self.pass == Pass::Whole;
        let other = (!small.is_empty() || !is_whole).then(|| {
            let mut sum = self.rest;
            small
                .iter()
                .for_each(|(_, group)| merge(&mut sum, &group.sum));
            Other {
                labels: is_whole.then_some(small.len()),
                sum,
            }
        });
        let largest = ranked.into_iter().map(|(label, group)| (label, group.sum));
        Top {
            largest: largest.collect(),
            other,
        }
    }
}

/// Space-Saving: a label without a counter takes over the least one.
#[derive(Debug, Clone, Default)]
struct Counters {
    counts: BTreeMap<String, u64>,
    by_count: BTreeSet<(u64, String)>,
}

impl Counters {
    fn count(&mut self, label: &str) {
        let before = match self.counts.get(label) {
            Some(count) => Some((*count, label.to_owned())),
            None if self.counts.len() == CANDIDATES => self.by_count.first().cloned(),
            None => None,
        };
        let mut count = 0;
        if let Some(before) = before {
            count = before.0;
            self.counts.remove(&before.1);
            self.by_count.remove(&before);
        }
        self.counts.insert(label.to_owned(), count + 1);
        self.by_count.insert((count + 1, label.to_owned()));
    }

    fn into_labels(self) -> impl Iterator<Item = String> {
        self.counts.into_keys()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sums of 1 for each label, in as many passes as are needed.
    fn top(labels: &[String], most: usize) -> (Top<u64>, u32) {
        let mut groups = Groups::new(0);
        let mut passes = 0;
        loop {
            labels.iter().for_each(|label| *groups.add(label) += 1);
            passes += 1;
            if !groups.needs_another_pass() {
                return (groups.top(most, |sum, more| *sum += more), passes);
            }
        }
    }

    fn times(label: &str, times: usize) -> impl Iterator<Item = String> {
        std::iter::repeat_n(label.to_owned(), times)
    }

    #[test]
    fn the_largest_are_shown_and_not_the_first() {
        let labels: Vec<String> = times("a", 1)
            .chain(times("b", 2))
            .chain(times("c", 3))
            .collect();
        let (top, passes) = top(&labels, 2);
        assert_eq!(passes, 1);
        assert_eq!(top.largest, [("c".to_owned(), 3), ("b".to_owned(), 2)]);
        assert_eq!(
            top.other,
            Some(Other {
                labels: Some(1),
                sum: 1
            })
        );
    }

    #[test]
    fn nothing_is_left_over_when_all_are_shown() {
        let labels: Vec<String> = times("a", 2).collect();
        assert_eq!(top(&labels, 2).0.other, None);
        assert_eq!(top(&[], 2).0, Top::default());
    }

    #[test]
    fn a_flood_of_labels_hides_no_large_one_that_comes_late() {
        let flood = (0..20_000).map(|number| format!("flood {number}"));
        let labels: Vec<String> = flood
            .chain(times("late", 90))
            .chain(times("later", 80))
            .collect();
        let (top, passes) = top(&labels, 2);
        assert_eq!(passes, 2);
        assert_eq!(
            top.largest,
            [("late".to_owned(), 90), ("later".to_owned(), 80)]
        );
        assert_eq!(
            top.other,
            Some(Other {
                labels: None,
                sum: 20_000
            })
        );
    }
}
