//! What a property can be, where that is known.
//!
//! Law: a condition that a range does not admit holds for no event and no person.

use super::{
    Condition, Operator,
    compare::{compare, is_number},
};
use crate::{
    capture::{MAX_NAME_CHARS, PropertyType, is_name},
    event::{AGENT_PROPERTY, Agent, MACHINE_PROPERTY},
    refusal::Refusal,
};
use serde_json::{Value, json};
use std::{cmp::Ordering, fmt, ops::RangeInclusive};

/// The values that a property can have.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Range {
    /// These.
    OneOf(Vec<Value>),
    /// Countries, as ISO 3166 alpha-2 has them.
    Country,
    /// Whole numbers.
    Whole(RangeInclusive<u64>),
    /// Names in `snake_case`.
    Name,
    /// Values of a type.
    Of(PropertyType),
    /// None: it is never there.
    Sealed,
}

impl Range {
    /// That of a property which says what caused an event.
    pub(crate) fn of_cause(property: &str) -> Option<Self> {
        match property {
            MACHINE_PROPERTY => Some(Self::OneOf(vec![true.into(), false.into()])),
            AGENT_PROPERTY => {
                let agents = [Agent::Human, Agent::Machine, Agent::Unknown];
                Some(Self::OneOf(agents.map(|it| it.as_str().into()).into()))
            }
            _ => None,
        }
    }

    /// Refuses a condition that never holds.
    pub(crate) fn check(&self, condition: &Condition) -> Result<(), Refusal> {
        if self.admits(condition) {
            return Ok(());
        }
        let rule = format!("must be able to hold: {} {self}", condition.property);
        Err(Refusal::new("value", rule))
    }

    fn admits(&self, condition: &Condition) -> bool {
        if condition.operator.holds_for_absent() {
            return true;
        }
        if let Some(values) = self.values() {
            return values.iter().any(|value| condition.holds_for(value));
        }
        let value = &condition.value;
        let is_after = |least: Value| compare(&least, value) == Some(Ordering::Less);
        let is_before = |most: Value| compare(&most, value) == Some(Ordering::Greater);
        match condition.operator {
            Operator::Equal | Operator::In => condition.values().iter().any(|it| self.has(it)),
            Operator::Less => match self {
                Self::Whole(range) => is_after(json!(range.start())),
                Self::Name => is_after(json!("a")),
                _ => self.is_ordered(value),
            },
            Operator::Greater => match self {
                Self::Whole(range) => is_before(json!(range.end())),
                Self::Name => is_before(json!("z".repeat(MAX_NAME_CHARS))),
                _ => self.is_ordered(value),
            },
            Operator::Contains => match self {
                Self::Of(kind) => *kind == PropertyType::Text,
                // What a name contains is one, or the end of one.
                Self::Name => value
                    .as_str()
                    .is_some_and(|it| is_name(it) || is_name(&format!("a{it}"))),
                _ => false,
            },
            Operator::Set | Operator::NotEqual | Operator::Not | Operator::NotSet => true,
        }
    }

    /// All values, where they are few.
    pub(super) fn values(&self) -> Option<Vec<Value>> {
        match self {
            Self::OneOf(values) => Some(values.clone()),
            Self::Country => {
                let letters = || (b'A'..=b'Z').map(char::from);
                let all = letters().flat_map(|one| letters().map(move |two| format!("{one}{two}")));
                Some(all.map(Value::from).collect())
            }
            Self::Sealed => Some(Vec::new()),
            Self::Whole(_) | Self::Name | Self::Of(_) => None,
        }
    }

    fn has(&self, value: &Value) -> bool {
        match self {
            Self::Whole(range) => {
                whole(value).is_some_and(|it| u64::try_from(it).is_ok_and(|it| range.contains(&it)))
            }
            Self::Name => value.as_str().is_some_and(is_name),
            Self::Of(kind) => match kind {
                PropertyType::Text => value.is_string(),
                PropertyType::Number => value.is_number(),
                PropertyType::Integer => whole(value).is_some(),
                PropertyType::Boolean => value.is_boolean(),
                PropertyType::List => value.is_array(),
                PropertyType::Object => value.is_object(),
            },
            // Where they are few, the values themselves are looked at.
            Self::OneOf(_) | Self::Country | Self::Sealed => false,
        }
    }

    /// Whether some values of the type have an order to this one.
    fn is_ordered(&self, value: &Value) -> bool {
        match self {
            Self::Of(PropertyType::Text) => true,
            Self::Of(PropertyType::Number | PropertyType::Integer) => is_number(value),
            _ => false,
        }
    }
}

/// A whole number, however it is written.
pub(crate) fn whole(value: &Value) -> Option<i128> {
    let exact = value
        .as_u64()
        .map(i128::from)
        .or(value.as_i64().map(i128::from));
    // Beyond 2^53 all floats are whole, and no capture takes them from 2^63 on.
    let rounded = value
        .as_f64()
        .filter(|it| it.fract() == 0.0 && it.abs() < 2_f64.powi(63));
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is whole and within bounds"
    )]
    exact.or(rounded.map(|it| it as i128))
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneOf(values) => {
                let shown = values.iter().map(|it| match it.as_str() {
                    Some(text) => text.to_owned(),
                    None => it.to_string(),
                });
                write!(f, "is one of {}", shown.collect::<Vec<_>>().join(", "))
            }
            Self::Country => f.write_str("is two capital letters, as in CH"),
            Self::Whole(range) => {
                write!(
                    f,
                    "is a whole number from {} to {}",
                    range.start(),
                    range.end()
                )
            }
            Self::Name => f.write_str("is 1 to 64 of a-z, 0-9 and _, a letter first"),
            Self::Of(kind) => f.write_str(match kind {
                PropertyType::Text => "is text",
                PropertyType::Number => "is a number",
                PropertyType::Integer => "is a whole number",
                PropertyType::Boolean => "is true or false",
                PropertyType::List => "is a list",
                PropertyType::Object => "is an object",
            }),
            Self::Sealed => f.write_str("is sealed, so that nothing reads it"),
        }
    }
}
