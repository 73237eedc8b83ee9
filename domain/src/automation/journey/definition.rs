//! A journey as it is stored.

use super::walk::{Heard, Place};
use super::{entry::Entry, holdout::Holdout, node::Node};
use crate::{capture::Registry, event::Event, filter::EventFilter, refusal::Refusal};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Most nodes of a journey.
pub const MAX_NODES: usize = 100;

/// A journey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    /// Who enters, and when.
    pub entry: Entry,
    /// What a run is about: each enters once.
    #[serde(default)]
    pub key: RunKey,
    /// Who enters and is left alone, to compare the others with; required where subscribers enter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout: Option<Holdout>,
    /// What the journey is for: those of whom it happens leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<EventFilter>,
    /// The name of the first node.
    pub start: String,
    /// The nodes, by name.
    pub nodes: BTreeMap<String, Node>,
}

/// What a run is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKey {
    /// The person, who enters once.
    #[default]
    Person,
    /// A property of the event: the person enters once for each of its values, such as each subscription.
    Property(String),
    /// The event: the person enters with each.
    Event,
}

impl Journey {
    /// What the run is about that an event begins; none when the event lacks it.
    pub fn key_of(&self, event: &Event) -> Option<String> {
        match &self.key {
            RunKey::Person => Some(String::new()),
            RunKey::Event => Some(event.id.to_string()),
            RunKey::Property(name) => match event.properties.get(name)? {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            },
        }
    }

    /// Replaces aliases of `registry` by the events' own names.
    ///
    /// # Errors
    /// The first name that no event can have.
    pub fn canonicalise(&mut self, registry: &Registry) -> Result<(), Refusal> {
        let named = self.entry.canonicalise(registry);
        named.map_err(|it| it.within("entry"))?;
        if let Some(goal) = &mut self.goal {
            goal.canonicalise(registry)
                .map_err(|it| it.within("goal"))?;
        }
        for (name, node) in &mut self.nodes {
            let named = node.canonicalise(registry);
            named.map_err(|it| it.within(&format!("nodes.{name}")))?;
        }
        Ok(())
    }

    /// The names of events that those who are under way may wait for.
    pub fn awaited(&self) -> impl Iterator<Item = &str> {
        let waits = self.nodes.values().filter_map(Node::awaited);
        waits.chain(&self.goal).map(|it| it.event.as_str())
    }

    /// Whether a step looks at what the person has done.
    pub fn asks_for_history(&self) -> bool {
        let mut nodes = self.nodes.values();
        nodes.any(|it| matches!(it, Node::Branch { .. } | Node::Experiment { .. }))
    }

    /// What a run at a place hears in an event; none when that is nothing that it waits for.
    pub fn hears(&self, place: &Place, event: &Event) -> Option<Heard> {
        if self.goal.as_ref().is_some_and(|it| it.matches(event)) {
            return Some(Heard::Goal);
        }
        let awaited = self.nodes.get(&place.node).and_then(Node::awaited);
        awaited
            .is_some_and(|it| it.matches(event))
            .then_some(Heard::Awaited)
    }
}

/// The id of the run of a person in the journey of this name that is about `key`: the same each time, so that
/// nobody enters twice.
pub fn run_id(journey: &str, person: Uuid, key: &str) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(person.as_bytes());
    // No name of a journey has such a byte.
    for part in [journey, key] {
        hash.update([0]);
        hash.update(part.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
