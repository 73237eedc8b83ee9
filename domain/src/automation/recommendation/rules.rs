//! What an organisation's models learn from, as data, and how its events are read by that.
//!
//! Law: no event keeps a model from being trained. What is no interaction is left out, what is too much is cut
//! to what is latest and most common, and an item that is no plan counts once [`LEAST_PEOPLE`] people took it,
//! so that what one person typed is shown to nobody else. Who is one person is for the caller to know: of what
//! pages may send it reads only what people did who cannot be made up.

use super::{
    cooccurrence::LEAST_PEOPLE,
    interactions::{Interaction, MAX_ID_CHARS, check_weight},
    settings::{Limits, Settings},
};
use crate::{
    capture::is_name,
    refusal::Refusal,
    tagged::from_objects,
    time::{MICROS_PER_DAY, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};
use uuid::Uuid;

/// Most sources of interactions.
pub const MAX_SOURCES: usize = 20;
/// Most days of the past that are learned from.
pub const MAX_LEARNED_DAYS: u32 = 3_650;
/// Most characters of an item's name in an event.
pub const MAX_ITEM_CHARS: usize = MAX_ID_CHARS - PRODUCT.len();
/// What ids of plans begin with.
pub const PLAN: &str = "plan:";
/// What ids of other items begin with.
pub const PRODUCT: &str = "item:";
/// For how long an item that is no plan is shown after it was last taken.
const SHOWN_MICROS: i64 = 90 * MICROS_PER_DAY;
/// The events that say which plan an account is under.
const SUBSCRIBED: &str = "subscribed";
const CHARGED: &str = "charged";

/// What is learned from, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearningRules {
    /// What counts as taking an item.
    pub interactions: Vec<Source>,
    /// Whether people of a group see what is popular in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
    /// How many days of the past are learned from.
    pub days: u32,
    /// The last days, whose choices methods are compared by.
    pub holdout_days: u32,
    /// How models are trained.
    #[serde(default)]
    pub settings: Settings,
}

/// What counts as taking an item, and how much it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    remote = "Self",
    tag = "kind",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub enum Source {
    /// A subscription to a plan.
    PlanTaken {
        /// How much it says.
        weight: f64,
    },
    /// A payment under another plan than the one before it.
    PlanUpgraded {
        /// How much it says.
        weight: f64,
    },
    /// An event with a property that names an item.
    ProductEvent {
        /// The event.
        event: String,
        /// The property.
        property: String,
        /// How much it says.
        weight: f64,
    },
}

from_objects!(Source);

/// A trait that names a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// What kind of customer they are.
    Segment,
    /// Where they live.
    Country,
}

impl Group {
    /// The trait's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Segment => "segment",
            Self::Country => "country",
        }
    }
}

/// An event and the property of it that names an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named<'a> {
    /// The event.
    pub event: &'a str,
    /// The property.
    pub property: &'a str,
}

/// What happened to a person, as far as it names an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taking {
    /// Its place in [`LearningRules::reads`].
    pub read: usize,
    /// The person.
    pub person: Uuid,
    /// When.
    pub at: Timestamp,
    /// The item.
    pub item: String,
    /// The account that was paid for, of plans.
    pub account: Option<String>,
}

/// What a model learns from, and which items other than plans are shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Material {
    /// The interactions.
    pub interactions: Vec<Interaction>,
    /// Ids of the items.
    pub products: Vec<String>,
}

