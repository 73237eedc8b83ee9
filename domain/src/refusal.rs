//! The one shape of all refusals by a rule.

use serde::Serialize;
use thiserror::Error;

/// A field that breaks a rule. Its texts can be shown and stored: they repeat names from the input,
/// but never values, which could be personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[error("{field}: {rule}")]
pub struct Refusal {
    /// The kind of breach, for programs; it never changes.
    pub code: &'static str,
    /// Path of the field, as in `steps[3].any_of`; empty for the whole input.
    pub field: String,
    /// What the field must be.
    pub rule: String,
}

impl Refusal {
    /// The code of a refused value when no other code is more precise.
    pub const INVALID_VALUE: &'static str = "invalid_value";

    /// Refuses a value, with the code [`Refusal::INVALID_VALUE`].
    pub fn new(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::coded(Self::INVALID_VALUE, field, rule)
    }

    /// Refuses a value with a code of its own.
    pub fn coded(code: &'static str, field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self {
            code,
            field: field.into(),
            rule: rule.into(),
        }
    }

    /// The same refusal with its field inside `parent`.
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
