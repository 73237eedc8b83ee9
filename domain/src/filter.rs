//! Event filters: a name, and conditions on properties, all of which must hold.

mod validate;

use crate::capture::Registry;
use crate::event::{Event, Properties};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::cmp::Ordering;

/// Most conditions that a filter may have.
pub const MAX_CONDITIONS: usize = 16;
/// Most characters in the name of an event or a property.
pub const MAX_NAME_CHARS: usize = 100;

/// Events of one name whose properties obey every condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventFilter {
    /// Name of the event.
    pub event: String,
    /// Conditions on its properties.
    #[serde(default, rename = "where", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

/// What one property must be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Name of the property.
    pub property: String,
    /// How it is compared.
    #[serde(rename = "is")]
    pub operator: Operator,
    /// What it is compared with; absent for [`Operator::Set`] and [`Operator::NotSet`].
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub value: Value,
}

/// How a property is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Equal to the value.
    Equal,
    /// Present and another value.
    NotEqual,
    /// Absent, null or another value.
    Not,
    /// A number or text that sorts before the value.
    Less,
    /// A number or text that sorts after the value.
    Greater,
    /// One of the values of a list.
    In,
    /// Text that contains the value.
    Contains,
    /// Present and not null.
    Set,
    /// Absent or null.
    NotSet,
}

impl Operator {
    /// Whether an absent or null property meets the condition.
    pub fn holds_for_absent(self) -> bool {
        matches!(self, Self::Not | Self::NotSet)
    }
}

impl EventFilter {
    /// Events of this name, whatever their properties.
    pub fn named(event: impl Into<String>) -> Self {
        Self {
            event: event.into(),
            conditions: Vec::new(),
        }
    }

    /// Replaces an alias of `registry` by the event's own name.
    pub fn canonicalise(&mut self, registry: &Registry) {
        let name = registry.canonical(&self.event).to_owned();
        self.event = name;
    }

    /// Whether `event` matches.
    pub fn matches(&self, event: &Event) -> bool {
        self.matches_parts(&event.name, &event.properties)
    }

    /// Whether an event of this name with these properties matches.
    pub fn matches_parts(&self, name: &str, properties: &Properties) -> bool {
        self.event == name && self.conditions.iter().all(|it| it.holds(properties))
    }
}

impl Condition {
    /// Whether the properties meet the condition.
    pub fn holds(&self, properties: &Properties) -> bool {
        let found = properties
            .get(&self.property)
            .filter(|found| !found.is_null());
        let Some(found) = found else {
            return self.operator.holds_for_absent();
        };
        match self.operator {
            Operator::Set => true,
            Operator::NotSet => false,
            Operator::Equal => same(found, &self.value),
            Operator::NotEqual | Operator::Not => !same(found, &self.value),
            Operator::Less => compare(found, &self.value) == Some(Ordering::Less),
            Operator::Greater => compare(found, &self.value) == Some(Ordering::Greater),
            Operator::In => self
                .value
                .as_array()
                .is_some_and(|values| values.iter().any(|value| same(found, value))),
            Operator::Contains => match (found.as_str(), self.value.as_str()) {
                (Some(found), Some(part)) => found.contains(part),
                _ => false,
            },
        }
    }
}

/// JSON has one kind of number: 1 and 1.0 are the same.
fn same(left: &Value, right: &Value) -> bool {
    left == right || compare(left, right) == Some(Ordering::Equal)
}

/// The order of two numbers or two texts; other pairs have none.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn holds(operator: Operator, value: Value, properties: &Value) -> bool {
        let condition = Condition {
            property: "size".to_owned(),
            operator,
            value,
        };
        condition.holds(properties.as_object().expect("an object"))
    }

    #[test]
    fn an_absent_property_obeys_only_not_and_not_set() {
        for properties in [json!({}), json!({ "size": null })] {
            for operator in [
                Operator::Equal,
                Operator::NotEqual,
                Operator::Less,
                Operator::Set,
            ] {
                assert!(!holds(operator, json!(1), &properties));
            }
            assert!(holds(Operator::NotSet, Value::Null, &properties));
            assert!(holds(Operator::Not, json!(1), &properties));
        }
    }

    #[test]
    fn not_refuses_the_value_alone() {
        assert!(!holds(Operator::Not, json!(true), &json!({ "size": true })));
        for other in [json!(false), json!("true"), json!(1)] {
            assert!(holds(Operator::Not, json!(true), &json!({ "size": other })));
        }
    }

    #[test]
    fn numbers_and_texts_are_not_compared_with_each_other() {
        let properties = json!({ "size": "10" });
        assert!(!holds(Operator::Less, json!(11), &properties));
        assert!(!holds(Operator::Equal, json!(10), &properties));
        assert!(holds(Operator::Greater, json!("1"), &properties));
    }

    #[test]
    fn one_and_one_point_zero_are_the_same_number() {
        let properties = json!({ "size": 1 });
        assert!(holds(Operator::Equal, json!(1.0), &properties));
        assert!(holds(Operator::In, json!(["a", 1.0]), &properties));
    }
}
