//! Choices that people made after a moment, which no method was trained on.
//!
//! Law: held out is the last time that a person took something new, if that is after the moment and they had
//! taken something before. What they had taken before it is their history; nothing of anybody that is later
//! than the moment trains a method (a split by time: Campos, Díez and Cantador 2014).

use super::{
    als::hash,
    interactions::{Interaction, Interactions},
    recipient::Recipient,
    train::Groups,
};
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Most people who are tested; of more, as many are drawn.
pub const MAX_TESTED: usize = 5_000;

/// What a person took last, and what was known of them before.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOut {
    /// The person as they were; they have all that they had taken.
    pub recipient: Recipient,
    /// What they then took, all at that moment.
    pub taken: BTreeSet<String>,
}

/// The choices after `after` and up to `until`. The `seed` draws people by their ids, each without regard to
/// the others.
pub fn held_out(
    interactions: &Interactions,
    groups: &Groups,
    [after, until]: [Timestamp; 2],
    seed: u64,
) -> Vec<HeldOut> {
    let mut found: Vec<(u64, HeldOut)> = interactions
        .by_person()
        .filter_map(|all| {
            let person = all.first()?.person;
            let mut held = last_choice(all, after, until)?;
            held.recipient.group = groups.get(&person).cloned();
            Some((hash(seed, &[person.as_bytes()]), held))
        })
        .collect();
    found.sort_by_key(|(drawn, _)| *drawn);
    found.truncate(MAX_TESTED);
    found.into_iter().map(|(_, held)| held).collect()
}

fn last_choice(all: &[Interaction], after: Timestamp, until: Timestamp) -> Option<HeldOut> {
    let mut first: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for one in all.iter().filter(|it| it.moment <= until) {
        first.entry(&one.item).or_insert(one.moment);
    }
    let last = *first.values().max()?;
    let before: Vec<Interaction> = all.iter().filter(|it| it.moment < last).cloned().collect();
    if last <= after || before.is_empty() {
        return None;
    }
    let taken = first.iter().filter(|&(_, &moment)| moment == last);
    Some(HeldOut {
        taken: taken.map(|(item, _)| (*item).to_owned()).collect(),
        recipient: Recipient {
            has: before.iter().map(|it| it.item.clone()).collect(),
            ..Recipient::from_interactions(before)
        },
    })
}
