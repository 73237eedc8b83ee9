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
