//! Text to values: each type has one rule, stated in refusals and in the document.

use serde::{Deserialize, Deserializer, de::Error};
use utoipa::{
    PartialSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// A value that a path segment, a query parameter or a text in a body can hold.
pub(crate) trait Param: PartialSchema + Sized {
    /// What the text must be, as shown to the caller.
    const RULE: &'static str;

    /// The value, when the text obeys the rule.
    fn parse(text: &str) -> Option<Self>;
}

/// Reads a text in a body by the rule that it has as a parameter.
pub(crate) fn text<'de, T: Param, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    T::parse(&text).ok_or_else(|| D::Error::custom(T::RULE))
}

/// A switch that is off unless turned on.
#[derive(Clone, Copy, Default)]
pub(crate) struct Flag(pub(crate) bool);

impl Param for Flag {
    const RULE: &'static str = "must be true or false";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl PartialSchema for Flag {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .default(Some(false.into()))
            .examples([true])
            .into()
    }
}
