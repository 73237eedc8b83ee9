//! Recommendations: what is refused, other people's implementations, laws, and which method is chosen where
//! there is something to learn and where there is nothing.

mod choice;
mod kept;
mod laws;
mod learning;
mod new_items;
mod oracles;
mod popularity;
mod reasons;
mod refusals;

use crate::experiments::chance::Chance;
use std::collections::{BTreeMap, BTreeSet};
use tessera_domain::{
    automation::recommendation::{
        Catalogue, Groups, Interaction, Interactions, Limits, Listing, Model, Recipient,
        Recommendations, Recommender, Settings, train,
    },
    time::{MICROS_PER_DAY, Timestamp},
};
use uuid::Uuid;

fn day(number: i64) -> Timestamp {
    Timestamp(number * MICROS_PER_DAY)
}

/// An id that does not go with the number's order.
fn person(number: u64) -> Uuid {
    let mut chance = Chance(number);
    Uuid::from_u64_pair(chance.bits(), chance.bits())
}

fn item(number: usize) -> String {
    format!("item{number:03}")
}

fn took(number: u64, item: &str, at: i64) -> Interaction {
    Interaction {
        person: person(number),
        item: item.to_owned(),
        weight: 1.0,
        moment: day(at),
    }
}

fn interactions(all: Vec<Interaction>) -> Interactions {
    Interactions::new(all, &Limits::default()).expect("interactions")
}

/// Whole days apart, so that what was taken on day 50 is compared on.
const MOMENTS: [Timestamp; 2] = [
    Timestamp(40 * MICROS_PER_DAY),
    Timestamp(60 * MICROS_PER_DAY),
];

fn settings() -> Settings {
    Settings {
        factors: 4,
        iterations: 6,
        half_life_days: 3_650,
        ..Settings::default()
    }
}

fn trained(all: Vec<Interaction>) -> Model {
    train(&interactions(all), &Groups::new(), MOMENTS, &settings()).expect("a model")
}

fn listing(name: &str, attributes: &[&str]) -> Listing {
    Listing {
        name: name.to_owned(),
        is_sold: true,
        attributes: attributes.iter().map(|&it| it.to_owned()).collect(),
    }
}

fn catalogue<'a>(listings: impl IntoIterator<Item = (&'a str, Listing)>) -> Catalogue {
    let listings = listings.into_iter().map(|(item, it)| (item.to_owned(), it));
    Catalogue::new(listings.collect()).expect("a catalogue")
}

/// All items up to a number, sold under names that are not their ids.
fn all_sold(items: usize) -> Catalogue {
    let listings: BTreeMap<String, Listing> = (0..items)
        .map(|it| (item(it), listing(&format!("Plan {it}"), &[])))
        .collect();
    Catalogue::new(listings).expect("a catalogue")
}

fn recipient(history: &[&str]) -> Recipient {
    let items: BTreeSet<String> = history.iter().map(|&it| it.to_owned()).collect();
    Recipient {
        history: items.iter().map(|it| (it.clone(), 1.0)).collect(),
        has: items,
        group: None,
    }
}

fn recommended(model: &Model, catalogue: &Catalogue, to: &Recipient) -> Recommendations {
    let recommender = Recommender::new(model, catalogue);
    recommender.recommend(to, 3).expect("recommendations")
}

fn ids(recommendations: &Recommendations) -> Vec<&str> {
    let items = recommendations.items.iter();
    items.map(|it| it.item.as_str()).collect()
}

/// People of `tastes`, who take four of their taste's `of_taste` items, or seldom another, the last of them
/// on day 50.
fn tastes(people: u64, tastes: usize, of_taste: usize) -> Vec<Interaction> {
    let mut chance = Chance(11);
    let mut all = Vec::new();
    for number in 0..people {
        let taste = chance.pick(&vec![1.0; tastes]);
        let mut taken = BTreeSet::new();
        for at in [10, 20, 30, 50] {
            let strays = chance.uniform() < 0.1;
            let taste = if strays {
                chance.pick(&vec![1.0; tastes])
            } else {
                taste
            };
            let mut next = taste * of_taste + chance.pick(&vec![1.0; of_taste]);
            while !taken.insert(next) {
                next = taste * of_taste + chance.pick(&vec![1.0; of_taste]);
            }
            all.push(took(number, &item(next), at));
        }
    }
    all
}

/// People who take one item after the other, in the order of their numbers, the fourth on day 50.
fn steps(people: u64, items: usize) -> Vec<Interaction> {
    let of = |number: u64| {
        let first = usize::try_from(number).expect("few") % (items - 3);
        let step = move |(at, place): (i64, usize)| took(number, &item(first + place), at);
        [10, 20, 30, 50].into_iter().zip(0..).map(step)
    };
    (0..people).flat_map(of).collect()
}

/// People who choose by popularity alone: the smaller an item's number, the more often.
fn chosen_by_popularity(seed: u64, people: u64, items: usize) -> Vec<Interaction> {
    let mut chance = Chance(seed);
    let weights: Vec<f64> = (0..items).map(|it| 1.0 / (it as f64 + 2.0)).collect();
    let mut all = Vec::new();
    for number in 0..people {
        let mut left = weights.clone();
        for at in [10, 20, 30, 50] {
            let next = chance.pick(&left);
            left[next] = 0.0;
            all.push(took(number, &item(next), at));
        }
    }
    all
}
