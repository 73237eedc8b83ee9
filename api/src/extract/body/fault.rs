//! What a body breaks, as serde reports it, in the words of a refusal.

use serde::de::{self, Expected, Unexpected};
use std::fmt::{self, Display};
use tessera_domain::refusal::Refusal;

/// The rule of objects.
pub(super) const OBJECT: &str = "must be an object";
/// The rule of lists.
pub(super) const LIST: &str = "must be a list";
/// The rule of texts.
pub(super) const TEXT: &str = "must be text";

/// A refusal whose field becomes longer with each level that it passes on the way out.
#[derive(Debug)]
pub(super) struct Fault(pub(super) Refusal);

impl Fault {
    /// A value that breaks `rule`.
    pub(super) fn of(rule: impl Into<String>) -> Self {
        Self(Refusal::new("", rule))
    }

    /// A choice that is none of `known`.
    pub(super) fn one_of(known: &[&str]) -> Self {
        Self::of(format!("must be one of {}", known.join(", ")))
    }

    /// Something that is not an object with one of `known` as its only field.
    pub(super) fn exactly_one(known: &[&str]) -> Self {
        let known = known.join(", ");
        Self::of(format!("must be an object with exactly one of {known}"))
    }

    /// A field that is not among those that are `known`.
    pub(super) fn surplus(name: &str, known: &[&str]) -> Self {
        let rule = match known {
            [] => "must not be there".to_owned(),
            known => format!("must not be there; known are {}", known.join(", ")),
        };
        Self(Refusal::new(name, rule))
    }

    /// A field that is there twice.
    pub(super) fn twice(name: &str) -> Self {
        Self(Refusal::new(name, "must be given once"))
    }

    /// The same fault of the value in the field `name`.
    pub(super) fn within(self, name: &str) -> Self {
        Self(self.0.within(name))
    }

    /// The same fault of the item at `index`.
    pub(super) fn at(self, index: usize) -> Self {
        self.within(&format!("[{index}]"))
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: Display>(rule: T) -> Self {
        Self::of(rule.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::of(format!("must be {expected}"))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match found {
            // Of numbers that are not to be 0.
            Unexpected::Unsigned(0) | Unexpected::Signed(0) => Self::of("must not be 0"),
            _ => Self::of(format!("must be {expected}")),
        }
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::of(format!("must be {expected}"))
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::one_of(known)
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self::surplus(field, known)
    }

    fn missing_field(field: &'static str) -> Self {
        Self(Refusal::new(field, "must be there"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::twice(field)
    }
}
