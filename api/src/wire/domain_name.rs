//! Names of domains in paths.

use crate::extract::{CursorKey, Param};
use serde::Serialize;
use std::fmt;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// Most characters of a domain's name.
const MAX_CHARS: usize = 253;

/// A domain's name, in lower case.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct DomainName(pub(crate) String);

impl CursorKey for DomainName {
    const PATTERN: &'static str = "(2d|2e|3[0-9]|6[1-9a-f]|7[0-9a]){3,253}";
    const EXAMPLE: &'static str = "6578616d706c652e636f6d";

    fn to_bytes(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::parse(std::str::from_utf8(bytes).ok()?)
    }
}

impl Param for DomainName {
    const RULE: &'static str = "must be the name of a domain in lower case, as in example.com";

    fn parse(text: &str) -> Option<Self> {
        let is_label = |label: &str| {
            let known = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
            (1..=63).contains(&label.len()) && label.bytes().all(known)
        };
        let holds = text.len() <= MAX_CHARS && text.contains('.') && text.split('.').all(is_label);
        holds.then(|| Self(text.to_owned()))
    }
}

impl PartialSchema for DomainName {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(MAX_CHARS))
            .pattern(Some(r"^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$"))
            .examples(["example.com"])
            .into()
    }
}

impl ToSchema for DomainName {}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
