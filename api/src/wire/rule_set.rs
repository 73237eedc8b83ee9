//! Versions of rules.

use super::Moment;
use crate::{error::Error, extract::Param, schema::VersionedRules};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;
use std::fmt;
use tessera_store::rule_set::RuleSet;
use utoipa::ToSchema;

/// The number of a version, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = i32, minimum = 1, example = 1)]
pub(crate) struct Version(pub(crate) i32);

impl Version {
    /// The refusal when there is no such version of `resource`.
    pub(crate) fn absent(self, resource: &'static str) -> Error {
        Error::not_found(resource, format!("version {self}"))
    }
}

impl Param for Version {
    const RULE: &'static str = "must be a whole number from 1 to 2147483647";

    fn parse(text: &str) -> Option<Self> {
        let version = text.parse().ok()?;
        (version > 0).then_some(Self(version))
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let version = i32::deserialize(deserializer)?;
        Some(Self(version))
            .filter(|_| version > 0)
            .ok_or_else(|| D::Error::custom(Self::RULE))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A version of a set of rules.
#[derive(Serialize, ToSchema)]
pub(crate) struct RuleSetBody {
    /// The version's number.
    version: Version,
    /// `draft`, `building`, `published` or `retired`.
    #[schema(example = "published")]
    status: String,
    /// The rules.
    #[schema(value_type = VersionedRules)]
    rules: Value,
    /// The API key or wallet that created it.
    #[schema(example = "key:0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f60")]
    created_by: String,
    /// When it was created.
    created_at: Moment,
    /// When it was published.
    #[schema(required)]
    published_at: Option<Moment>,
}

impl From<RuleSet> for RuleSetBody {
    fn from(set: RuleSet) -> Self {
        Self {
            version: Version(set.version),
            status: set.status,
            rules: set.body,
            created_by: set.created_by,
            created_at: set.created_at.into(),
            published_at: set.published_at.map(Into::into),
        }
    }
}
