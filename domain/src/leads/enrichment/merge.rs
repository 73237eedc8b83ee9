//! One fact for each attribute, of those that several sources have.
//!
//! A fact is used from when it was seen until its source's time is over. Of those that are used, the one of
//! the smallest rank is believed, of those the newest. What remains equal is decided by source and value, so
//! that the same set of facts gives the same answer in any order, and what is left out stays out: merging
//! the parts of a set and then their answers is merging the set.

use super::{
    fact::{Attribute, Fact},
    policy::{SourcePolicies, SourcePolicy},
};
use crate::time::{MICROS_PER_DAY, Timestamp};
use std::{cmp::Reverse, collections::BTreeMap};

/// The fact to believe for each attribute at `now`.
pub fn merge(
    facts: impl IntoIterator<Item = Fact>,
    policies: &SourcePolicies,
    now: Timestamp,
) -> BTreeMap<Attribute, Fact> {
    let mut best: BTreeMap<Attribute, (u8, Fact)> = BTreeMap::new();
    for fact in facts {
        let Some(policy) = policies
            .0
            .get(&fact.source)
            .filter(|it| it.uses(&fact, now))
        else {
            continue;
        };
        let rank = policy.rank;
        let is_better = best
            .get(&fact.attribute)
            .is_none_or(|(known, it)| order(rank, &fact) < order(*known, it));
        if is_better {
            best.insert(fact.attribute.clone(), (rank, fact));
        }
    }
    let kept = best.into_iter();
    kept.map(|(attribute, (_, fact))| (attribute, fact))
        .collect()
}

/// What is smaller is believed.
fn order(rank: u8, fact: &Fact) -> impl Ord + use<'_> {
    (rank, Reverse(fact.seen_at), fact.source, &fact.value)
}

impl SourcePolicy {
    /// Whether a fact of the source is used at a moment.
    fn uses(&self, fact: &Fact, now: Timestamp) -> bool {
        let kept = i64::from(self.ttl_days) * MICROS_PER_DAY;
        (fact.seen_at.0..fact.seen_at.0.saturating_add(kept)).contains(&now.0)
    }
}
