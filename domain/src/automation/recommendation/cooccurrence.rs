//! What people who have one item take later or together with it.
//!
//! The likeness of an item to a next one is the cosine of who took them (Deshpande and Karypis 2004),
//! counting those who took the next one no earlier, and shrunk by n / (n + shrinkage), n being their number
//! (Bell and Koren 2007), so that a pair of few people does not come before one of many. A person's score
//! of an item is the sum over what they took.
//!
//! Law: order counts, so that a plan that people leave for a larger one is no recommendation to those who
//! have the larger one. Neighbours are only items that more people have together than would by chance, and
//! that [`LEAST_PEOPLE`] people took so, because a reason shows their number.

use super::histories::Histories;
use serde::{Deserialize, Serialize};

/// Fewest people who must have taken an item after or with another to make it a neighbour.
pub const LEAST_PEOPLE: usize = 3;

/// Items and their neighbours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cooccurrence {
    pub(super) shrinkage: f64,
    /// How many people took each item.
    pub(super) people: Vec<usize>,
    /// Places of each item's neighbours, the likest first, and how many took them after it or with it.
    pub(super) next: Vec<Vec<(usize, usize)>>,
}

/// An item that people take after or with another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Its place in the order of ids.
    pub item: usize,
    /// How many took it no earlier than the other.
    pub people: usize,
    /// How many took the other.
    pub of: usize,
    /// How alike the two are, 0 to 1.
    pub likeness: f64,
}

/// Counts of pairs of items, `of[one * items + next]`.
struct Pairs {
    items: usize,
    next: Vec<usize>,
    together: Vec<usize>,
}

impl Cooccurrence {
    /// The `neighbours` likest of each item; equals are in the order of their ids.
    pub fn of(histories: &Histories, neighbours: usize, shrinkage: f64) -> Self {
        let items = histories.items.len();
        let pairs = Pairs::of(histories);
        let mut counted = Self {
            shrinkage,
            people: (0..items).map(|item| pairs.together(item, item)).collect(),
            next: Vec::new(),
        };
        let everybody = histories.people.len();
        let next_of = |one: usize| {
            let mut all: Vec<Neighbour> = (0..items)
                .filter(|&next| next != one && pairs.are_associated(one, next, everybody))
                .map(|next| counted.neighbour(one, next, pairs.next(one, next)))
                .filter(|it| it.people >= LEAST_PEOPLE)
                .collect();
            all.sort_by(|left, right| right.likeness.total_cmp(&left.likeness));
            all.truncate(neighbours);
            all.iter().map(|it| (it.item, it.people)).collect()
        };
        let next = (0..items).map(next_of).collect();
        counted.next = next;
        counted
    }

    /// The neighbours of an item, the likest first.
    pub fn neighbours(&self, item: usize) -> impl Iterator<Item = Neighbour> {
        let next = self.next.get(item).into_iter().flatten();
        next.map(move |&(next, people)| self.neighbour(item, next, people))
    }

    /// A score for each item, and the item of the history that it follows from most.
    pub(super) fn scores(
        &self,
        history: &[(usize, f64)],
    ) -> Vec<(f64, Option<(usize, Neighbour)>)> {
        let mut scores: Vec<(f64, Option<(usize, Neighbour)>)> = vec![(0.0, None); self.next.len()];
        for &(from, _) in history {
            for neighbour in self.neighbours(from) {
                let Some((score, best)) = scores.get_mut(neighbour.item) else {
                    continue;
                };
                *score += neighbour.likeness;
                if best.is_none_or(|(_, it)| it.likeness < neighbour.likeness) {
                    *best = Some((from, neighbour));
                }
            }
        }
        scores
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of people are far below 2^53"
    )]
    fn neighbour(&self, one: usize, item: usize, people: usize) -> Neighbour {
        let count = |item: usize| self.people.get(item).copied().unwrap_or_default();
        let both = people as f64;
        let cosine = both / (count(one) as f64 * count(item) as f64).sqrt();
        Neighbour {
            item,
            people,
            of: count(one),
            likeness: cosine * both / (both + self.shrinkage),
        }
    }
}

impl Pairs {
    fn of(histories: &Histories) -> Self {
        let items = histories.items.len();
        let mut pairs = Self {
            items,
            next: vec![0; items * items],
            together: vec![0; items * items],
        };
        for person in &histories.people {
            for one in &person.taken {
                for other in &person.taken {
                    let pair = one.item * items + other.item;
                    if let Some(together) = pairs.together.get_mut(pair) {
                        *together += 1;
                    }
                    if let Some(next) = pairs.next.get_mut(pair) {
                        *next += usize::from(one.first <= other.first);
                    }
                }
            }
        }
        pairs
    }

    fn next(&self, one: usize, next: usize) -> usize {
        let pair = one * self.items + next;
        self.next.get(pair).copied().unwrap_or_default()
    }

    fn together(&self, one: usize, other: usize) -> usize {
        let pair = one * self.items + other;
        self.together.get(pair).copied().unwrap_or_default()
    }

    /// Whether more people have both than would if they chose each by itself.
    fn are_associated(&self, one: usize, other: usize, everybody: usize) -> bool {
        let [by_chance, both] = [
            self.together(one, one) * self.together(other, other),
            self.together(one, other) * everybody,
        ];
        both > by_chance
    }
}
