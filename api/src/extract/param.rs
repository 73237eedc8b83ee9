//! Text to values: each type of parameter has one rule, stated in refusals and in the document.

use utoipa::{
    PartialSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// A value that a path segment or query parameter can hold.
pub(crate) trait Param: PartialSchema + Sized {
    /// What the text must be, as shown to the caller.
    const RULE: &'static str;

    /// The value, when the text obeys the rule.
    fn parse(text: &str) -> Option<Self>;
}

/// A switch that is off unless turned on.
#[derive(Clone, Copy, Default)]
pub(crate) struct Flag(pub(crate) bool);

impl Param for Flag {
    const RULE: &'static str = "true or false";

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
