//! What must be known before a deal enters a stage.

use crate::{
    capture::{PERSONAL_TRAITS, PUBLIC_TRAITS},
    refusal::Refusal,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Most values that a requirement lists.
const MAX_VALUES: usize = 100;
/// Most characters of a value.
const MAX_VALUE_CHARS: usize = 100;

/// Fields of a deal that can be required.
pub const DEAL_FIELDS: [&str; 6] = [
    "amount",
    "barriers",
    "currency",
    "objections",
    "owner",
    "solutions",
];
/// Fields of a lead that can be required beside its traits.
pub const LEAD_FIELDS: [&str; 3] = ["score", "source", "wallet"];

/// What a requirement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The deal.
    Deal,
    /// The lead that it is made with: its traits, and [`LEAD_FIELDS`].
    Lead,
}

/// A field that must be known, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// What has the field.
    pub of: Subject,
    /// Its name.
    pub field: String,
    /// The least that it may be, if it is a number.
    #[serde(
        default,
        with = "crate::pricing::decimal_text::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub at_least: Option<Decimal>,
    /// What it may be; anything if there is none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub one_of: BTreeSet<String>,
}

impl Subject {
    fn has(self, field: &str) -> bool {
        match self {
            Self::Deal => DEAL_FIELDS.contains(&field),
            Self::Lead => [&LEAD_FIELDS[..], &PUBLIC_TRAITS, &PERSONAL_TRAITS]
                .iter()
                .any(|known| known.contains(&field)),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Deal => "deal",
            Self::Lead => "lead",
        }
    }
}

impl Requirement {
    pub(super) fn validate(&self) -> Result<(), Refusal> {
        if !self.of.has(&self.field) {
            let rule = format!("must be a field of a {}", self.of.as_str());
            return Err(Refusal::new("field", rule));
        }
        if self.at_least.is_some() && !self.one_of.is_empty() {
            return Err(Refusal::new("one_of", "must not be beside at_least"));
        }
        Refusal::unless_count("one_of", self.one_of.len(), 0..=MAX_VALUES, "values")?;
        let mut values = self.one_of.iter();
        values.try_for_each(|it| Refusal::unless_name("one_of", it, MAX_VALUE_CHARS))
    }

    /// The field's place, as in `lead.company`.
    pub(super) fn place(&self) -> String {
        format!("{}.{}", self.of.as_str(), self.field)
    }

    /// Whether a value meets it; the refusal names the field and repeats no value.
    pub(super) fn check(&self, value: &Value) -> Result<(), Refusal> {
        if is_blank(value) {
            return Err(Refusal::new(self.place(), "must be known"));
        }
        if let Some(least) = self.at_least {
            let rule = || Refusal::new(self.place(), format!("must be at least {least}"));
            let number = number(value).ok_or_else(rule)?;
            return if number < least { Err(rule()) } else { Ok(()) };
        }
        let is_listed = value.as_str().is_some_and(|it| self.one_of.contains(it));
        if self.one_of.is_empty() || is_listed {
            return Ok(());
        }
        let listed: Vec<&str> = self.one_of.iter().map(String::as_str).collect();
        let rule = format!("must be one of {}", listed.join(", "));
        Err(Refusal::new(self.place(), rule))
    }
}

/// Whether a value says nothing.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The number that a value is, digit by digit: amounts are texts.
fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::String(text) => Decimal::from_str_exact(text).ok(),
        Value::Number(number) => Decimal::from_str_exact(&number.to_string()).ok(),
        _ => None,
    }
}
