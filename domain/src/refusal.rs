//! The one shape in which a rule refuses what was given.

use serde::Serialize;
use thiserror::Error;

/// A field that breaks a rule. Its texts can be shown and stored: of what was given they hold names,
/// never values that could be somebody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[error("{field}: {rule}")]
pub struct Refusal {
    /// The kind of breach, for programs; it never changes.
    pub code: &'static str,
    /// Path of the field, as in `steps[3].any_of`; empty for the whole.
    pub field: String,
    /// What the field must be.
    pub rule: String,
}

impl Refusal {
    /// The code of a value that its rule does not allow, when no other says more.
    pub const INVALID_VALUE: &'static str = "invalid_value";

    /// Of a value that is not allowed.
    pub fn new(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::coded(Self::INVALID_VALUE, field, rule)
    }

    /// Of a kind of its own.
    pub fn coded(code: &'static str, field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self {
            code,
            field: field.into(),
            rule: rule.into(),
        }
    }

    /// The same refusal, its field being a part of `parent`.
    #[must_use]
    pub fn within(mut self, parent: &str) -> Self {
        self.field = match (parent, self.field.as_str()) {
            ("", _) => self.field,
            (parent, "") => parent.to_owned(),
            (parent, field) if field.starts_with('[') => format!("{parent}{field}"),
            (parent, field) => format!("{parent}.{field}"),
        };
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_named_by_its_whole_path() {
        let within = |parent: &str, field: &str| Refusal::new(field, "").within(parent).field;
        assert_eq!(within("", "name"), "name");
        assert_eq!(within("definition", ""), "definition");
        assert_eq!(
            within("definition", "steps[0].name"),
            "definition.steps[0].name"
        );
        assert_eq!(within("steps", "[0].name"), "steps[0].name");
    }
}
