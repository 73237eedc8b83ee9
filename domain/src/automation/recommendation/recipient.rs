//! Who a recommendation is for: their own history, what they have, and the group that they belong to.

use super::{
    histories::taken,
    interactions::{Interaction, MAX_ID_CHARS, check_weight},
};
use crate::refusal::Refusal;
use std::collections::{BTreeMap, BTreeSet};

/// Most items of a person's history.
pub const MAX_HISTORY: usize = 100;
/// Most items that a person has.
const MAX_HAS: usize = 10_000;

/// Who a recommendation is for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recipient {
    /// What they took, with weights, by item.
    pub history: BTreeMap<String, f64>,
    /// What they have now, which is never recommended.
    pub has: BTreeSet<String>,
    /// Their segment or country.
    pub group: Option<String>,
}

impl Recipient {
    /// A recipient whose history is what these interactions of one person come to, and who has nothing.
    pub fn from_interactions(mut interactions: Vec<Interaction>) -> Self {
        interactions.sort_by(|left, right| {
            let order = left.moment.cmp(&right.moment);
            order.then_with(|| left.weight.total_cmp(&right.weight))
        });
        let history = taken(&interactions)
            .into_iter()
            .map(|it| (it.item.to_owned(), it.weight));
        Self {
            history: history.collect(),
            ..Self::default()
        }
    }

    pub(super) fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_count("history", self.history.len(), 0..=MAX_HISTORY, "items")?;
        Refusal::unless_count("has", self.has.len(), 0..=MAX_HAS, "items")?;
        for (item, &weight) in &self.history {
            Refusal::unless_name("history", item, MAX_ID_CHARS)?;
            check_weight(weight).map_err(|it| it.within("history"))?;
        }
        for item in &self.has {
            Refusal::unless_name("has", item, MAX_ID_CHARS)?;
        }
        match &self.group {
            Some(group) => Refusal::unless_name("group", group, MAX_ID_CHARS),
            None => Ok(()),
        }
    }
}
