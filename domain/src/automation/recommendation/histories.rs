//! Interactions up to a moment, a history a person: what all methods are trained on.

use super::{
    interactions::{Interaction, Interactions, MAX_WEIGHT},
    recipient::MAX_HISTORY,
    train::Groups,
};
use crate::time::Timestamp;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

/// People's histories up to a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Histories {
    /// Ids of the items, in order; elsewhere an item is its place here.
    pub(super) items: Vec<String>,
    pub(super) people: Vec<History>,
}

/// What a person took, an entry an item.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct History {
    pub(super) group: Option<String>,
    /// In the order of items.
    pub(super) taken: Vec<Taken<usize>>,
}

/// What a person did with an item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Taken<Item> {
    pub(super) item: Item,
    pub(super) weight: f64,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
}

impl Histories {
    /// Those up to `until`, that moment included.
    pub fn of(interactions: &Interactions, groups: &Groups, until: Timestamp) -> Self {
        let people: Vec<&[Interaction]> = interactions
            .by_person()
            .map(|all| &all[..all.partition_point(|it| it.moment <= until)])
            .filter(|all| !all.is_empty())
            .collect();
        let items: BTreeSet<&str> = people
            .iter()
            .flat_map(|all| all.iter().map(|it| it.item.as_str()))
            .collect();
        let place: BTreeMap<&str, usize> = items.iter().copied().zip(0..).collect();
        let history = |all: &[Interaction]| History {
            group: all.first().and_then(|it| groups.get(&it.person)).cloned(),
            taken: taken(all)
                .into_iter()
                .filter_map(|it| it.at(*place.get(it.item)?))
                .collect(),
        };
        Self {
            people: people.into_iter().map(history).collect(),
            items: items.into_iter().map(str::to_owned).collect(),
        }
    }

    /// The items and weights of each person.
    pub(super) fn rows(&self) -> Vec<Vec<(usize, f64)>> {
        let row = |person: &History| person.taken.iter().map(|it| (it.item, it.weight)).collect();
        self.people.iter().map(row).collect()
    }
}

impl<Item> Taken<Item> {
    fn at(&self, item: usize) -> Option<Taken<usize>> {
        Some(Taken {
            item,
            weight: self.weight,
            first: self.first,
            last: self.last,
        })
    }
}

/// What the interactions of one person, oldest first, come to: at most [`MAX_HISTORY`] items, those that
/// were last taken, in the order of ids. Nobody's history is endless work, and nobody decides for others by
/// taking everything.
pub(super) fn taken(all: &[Interaction]) -> Vec<Taken<&str>> {
    let mut by_item: BTreeMap<&str, Taken<&str>> = BTreeMap::new();
    for one in all {
        let item = by_item.entry(&one.item).or_insert(Taken {
            item: &one.item,
            weight: 0.0,
            first: one.moment,
            last: one.moment,
        });
        item.weight = (item.weight + one.weight).min(MAX_WEIGHT);
        item.last = one.moment;
    }
    let mut taken: Vec<Taken<&str>> = by_item.into_values().collect();
    taken.sort_by_key(|it| Reverse(it.last));
    taken.truncate(MAX_HISTORY);
    taken.sort_by_key(|it| it.item);
    taken
}
