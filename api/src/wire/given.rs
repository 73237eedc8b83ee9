//! Fields of a change that null unsets.

use serde::{Deserialize, Deserializer};

/// Distinguishes null from a missing field.
pub(crate) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
