//! Which occurrences of a rule's events count.

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, Unexpected, Visitor, value::MapAccessDeserializer},
};
use std::fmt;

/// Which occurrences of a rule's events count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// The latest occurrences that match the filter, at most this many.
    UpTo(u32),
    /// One, if the filter matches the latest event of its name that has the properties in the
    /// filter's conditions. So an attribute's newer value replaces the older one, null withdraws
    /// it, and an event that does not mention it changes nothing.
    Latest,
}

impl Count {
    /// [`Count::Latest`] as it is written.
    pub const LATEST: &str = "latest";

    /// Most occurrences that can count.
    pub fn most(self) -> u32 {
        match self {
            Self::UpTo(most) => most,
            Self::Latest => 1,
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrObject)
    }
}

/// [`Count::UpTo`] as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UpTo {
    up_to: u32,
}

struct TextOrObject;

impl<'de> Visitor<'de> for TextOrObject {
    type Value = Count;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the text {}, or an object with up_to", Count::LATEST)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Count, E> {
        if text == Count::LATEST {
            Ok(Count::Latest)
        } else {
            Err(E::invalid_value(Unexpected::Str(text), &self))
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Count, A::Error> {
        let UpTo { up_to } = UpTo::deserialize(MapAccessDeserializer::new(members))?;
        Ok(Count::UpTo(up_to))
    }
}
