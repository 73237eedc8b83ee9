//! An organisation's events: their names, aliases, and the rules of their properties. Versioned
//! data, as JSON.

use super::{
    agent::USER_AGENT_PROPERTY,
    reason::{self, refuse, shown},
};
use crate::{
    automation::journey::REACHED_EVENT,
    event::{AGENT_PROPERTY, CHANNEL_PROPERTY, IDENTIFIED_EVENT, MACHINE_PROPERTY, Properties},
    experiments::measurement::EXPOSED_EVENT,
    filter::Range,
    refusal::Refusal,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Most characters of an event's or property's name.
pub const MAX_NAME_CHARS: usize = 64;
/// Most events of a registry.
pub const MAX_EVENTS: usize = 500;
/// Most aliases of an event.
pub const MAX_ALIASES: usize = 20;

/// Events that only Tessera writes, from the chain or about its own actions: if clients could send
/// them, a public write key would suffice to forge revenue, referrals or identities.
pub const RESERVED_NAMES: [&str; 30] = [
    "aliased",
    "awarded",
    "cancelled",
    "charged",
    "commission_claimed",
    "erased",
    IDENTIFIED_EVENT,
    REACHED_EVENT,
    "lapsed",
    "ledger_opened",
    "merged",
    "past_due",
    "quote_accepted",
    "quote_issued",
    "redeemed",
    "referral_clicked",
    "referral_expired",
    "referral_held",
    "referral_qualified",
    "referral_rejected",
    "referral_released",
    "referred",
    "refunded",
    "registered",
    "segment_entered",
    "segment_exited",
    "signed_in",
    "subscribed",
    "trial_started",
    "unmerged",
];

/// The events that an organisation knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    /// Whether events that are not listed are refused.
    #[serde(default)]
    pub strict: bool,
    /// The events by name, in `snake_case`.
    pub events: BTreeMap<String, EventSchema>,
}

/// What is known of one event.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventSchema {
    /// Other names that it is accepted under.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Whether it is the person's own act, and not something that is done to them. Unless given, as in
    /// the seed, and true of events that the seed does not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_act: Option<bool>,
    /// Properties with a known type; others are accepted as they are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, PropertySchema>,
}

/// The rules of one property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PropertySchema {
    /// The type that its values must have.
    #[serde(rename = "type")]
    pub kind: PropertyType,
    /// Whether it must be present and not null.
    #[serde(default)]
    pub required: bool,
    /// The allowed texts; any text when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<String>,
}

/// A property's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PropertyType {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A number without a fraction.
    Integer,
    /// True or false.
    Boolean,
    /// A list.
    List,
    /// An object.
    Object,
}

/// Whether a text has the form of an event's name: 1 to 64 of `a-z`, `0-9` and `_`, a letter first.
pub fn is_name(text: &str) -> bool {
    let letter = |it: char| it.is_ascii_lowercase();
    text.starts_with(letter)
        && text.len() <= MAX_NAME_CHARS
        && text
            .chars()
            .all(|it| letter(it) || it.is_ascii_digit() || it == '_')
}

fn is_alias(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_alphabetic())
        && text.len() <= MAX_NAME_CHARS
        && text
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || it == '_')
}

impl Registry {
    /// Checks the registry, before it is stored.
    ///
    /// # Errors
    /// When a name is malformed, reserved, or would mean two events.
    pub fn validate(&self) -> Result<(), Refusal> {
        if self.events.len() > MAX_EVENTS {
            return fail("events", "must have at most 500 events");
        }
        let mut owners = BTreeMap::new();
        for (name, schema) in &self.events {
            let field = format!("events.{}", shown(name));
            if !is_name(name) {
                return fail(field, "must be 1 to 64 of a-z, 0-9 and _, a letter first");
            }
            if RESERVED_NAMES.contains(&name.as_str()) {
                return fail(field, "must not be an event that only Tessera writes");
            }
            if schema.aliases.len() > MAX_ALIASES {
                return fail(format!("{field}.aliases"), "must have at most 20 aliases");
            }
            for (index, alias) in schema.aliases.iter().enumerate() {
                let field = format!("{field}.aliases[{index}]");
                self.validate_alias(alias, &field)?;
                if owners.insert(alias, name).is_some() {
                    return fail(field, "must not be an alias twice");
                }
            }
            for (property, schema) in &schema.properties {
                let field = format!("{field}.properties.{}", shown(property));
                if !is_name(property) {
                    return fail(field, "must be 1 to 64 of a-z, 0-9 and _, a letter first");
                }
                let of_cause = match property.as_str() {
                    MACHINE_PROPERTY => Some(PropertyType::Boolean),
                    AGENT_PROPERTY => Some(PropertyType::Text),
                    _ => None,
                };
                let is_cause = |kind| schema.kind == kind && schema.one_of.is_empty();
                if !of_cause.is_none_or(is_cause) {
                    let rule = "must be boolean for machine, and text without one_of for agent";
                    return fail(field, rule);
                }
                if !schema.one_of.is_empty() && schema.kind != PropertyType::Text {
                    return fail(
                        format!("{field}.one_of"),
                        "must be empty unless type is text",
                    );
                }
            }
        }
        Ok(())
    }

