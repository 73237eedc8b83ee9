//! Keys that pages and SDKs ask by.

use crate::extract::{CursorKey, Param};
use serde::Serialize;
use std::fmt;
use tessera_domain::experiments::assignment::{HOLDOUT_PREFIX, check_key};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// The key of an arm, or of an experiment that a team creates.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Slug(pub(crate) String);

impl Param for Slug {
    const RULE: &'static str = "must have 1 to 64 of a-z, 0-9, _ and -";

    fn parse(text: &str) -> Option<Self> {
        check_key("", text).ok().map(|()| Self(text.to_owned()))
    }
}

impl PartialSchema for Slug {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[a-z0-9_-]{1,64}$"))
            .examples(["checkout-button"])
            .into()
    }
}

impl ToSchema for Slug {}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The key of an experiment, or of a holdout, which is measured as one.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct ExperimentKey(pub(crate) String);

impl CursorKey for ExperimentKey {
    const PATTERN: &'static str = "(24686f6c646f75743a)?(2d|3[0-9]|5f|6[1-9a-f]|7[0-9a]){1,64}";
    const EXAMPLE: &'static str = "636865636b6f7574";

    fn to_bytes(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::parse(std::str::from_utf8(bytes).ok()?)
    }
}

impl Param for ExperimentKey {
    const RULE: &'static str =
        "must have 1 to 64 of a-z, 0-9, _ and -, after $holdout: for a holdout";

    fn parse(text: &str) -> Option<Self> {
        let key = text.strip_prefix(HOLDOUT_PREFIX).unwrap_or(text);
        check_key("", key).ok().map(|()| Self(text.to_owned()))
    }
}

impl PartialSchema for ExperimentKey {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "The key of an experiment, or `$holdout:` and the key of a holdout. A shell takes `$holdout` for \
                 a variable: write it in single quotes, as in `'/v1/experiments/$holdout:2026-h2/results'`.",
            ))
            .pattern(Some(r"^(\$holdout:)?[a-z0-9_-]{1,64}$"))
            .examples(["checkout-button"])
            .into()
    }
}

impl ToSchema for ExperimentKey {}

impl fmt::Display for ExperimentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
