//! Names that an organisation gives to what it defines.

use crate::extract::{CursorKey, Param, text};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use tessera_domain::capture::is_name;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// The name of a segment or a metric.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Name(pub(crate) String);

impl CursorKey for Name {
    const PATTERN: &'static str = "(6[1-9a-f]|7[0-9a])(6[1-9a-f]|7[0-9a]|3[0-9]|5f){0,63}";
    const EXAMPLE: &'static str = "747269616c5f656e64696e67";

    fn to_bytes(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::parse(std::str::from_utf8(bytes).ok()?)
    }
}

impl Param for Name {
    const RULE: &'static str = "must be 1 to 64 of a-z, 0-9 and _, a letter first";

    fn parse(text: &str) -> Option<Self> {
        is_name(text).then(|| Self(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer)
    }
}

impl PartialSchema for Name {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[a-z][a-z0-9_]{0,63}$"))
            .examples(["trial_ending"])
            .into()
    }
}

impl ToSchema for Name {}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
