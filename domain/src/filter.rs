//! Event filters: a name, and conditions on properties, all of which must hold.

mod compare;
mod contradiction;
mod range;
mod validate;

use self::compare::{compare, same};
pub(crate) use self::{
    contradiction::contradiction,
    range::{Range, whole},
    validate::CONTRADICTION,
};
use crate::{
    analytics::attribution::{channel_contains, channel_name},
    capture::{Registry, is_name},
    event::{AGENT_PROPERTY, Agent, CHANNEL_PROPERTY, Event, MACHINE_PROPERTY, Properties},
    refusal::Refusal,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::cmp::Ordering;

/// Most conditions that a filter may have.
pub const MAX_CONDITIONS: usize = 16;
/// Most characters in the name of an event or a property.
pub const MAX_NAME_CHARS: usize = 100;

/// Events of one name whose properties obey every condition. What a machine did matches only a filter
/// that mentions `machine` or `agent`: otherwise a mail scanner's opens would be taken for a person's.
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
    /// Before the value: a number, or a text that is one, before a number; else a text before a text.
    Less,
    /// After the value, likewise.
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

/// How many values of these events have no order to those of the filters' conditions.
pub fn not_compared<'a>(
    filters: impl IntoIterator<Item = &'a EventFilter>,
    events: &[Event],
) -> usize {
    let of = |filter: &EventFilter| -> usize {
        let values = events.iter().map(|event| filter.not_compared(event));
        values.sum()
    };
    filters.into_iter().map(of).sum()
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
    ///
    /// # Errors
    /// When it is neither, as no event can have such a name; or when no event that the registry accepts can
    /// meet a condition.
    pub fn canonicalise(&mut self, registry: &Registry) -> Result<(), Refusal> {
        let name = registry.canonical(&self.event).to_owned();
        if !is_name(&name) {
            let rule = "must be the name of an event, 1 to 64 of a-z, 0-9 and _, a letter first, or an \
                alias in the event registry in force";
            return Err(Refusal::new("event", rule));
        }
        self.event = name;
        for (index, condition) in self.conditions.iter().enumerate() {
            if let Some(range) = registry.range(&self.event, &condition.property) {
                range
                    .check(condition)
                    .map_err(|it| it.within(&format!("where[{index}]")))?;
            }
        }
        Ok(())
    }

    /// Whether `event` matches.
    pub fn matches(&self, event: &Event) -> bool {
        self.matches_parts(&event.name, &event.properties)
    }

    /// How many conditions look at a value of the event that has no order to theirs, so that it is
    /// neither less nor greater: none, where the event does not match for another reason.
    pub fn not_compared(&self, event: &Event) -> usize {
        let properties = &event.properties;
        let (odd, others): (Vec<_>, Vec<_>) = self
            .conditions
            .iter()
            .partition(|it| it.cannot_compare(properties));
        let is_seen = self.event == event.name && self.sees(properties);
        if is_seen && others.iter().all(|it| it.holds(properties)) {
            odd.len()
        } else {
            0
        }
    }

    /// Whether an event of this name with these properties matches.
    pub fn matches_parts(&self, name: &str, properties: &Properties) -> bool {
        self.event == name
            && self.sees(properties)
            && self.conditions.iter().all(|it| it.holds(properties))
    }

    /// Whether events with these properties are looked at: those of machines only when a condition
    /// mentions what caused them.
    pub(crate) fn sees(&self, properties: &Properties) -> bool {
        let cause = [MACHINE_PROPERTY, AGENT_PROPERTY];
        let mentions = |it: &Condition| cause.contains(&it.property.as_str());
        Agent::of(properties) != Agent::Machine || self.conditions.iter().any(mentions)
    }
}

impl Condition {
    fn cannot_compare(&self, properties: &Properties) -> bool {
        let is_ordered = matches!(self.operator, Operator::Less | Operator::Greater);
        let found = properties.get(&self.property).filter(|it| !it.is_null());
        is_ordered && found.is_some_and(|found| compare(found, &self.value).is_none())
    }

