//! What most people took lately: the baseline of all methods, and the answer for people without a history.
//!
//! Law: a person counts once an item, half as much after each half-life since they last took it. A group is
//! asked only where it has [`LEAST_GROUP`] people, so that its answer is about no single one of them.

use super::histories::{Histories, History};
use crate::time::{MICROS_PER_DAY, MICROS_PER_SEC, Timestamp};
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, collections::BTreeMap};

/// Fewest people of a group that has a popularity of its own.
pub const LEAST_GROUP: usize = 20;
/// Most groups that have one: the largest.
pub const MAX_GROUPS: usize = 100;
/// Most items of a group: the most popular.
const MAX_OF_GROUP: usize = 100;

/// The popularity of items among some people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Popularity {
    /// How many people they are.
    pub(super) people: usize,
    /// Those that were taken, the most popular first.
    pub(super) items: Vec<Popular>,
}

/// The popularity of an item: its place, the people who took it, and what they weigh at the moment of training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Popular(pub(super) usize, pub(super) usize, pub(super) f32);

/// Popularity among all, and within groups by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Popularities {
    pub(super) all: Popularity,
    pub(super) groups: BTreeMap<String, Popularity>,
}

impl Popularities {
    pub(super) fn of(histories: &Histories, at: Timestamp, half_life_days: u32) -> Self {
        let items = histories.items.len();
        let of =
            |people: &[&History], most| Popularity::of(people, items, most, at, half_life_days);
        let mut groups: BTreeMap<&String, Vec<&History>> = BTreeMap::new();
        for person in &histories.people {
            if let Some(group) = &person.group {
                groups.entry(group).or_default().push(person);
            }
        }
        let mut groups: Vec<(&String, Vec<&History>)> = groups.into_iter().collect();
        groups.retain(|(_, people)| people.len() >= LEAST_GROUP);
        groups.sort_by_key(|(_, people)| Reverse(people.len()));
        groups.truncate(MAX_GROUPS);
        let everybody: Vec<&History> = histories.people.iter().collect();
        Self {
            all: of(&everybody, items),
            groups: groups
                .into_iter()
                .map(|(group, people)| (group.clone(), of(&people, MAX_OF_GROUP)))
                .collect(),
        }
    }
}

impl Popularity {
    fn of(
        people: &[&History],
        items: usize,
        most: usize,
        at: Timestamp,
        half_life_days: u32,
    ) -> Self {
        let half_life = f64::from(half_life_days) * SECS_PER_DAY;
        let mut sums = vec![(0, 0.0); items];
        for taken in people.iter().flat_map(|person| &person.taken) {
            if let Some((count, weight)) = sums.get_mut(taken.item) {
                *count += 1;
                *weight += (-at.secs_since(taken.last) / half_life).exp2();
            }
        }
        let mut popular: Vec<Popular> = sums
            .into_iter()
            .enumerate()
            .filter(|&(_, (count, _))| count > 0)
            .map(|(item, (count, weight))| Popular(item, count, single(weight)))
            .collect();
        popular.sort_by(|left, right| right.2.total_cmp(&left.2));
        popular.truncate(most);
        Self {
            people: people.len(),
            items: popular,
        }
    }

    /// A score for each of `items`.
    pub(super) fn scores(&self, items: usize) -> Vec<f64> {
        let mut scores = vec![0.0; items];
        for &Popular(item, _, weight) in &self.items {
            if let Some(score) = scores.get_mut(item) {
                *score = f64::from(weight);
            }
        }
        scores
    }

    /// How many took the item.
    pub(super) fn count(&self, item: usize) -> usize {
        let found = self.items.iter().find(|it| it.0 == item);
        found.map_or(0, |it| it.1)
    }
}

#[expect(clippy::cast_precision_loss, reason = "86,400")]
const SECS_PER_DAY: f64 = (MICROS_PER_DAY / MICROS_PER_SEC) as f64;

/// As models keep numbers: what is kept and read again is the same number. Of what is too long ago for it
/// the least is left, so that what was ever taken comes before what never was.
#[expect(clippy::cast_possible_truncation, reason = "meant")]
fn single(weight: f64) -> f32 {
    (weight as f32).max(f32::MIN_POSITIVE)
}
