//! Why an item is recommended, as data and in words.

use super::catalogue::Catalogue;
use serde::Serialize;

/// Why an item is recommended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    /// People who took another item of the person's took this one, later or with it.
    TakenTogether {
        /// The other item.
        from: String,
        /// How many took both so.
        people: usize,
        /// How many took the other.
        of: usize,
    },
    /// People with a similar history took it.
    SimilarTaste {
        /// The item of the person's history that it follows from most.
        from: String,
        /// The share of the score that this item adds, of all that add to it.
        share: f64,
    },
    /// Many people took it.
    Popular {
        /// The person's group, if they are people of it.
        group: Option<String>,
        /// How many took it.
        people: usize,
        /// How many there are.
        of: usize,
    },
    /// Nobody took it yet, and it is like one that would be recommended.
    LikeAnother {
        /// The other item.
        like: String,
        /// How many attributes both have.
        shared: usize,
        /// How many attributes there are of either.
        of: usize,
    },
}

impl Reason {
    /// The reason as a sentence about `item`.
    pub fn words(&self, item: &str, catalogue: &Catalogue) -> String {
        let name = catalogue.name(item);
        match self {
            Self::TakenTogether { from, people, of } => {
                let from = catalogue.name(from);
                format!("People who have {from} often add {name}: {people} of {of}.")
            }
            Self::SimilarTaste { from, share } => {
                let (from, percent) = (catalogue.name(from), share * 100.0);
                format!(
                    "People with a similar history take {name}; {from} says so most, {percent:.0} % of it."
                )
            }
            Self::Popular { group, people, of } => match group {
                Some(group) => format!("{name} is popular in {group}: {people} of {of} took it."),
                None => format!("{name} is popular: {people} of {of} took it."),
            },
            Self::LikeAnother { like, shared, of } => {
                let like = catalogue.name(like);
                format!("{name} is new and like {like}: they share {shared} of {of} attributes.")
            }
        }
    }
}