impl LearningRules {
    /// Refuses rules that nothing can be learned by.
    ///
    /// # Errors
    /// The field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        let count = self.interactions.len();
        Refusal::unless_count("interactions", count, 1..=MAX_SOURCES, "sources")?;
        let mut seen = BTreeSet::new();
        for (at, source) in self.interactions.iter().enumerate() {
            let within = format!("interactions[{at}]");
            source.validate().map_err(|it| it.within(&within))?;
            if !seen.insert(source.key()) {
                return Err(Refusal::new(
                    within,
                    "must be another one than those before",
                ));
            }
        }
        Refusal::unless_number("days", self.days, 2..=MAX_LEARNED_DAYS)?;
        Refusal::unless_number("holdout_days", self.holdout_days, 1..=self.days - 1)?;
        self.settings.validate().map_err(|it| it.within("settings"))
    }

    /// The events that are read, and the property of each that names an item.
    pub fn reads(&self) -> Vec<Named<'_>> {
        let mut reads = BTreeSet::new();
        for source in &self.interactions {
            match source {
                Source::PlanTaken { .. } | Source::PlanUpgraded { .. } => {
                    reads.extend([SUBSCRIBED, CHARGED].map(plan_of));
                }
                Source::ProductEvent {
                    event, property, ..
                } => {
                    reads.insert(Named { event, property });
                }
            }
        }
        reads.into_iter().collect()
    }

    /// The first moment that is learned from at `now`, and the one after which choices are held out.
    pub fn since(&self, now: Timestamp) -> [Timestamp; 2] {
        let before = |days: u32| now.0.saturating_sub(i64::from(days) * MICROS_PER_DAY);
        [self.days, self.holdout_days].map(|days| Timestamp(before(days)))
    }

    /// What happened, in any order, as interactions.
    pub fn read(&self, mut takings: Vec<Taking>) -> Vec<Interaction> {
        let reads = self.reads();
        takings.sort_by(|left, right| {
            (left.at, left.read, &left.item).cmp(&(right.at, right.read, &right.item))
        });
        let mut under: BTreeMap<(Uuid, String), String> = BTreeMap::new();
        let mut interactions = Vec::new();
        for taking in &takings {
            let Some(named) = reads.get(taking.read) else {
                continue;
            };
            for source in &self.interactions {
                let (item, weight) = match source {
                    Source::ProductEvent {
                        event,
                        property,
                        weight,
                    } if *named == (Named { event, property }) => (PRODUCT, *weight),
                    Source::PlanTaken { weight } if *named == plan_of(SUBSCRIBED) => {
                        (PLAN, *weight)
                    }
                    Source::PlanUpgraded { weight } if taking.is_upgrade(*named, &under) => {
                        (PLAN, *weight)
                    }
                    _ => continue,
                };
                interactions.push(Interaction {
                    person: taking.person,
                    item: format!("{item}{}", taking.item),
                    weight,
                    moment: taking.at,
                });
            }
            if let Some(account) = &taking.account
                && named.is_of_chain()
            {
                let key = (taking.person, account.clone());
                under.insert(key, taking.item.clone());
            }
        }
        interactions.retain(|it| it.check().is_ok());
        interactions
    }

    /// What a model learns from at `now`, of what happened to all: within the limits of training.
    pub fn material(&self, takings: Vec<Taking>, now: Timestamp) -> Material {
        let most = Limits::MOST;
        let mut interactions = self.read(takings);
        interactions.sort_by_key(|it| Reverse(it.moment));
        interactions.truncate(most.interactions);
        let mut people = BTreeSet::new();
        interactions.retain(|it| {
            let is_known = people.contains(&it.person);
            is_known || people.len() < most.people && people.insert(it.person)
        });
        let mut takers: BTreeMap<String, BTreeSet<Uuid>> = BTreeMap::new();
        for it in &interactions {
            takers.entry(it.item.clone()).or_default().insert(it.person);
        }
        takers.retain(|item, people| item.starts_with(PLAN) || people.len() >= LEAST_PEOPLE);
        let mut items: Vec<(Reverse<usize>, String)> = takers
            .into_iter()
            .map(|(item, people)| (Reverse(people.len()), item))
            .collect();
        items.sort_unstable();
        items.truncate(most.items);
        let items: BTreeSet<String> = items.into_iter().map(|(_, item)| item).collect();
        interactions.retain(|it| items.contains(&it.item));
        let is_shown = |it: &&Interaction| {
            it.item.starts_with(PRODUCT) && now.0.saturating_sub(it.moment.0) <= SHOWN_MICROS
        };
        let products: BTreeSet<&str> = interactions
            .iter()
            .filter(is_shown)
            .map(|it| it.item.as_str())
            .collect();
        Material {
            products: products.into_iter().map(str::to_owned).collect(),
            interactions,
        }
    }
}

impl Source {
    fn key(&self) -> (&str, &str) {
        match self {
            Self::PlanTaken { .. } => ("", SUBSCRIBED),
            Self::PlanUpgraded { .. } => ("", CHARGED),
            Self::ProductEvent {
                event, property, ..
            } => (event, property),
        }
    }

    fn validate(&self) -> Result<(), Refusal> {
        match self {
            Self::PlanTaken { weight } | Self::PlanUpgraded { weight } => check_weight(*weight),
            Self::ProductEvent {
                event,
                property,
                weight,
            } => {
                if !is_name(event) {
                    let rule = "must be 1 to 64 of a-z, 0-9 and _, a letter first";
                    return Err(Refusal::new("event", rule));
                }
                Refusal::unless_name("property", property, 100)?;
                check_weight(*weight)
            }
        }
    }
}

impl Named<'_> {
    /// Whether only the chain says it: no page can send such an event.
    pub fn is_of_chain(self) -> bool {
        [SUBSCRIBED, CHARGED].map(plan_of).contains(&self)
    }
}

impl Taking {
    /// Whether it is a payment under another plan than the one that the account was under before.
    fn is_upgrade(&self, named: Named<'_>, under: &BTreeMap<(Uuid, String), String>) -> bool {
        let account = self.account.clone().map(|account| (self.person, account));
        let before = account.and_then(|key| under.get(&key));
        named == plan_of(CHARGED) && before.is_some_and(|plan| *plan != self.item)
    }
}

fn plan_of(event: &'static str) -> Named<'static> {
    Named {
        event,
        property: "plan",
    }
}
