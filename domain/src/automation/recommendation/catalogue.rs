//! What an organisation offers: names, attributes, and whether it is sold now.

use super::{interactions::MAX_ID_CHARS, settings::Limits};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most attributes of an item.
pub const MAX_ATTRIBUTES: usize = 50;

/// An item as it is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// What people call it.
    pub name: String,
    /// Whether it is sold now.
    pub is_sold: bool,
    /// Its groups and attributes, by which an item that nobody took yet is like others.
    #[serde(default)]
    pub attributes: BTreeSet<String>,
}

/// Listings by item. What is not in it is not sold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogue(BTreeMap<String, Listing>);

impl Catalogue {
    /// A catalogue of these.
    ///
    /// # Errors
    /// Too many listings, and the first that breaks a rule.
    pub fn new(listings: BTreeMap<String, Listing>) -> Result<Self, Refusal> {
        let most = Limits::MOST.items;
        Refusal::unless_count("catalogue", listings.len(), 0..=most, "items")?;
        for (item, listing) in &listings {
            Refusal::unless_name("catalogue", item, MAX_ID_CHARS)?;
            listing
                .check()
                .map_err(|it| it.within(&format!("catalogue.{item}")))?;
        }
        Ok(Self(listings))
    }

    /// Items that are all sold, have no attributes, and are called by their ids.
    pub(super) fn of_items(items: &[String]) -> Self {
        let listing = |item: &String| Listing {
            name: item.clone(),
            is_sold: true,
            attributes: BTreeSet::new(),
        };
        Self(items.iter().map(|it| (it.clone(), listing(it))).collect())
    }

    /// The listings of what is sold, by item.
    pub(super) fn sold(&self) -> impl Iterator<Item = (&str, &Listing)> {
        let sold = self.0.iter().filter(|(_, listing)| listing.is_sold);
        sold.map(|(item, listing)| (item.as_str(), listing))
    }

    /// The listing of an item, sold or not.
    pub(super) fn get(&self, item: &str) -> Option<&Listing> {
        self.0.get(item)
    }

    /// What an item is called; one without a listing is called by its id.
    pub(super) fn name<'a>(&'a self, item: &'a str) -> &'a str {
        self.get(item).map_or(item, |listing| &listing.name)
    }
}

impl Listing {
    fn check(&self) -> Result<(), Refusal> {
        Refusal::unless_name("name", &self.name, MAX_ID_CHARS)?;
        let count = self.attributes.len();
        Refusal::unless_count("attributes", count, 0..=MAX_ATTRIBUTES, "attributes")?;
        let mut attributes = self.attributes.iter();
        attributes.try_for_each(|it| Refusal::unless_name("attributes", it, MAX_ID_CHARS))
    }

    /// How many attributes both have, and how many there are of either.
    pub(super) fn shared(&self, other: &Self) -> [usize; 2] {
        let both = self.attributes.intersection(&other.attributes).count();
        [both, self.attributes.len() + other.attributes.len() - both]
    }
}
