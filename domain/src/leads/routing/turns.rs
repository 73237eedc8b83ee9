//! Whose turn it is: nginx's smooth weighted round robin, with its state as an argument.
//!
//! Each time, everyone who can take the lead gains their own weight; the one with the most is chosen and
//! pays back the weights of all who gained. Over as many leads as the weights add up to, everyone gets
//! exactly their weight, spread over all of them. Who could not take a lead neither gains nor pays, so an
//! absence earns no claim to what came meanwhile.
//!
//! Source: nginx, commit 52327e0627f4 (2012), "Upstream: smooth weighted round-robin balancing", whose
//! message publishes the choices for the weights 5, 1 and 1. With equal weights it is the rule of Fagin and
//! Williams, "A Fair Carpool Scheduling Algorithm", IBM Journal of Research and Development 27 (1983).

use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, collections::BTreeMap};

/// What each member has gained and not yet been given; none is 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Turns(BTreeMap<String, i64>);

impl Turns {
    /// Chooses one of these, given by id and weight, and moves the turns on; none of nobody. Of several
    /// with equally much, the first by id is chosen.
    pub(super) fn choose<'a>(
        &mut self,
        able: impl IntoIterator<Item = (&'a str, u32)>,
    ) -> Option<&'a str> {
        let mut total: i64 = 0;
        let mut first: Option<(i64, Reverse<&str>)> = None;
        for (id, weight) in able {
            let weight = i64::from(weight);
            let gained = self.gained(id).saturating_add(weight);
            self.0.insert(id.to_owned(), gained);
            total = total.saturating_add(weight);
            first = first.max(Some((gained, Reverse(id))));
        }
        let (gained, Reverse(id)) = first?;
        self.0.insert(id.to_owned(), gained.saturating_sub(total));
        Some(id)
    }

    /// What a member has gained and not yet been given.
    pub fn gained(&self, id: &str) -> i64 {
        self.0.get(id).copied().unwrap_or_default()
    }

    /// Forgets those who are no members any more, so that the state does not grow.
    pub(super) fn retain(&mut self, is_member: impl Fn(&str) -> bool) {
        self.0.retain(|id, _| is_member(id));
    }
}
