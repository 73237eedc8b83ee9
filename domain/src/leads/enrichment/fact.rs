//! A fact about a company, and where and when it was seen.

use super::{page::Network, policy::Source};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Most characters of a fact's value.
pub const MAX_VALUE_CHARS: usize = 500;

/// What a fact is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Attribute {
    /// The company's domain.
    Domain,
    /// The name that it goes by.
    Name,
    /// The name that it is registered by.
    LegalName,
    /// What it says that it does.
    Description,
    /// Where it is, as ISO 3166 alpha-2.
    Country,
    /// How many people work there.
    Employees,
    /// The year of its foundation.
    Founded,
    /// Its profile on a network.
    Profile {
        /// Which network.
        network: Network,
    },
    /// A technology that its site uses; the value is the version, empty where none shows.
    Technology {
        /// Its name.
        name: String,
    },
}

/// A fact about a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// What it is about.
    pub attribute: Attribute,
    /// What it says.
    pub value: String,
    /// Where it was seen.
    pub source: Source,
    /// When it was seen.
    pub seen_at: Timestamp,
}
