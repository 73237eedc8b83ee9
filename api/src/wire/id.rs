//! Ids of the sales engine's own things.

use crate::extract::{CursorKey, Param, text};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use utoipa::ToSchema;
use uuid::Uuid;

/// An id: a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Uuid, example = "0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f60")]
pub(crate) struct Id(pub(crate) Uuid);

impl Param for Id {
    const RULE: &'static str = "must be a UUID";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer)
    }
}

impl From<Uuid> for Id {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl CursorKey for Uuid {
    const PATTERN: &'static str = "[0-9a-f]{32}";
    const EXAMPLE: &'static str = "0197b5a24d6e7c3a9f102b8c6d4e5f60";

    fn to_bytes(&self) -> Vec<u8> {
        self.into_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::from_slice(bytes).ok()
    }
}
