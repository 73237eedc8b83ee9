//! Text to values: each type of parameter has one rule, stated in refusals and in the document.

use utoipa::PartialSchema;

/// A value that a path segment or query parameter can hold.
pub(crate) trait Param: PartialSchema + Sized {
    /// What the text must be, as told to the caller.
    const RULE: &'static str;

    /// The value, when the text obeys the rule.
    fn parse(text: &str) -> Option<Self>;
}

impl Param for bool {
    const RULE: &'static str = "true or false";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Param for String {
    const RULE: &'static str = "text";

    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}
