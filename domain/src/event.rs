//! Events: what happened to a person, in the form that all rules read.
//!
//! A person's events form a set: rules order them by [`Event::order`] themselves, so that the order
//! of arrival never matters.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Names and values that an event carries.
pub type Properties = Map<String, Value>;

/// Name of the event by which `identify` states traits.
pub const IDENTIFIED_EVENT: &str = "identified";
/// Property with the channel that brought the person, in whatever spelling.
pub const CHANNEL_PROPERTY: &str = "channel";
/// Property that marks events caused by a machine, such as a mail scanner that opens every message:
/// `true` on those; absent, null or `false` on a person's.
pub const MACHINE_PROPERTY: &str = "machine";
/// Property that says what caused an event: `human`, `machine` or `unknown`.
pub const AGENT_PROPERTY: &str = "agent";

/// What caused an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agent {
    /// A person.
    Human,
    /// A program by itself: a bot, a link preview, a scanner.
    Machine,
    /// A program that may have acted for a person, such as a mail provider's image proxy.
    Unknown,
}

impl Agent {
    /// The agent's name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Machine => "machine",
            Self::Unknown => "unknown",
        }
    }

    /// What the properties of an event say.
    pub fn of(properties: &Properties) -> Self {
        let agent = properties.get(AGENT_PROPERTY).and_then(Value::as_str);
        if properties.get(MACHINE_PROPERTY) == Some(&Value::Bool(true))
            || agent == Some(Self::Machine.as_str())
        {
            Self::Machine
        } else if agent == Some(Self::Unknown.as_str()) {
            Self::Unknown
        } else {
            Self::Human
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Unique within an organisation.
    pub id: Uuid,
    /// What happened, in `snake_case`: `pricing_page_visited`.
    pub name: String,
    /// When it happened.
    pub at: Timestamp,
    /// Details by name, such as `plan` or `url`.
    #[serde(default)]
    pub properties: Properties,
}

impl Event {
    /// The key by which a person's events are ordered: time, then id, so that equal times have one
    /// order.
    pub fn order(&self) -> (Timestamp, Uuid) {
        (self.at, self.id)
    }
}