    fn validate_alias(&self, alias: &str, field: &str) -> Result<(), Refusal> {
        if !is_alias(alias) {
            let rule = "must be 1 to 64 of a-z, A-Z, 0-9 and _, a letter first";
            return fail(field, rule);
        }
        if RESERVED_NAMES.contains(&alias) {
            return fail(field, "must not be an event that only Tessera writes");
        }
        if self.events.contains_key(alias) {
            return fail(field, "must not be an event's own name");
        }
        Ok(())
    }

    /// The event's own name when `name` is an alias. A name that has the form of an event's own
    /// name is never replaced: the log may hold events under it from before it became an alias.
    pub fn canonical<'a>(&'a self, name: &'a str) -> &'a str {
        if is_name(name) {
            return name;
        }
        self.named(name).map_or(name, |(name, _)| name.as_str())
    }

    /// What a property of an event can be, as far as the registry says.
    pub(crate) fn range(&self, event: &str, property: &str) -> Option<Range> {
        let cause = Range::of_cause(property);
        if cause.is_some() {
            return cause;
        }
        let schema = self.events.get(event)?.properties.get(property)?;
        if schema.one_of.is_empty() {
            return Some(Range::Of(schema.kind));
        }
        let values = schema.one_of.iter().cloned().map(Value::from);
        Some(Range::OneOf(values.collect()))
    }

    fn named(&self, sent: &str) -> Option<(&String, &EventSchema)> {
        self.events.get_key_value(sent).or_else(|| {
            let has_alias = |schema: &EventSchema| schema.aliases.iter().any(|it| it == sent);
            self.events.iter().find(|(_, schema)| has_alias(schema))
        })
    }

    /// The type that a property of the event that a client calls `sent` must have, as far as one is known.
    pub fn property_type(&self, sent: &str, property: &str) -> Option<PropertyType> {
        let schema = self.named(sent).map(|(_, schema)| schema);
        let listed = schema.and_then(|it| it.properties.get(property));
        let is_read = [CHANNEL_PROPERTY, USER_AGENT_PROPERTY].contains(&property);
        listed
            .map(|it| it.kind)
            .or(is_read.then_some(PropertyType::Text))
    }

    /// The canonical name of the event that a client calls `sent`, and its schema when it has one.
    pub(super) fn resolve<'a>(
        &'a self,
        sent: &'a str,
    ) -> Result<(&'a str, Option<&'a EventSchema>), Refusal> {
        let (name, schema) = match self.named(sent) {
            Some((name, schema)) => (name.as_str(), Some(schema)),
            None => (sent, None),
        };
        if !is_name(name) {
            let rule = "must be 1 to 64 of a-z, 0-9 and _, a letter first, or an alias";
            return Err(refuse(reason::INVALID_NAME, "event", rule));
        }
        if [sent, name].iter().any(|it| RESERVED_NAMES.contains(it)) {
            let rule = "must not be an event that only Tessera writes";
            return Err(refuse(reason::RESERVED_NAME, "event", rule));
        }
        if self.strict && schema.is_none() && name != EXPOSED_EVENT {
            let rule = "must be an event of the registry, which is strict";
            return Err(refuse(reason::UNKNOWN_EVENT, "event", rule));
        }
        Ok((name, schema))
    }
}

impl EventSchema {
    /// Checks an event's properties against the schema.
    pub(super) fn check(&self, properties: &Properties) -> Result<(), Refusal> {
        self.properties.iter().try_for_each(|(name, schema)| {
            let field = || format!("properties.{name}");
            match properties.get(name).filter(|value| !value.is_null()) {
                Some(value) => schema.check(value, field),
                None if schema.required => {
                    let rule = "must be there for this event";
                    Err(refuse(reason::MISSING_FIELD, field(), rule))
                }
                None => Ok(()),
            }
        })
    }
}

impl PropertySchema {
    fn check(&self, value: &Value, field: impl Fn() -> String) -> Result<(), Refusal> {
        let (fits, rule) = match self.kind {
            PropertyType::Text => (value.is_string(), "must be text"),
            PropertyType::Number => (value.is_number(), "must be a number"),
            PropertyType::Integer => (value.is_i64() || value.is_u64(), "must be a whole number"),
            PropertyType::Boolean => (value.is_boolean(), "must be true or false"),
            PropertyType::List => (value.is_array(), "must be a list"),
            PropertyType::Object => (value.is_object(), "must be an object"),
        };
        if !fits {
            return Err(refuse(reason::WRONG_TYPE, field(), rule));
        }
        let listed = |text: &str| self.one_of.is_empty() || self.one_of.iter().any(|it| it == text);
        if value.as_str().is_some_and(|text| !listed(text)) {
            let rule = format!("must be one of {}", self.one_of.join(", "));
            return Err(refuse(reason::INVALID_VALUE, field(), rule));
        }
        Ok(())
    }
}

fn fail(field: impl Into<String>, rule: &'static str) -> Result<(), Refusal> {
    Err(Refusal::new(field, rule))
}