    /// Whether two values of the property are the same. A channel goes by its key.
    fn is_same(&self, found: &Value, value: &Value) -> bool {
        let key = |value: &Value| channel_name(value.as_str()?);
        let is_one_channel = || key(found).is_some_and(|found| Some(found) == key(value));
        same(found, value) || self.property == CHANNEL_PROPERTY && is_one_channel()
    }

    /// Whether the properties meet the condition.
    pub fn holds(&self, properties: &Properties) -> bool {
        let found = properties
            .get(&self.property)
            .filter(|found| !found.is_null());
        match found {
            Some(found) => self.holds_for(found),
            None => self.operator.holds_for_absent(),
        }
    }

    /// Whether a value of the property, not null, meets the condition.
    fn holds_for(&self, found: &Value) -> bool {
        match self.operator {
            Operator::Set => true,
            Operator::NotSet => false,
            Operator::Equal => self.is_same(found, &self.value),
            Operator::NotEqual | Operator::Not => !self.is_same(found, &self.value),
            Operator::Less => compare(found, &self.value) == Some(Ordering::Less),
            Operator::Greater => compare(found, &self.value) == Some(Ordering::Greater),
            Operator::In => self
                .value
                .as_array()
                .is_some_and(|values| values.iter().any(|value| self.is_same(found, value))),
            Operator::Contains => match (found.as_str(), self.value.as_str()) {
                (Some(found), Some(part)) if self.property == CHANNEL_PROPERTY => {
                    channel_contains(found, part)
                }
                (Some(found), Some(part)) => found.contains(part),
                _ => false,
            },
        }
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
    fn a_channel_is_the_same_whatever_case_or_blanks_it_is_typed_with() {
        let is = |operator: &str, value: Value| -> bool {
            let condition: Condition = serde_json::from_value(
                json!({ "property": "channel", "is": operator, "value": value }),
            )
            .expect("a condition");
            condition.holds(
                json!({ "channel": "Google  Ads" })
                    .as_object()
                    .expect("an object"),
            )
        };
        assert!(is("equal", json!("google ads")) && is("in", json!(["x", "GOOGLE ADS"])));
        assert!(!is("not_equal", json!("google ads")) && !is("not", json!(" Google Ads ")));
        assert!(!is("equal", json!("google")) && is("not", json!("google")));
        // Neither of them names a channel.
        assert!(!is("equal", json!("-")));
    }

    #[test]
    fn not_refuses_the_value_alone() {
        assert!(!holds(Operator::Not, json!(true), &json!({ "size": true })));
        for other in [json!(false), json!("true"), json!(1)] {
            assert!(holds(Operator::Not, json!(true), &json!({ "size": other })));
        }
    }

    #[test]
    fn a_value_that_does_not_compare_is_counted() {
        let filter: EventFilter = serde_json::from_value(json!({
            "event": "bought", "where": [{ "property": "size", "is": "greater", "value": 9 }] }))
        .expect("a filter");
        let event = |name: &str, size: Value| Event {
            id: uuid::Uuid::nil(),
            name: name.to_owned(),
            at: crate::time::Timestamp(0),
            properties: json!({ "size": size })
                .as_object()
                .cloned()
                .expect("an object"),
        };
        let large = event("bought", json!("10"));
        assert_eq!(
            (filter.matches(&large), filter.not_compared(&large)),
            (true, 0)
        );
        let odd = event("bought", json!("large"));
        assert_eq!(
            (filter.matches(&odd), filter.not_compared(&odd)),
            (false, 1)
        );
        assert_eq!(filter.not_compared(&event("bought", Value::Null)), 0);
        assert_eq!(filter.not_compared(&event("seen", json!("large"))), 0);
    }

    #[test]
    fn one_and_one_point_zero_are_the_same_number() {
        let properties = json!({ "size": 1 });
        assert!(holds(Operator::Equal, json!(1.0), &properties));
        assert!(holds(Operator::In, json!(["a", 1.0]), &properties));
    }
}
