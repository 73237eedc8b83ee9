//! The one shape of all refusals by a rule.

use serde::Serialize;
use std::{fmt::Display, ops::RangeInclusive};
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

    /// Refuses a number outside of `range`.
    ///
    /// # Errors
    /// When it lies outside.
    pub fn unless_number<T: PartialOrd + Display>(
        field: impl Into<String>,
        value: T,
        range: RangeInclusive<T>,
    ) -> Result<(), Self> {
        if range.contains(&value) {
            return Ok(());
        }
        let (least, most) = (range.start(), range.end());
        let rule = if least == most {
            format!("must be {least}")
        } else {
            format!("must be from {least} to {most}")
        };
        Err(Self::new(field, rule))
    }

    /// Refuses a list of fewer or more `things` than `range` says.
    ///
    /// # Errors
    /// When there are.
    pub fn unless_count(
        field: impl Into<String>,
        count: usize,
        range: RangeInclusive<usize>,
        things: &str,
    ) -> Result<(), Self> {
        if range.contains(&count) {
            return Ok(());
        }
        let rule = match (range.start(), range.end()) {
            (0, most) => format!("must have at most {most} {things}"),
            (least, most) => format!("must have {least} to {most} {things}"),
        };
        Err(Self::new(field, rule))
    }

    /// Refuses a name that is empty, longer than `most` characters, or holds a control character.
    ///
    /// # Errors
    /// When it is.
    pub fn unless_name(field: impl Into<String>, name: &str, most: usize) -> Result<(), Self> {
        let holds = (1..=most).contains(&name.chars().count());
        if holds && !name.chars().any(char::is_control) {
            return Ok(());
        }
        let rule = format!("must have 1 to {most} characters, none of them a control character");
        Err(Self::new(field, rule))
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

    fn rule(refused: Result<(), Refusal>) -> String {
        refused.expect_err("refused").rule
    }

    #[test]
    fn a_rule_says_what_must_be_and_never_what_was() {
        assert_eq!(Refusal::unless_number("", 1, 1..=2), Ok(()));
        assert_eq!(
            rule(Refusal::unless_number("", 3, 1..=2)),
            "must be from 1 to 2"
        );
        assert_eq!(rule(Refusal::unless_number("", 2, 1..=1)), "must be 1");
        assert_eq!(
            rule(Refusal::unless_count("", 0, 1..=2, "steps")),
            "must have 1 to 2 steps"
        );
        assert_eq!(
            rule(Refusal::unless_count("", 3, 0..=2, "steps")),
            "must have at most 2 steps"
        );
        for name in ["", "abc", "a\n"] {
            assert_eq!(
                rule(Refusal::unless_name("", name, 2)),
                "must have 1 to 2 characters, none of them a control character"
            );
        }
    }

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
