//! Versions of rules.

use crate::{error::Error, extract::Param};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// The number of a version, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
    const RULE: &'static str = "an integer from 1 to 2147483647";

    fn parse(text: &str) -> Option<Self> {
        let version = text.parse().ok()?;
        (version > 0).then_some(Self(version))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
