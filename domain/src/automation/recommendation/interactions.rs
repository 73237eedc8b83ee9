//! What people took, as far as a model may learn from it.
//!
//! Law: interactions are a set without an order; what is refused is refused before anything is computed.

use super::settings::Limits;
use crate::{refusal::Refusal, time::Timestamp};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Most characters of an item's id or a group's name.
pub const MAX_ID_CHARS: usize = 200;
/// Most that an interaction weighs, and all of a person's with an item together.
pub const MAX_WEIGHT: f64 = 10_000.0;

/// A person took an item, or did something that says that they want it.
#[derive(Debug, Clone, PartialEq)]
pub struct Interaction {
    /// The person.
    pub person: Uuid,
    /// The item's id.
    pub item: String,
    /// How much it says, above 0; a purchase may weigh more than a visit.
    pub weight: f64,
    /// When.
    pub moment: Timestamp,
}

/// Interactions within the limits, ordered by person and moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Interactions(Vec<Interaction>);

impl Interactions {
    /// Takes them in any order.
    ///
    /// # Errors
    /// Limits that are none, an interaction that breaks a rule, and more people, items or interactions than `limits` allow.
    pub fn new(mut all: Vec<Interaction>, limits: &Limits) -> Result<Self, Refusal> {
        limits.validate()?;
        let within =
            |things, count, most| Refusal::unless_count("interactions", count, 0..=most, things);
        within("interactions", all.len(), limits.interactions)?;
        for (at, one) in all.iter().enumerate() {
            one.check()
                .map_err(|it| it.within(&format!("interactions[{at}]")))?;
        }
        let items: BTreeSet<&str> = all.iter().map(|it| it.item.as_str()).collect();
        within("items", items.len(), limits.items)?;
        all.sort_by(|left, right| {
            let key = |it: &Interaction| (it.person, it.moment);
            key(left)
                .cmp(&key(right))
                .then_with(|| left.item.cmp(&right.item))
                .then_with(|| left.weight.total_cmp(&right.weight))
        });
        let all = Self(all);
        within("people", all.by_person().count(), limits.people)?;
        Ok(all)
    }

    /// Takes a person out, as if they had never come.
    pub fn erase(&mut self, person: Uuid) {
        self.0.retain(|it| it.person != person);
    }

    /// Each person's, oldest first.
    pub(super) fn by_person(&self) -> impl Iterator<Item = &[Interaction]> {
        self.0.chunk_by(|left, right| left.person == right.person)
    }
}

impl Interaction {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        Refusal::unless_name("item", &self.item, MAX_ID_CHARS)?;
        check_weight(self.weight)
    }
}

/// Refuses what is no weight.
pub(super) fn check_weight(weight: f64) -> Result<(), Refusal> {
    if weight > 0.0 && weight <= MAX_WEIGHT {
        return Ok(());
    }
    let rule = format!("must be a number above 0 and at most {MAX_WEIGHT}");
    Err(Refusal::new("weight", rule))
}
