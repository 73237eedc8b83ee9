//! Which events are a person's own acts. Whoever is sent an e-mail, charged by a keeper or put into a
//! segment has not done anything, so none of that makes them active.

use super::{registry::Registry, seed::NO_ACTS};
use crate::event::{Agent, Event};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which events of an organisation are people's own acts: all but those named here, and none that a
/// machine caused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Acts {
    others: BTreeSet<String>,
}

impl Acts {
    /// As the registry says; of events that it does not mention, or without a word on this, as the
    /// seed says.
    pub fn of(registry: &Registry) -> Self {
        let stated = |name: &str| registry.events.get(name).and_then(|it| it.own_act);
        let seeded = NO_ACTS.into_iter().filter(|name| stated(name).is_none());
        let registered = registry
            .events
            .keys()
            .filter(|name| stated(name) == Some(false));
        Self {
            others: seeded
                .map(str::to_owned)
                .chain(registered.cloned())
                .collect(),
        }
    }

    /// Whether an event is its person's own act.
    pub fn is_act(&self, event: &Event) -> bool {
        Agent::of(&event.properties) == Agent::Human && !self.others.contains(&event.name)
    }

    /// The names of events that are no acts.
    pub fn others(&self) -> Vec<String> {
        self.others.iter().cloned().collect()
    }
}

impl Default for Acts {
    fn default() -> Self {
        Self::of(&Registry::default())
    }
}
