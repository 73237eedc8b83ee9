//! What runs do to people, together for a page.

use crate::{
    Result,
    capture::{Occurred, occur},
    projection::project,
};
use serde_json::{Value, json};
use tessera_domain::{
    automation::journey::{Effect, REACHED_EVENT},
    event::{IDENTIFIED_EVENT, Properties},
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, PgConnection,
    automation::journey_run::RunRow,
    people::person::{self, Stated},
    rules::Rules,
};
use uuid::Uuid;

/// What is to be done.
#[derive(Debug, Default)]
pub(super) struct Acts {
    /// Events to record.
    events: Vec<Occurred>,
    /// Traits to state.
    traits: Vec<(Uuid, Properties)>,
}

impl Acts {
    pub(super) fn note(&mut self, run: &RunRow, effects: Vec<(String, Effect)>) {
        for (node, effect) in effects {
            match effect {
                Effect::Announce(name) => {
                    let own = [
                        ("journey", json!(run.journey)),
                        ("version", json!(run.version)),
                        ("node", json!(node)),
                        ("name", json!(name)),
                    ];
                    let own = own.map(|(name, value)| (name.to_owned(), value));
                    self.events.push(Occurred {
                        person: run.person,
                        name: REACHED_EVENT,
                        properties: own.into_iter().collect(),
                    });
                }
                Effect::Update(traits) => {
                    self.events.push(Occurred {
                        person: run.person,
                        name: IDENTIFIED_EVENT,
                        properties: traits.clone(),
                    });
                    self.traits.push((run.person, traits));
                }
            }
        }
    }

    /// Does it. The people are locked.
    pub(super) async fn perform(
        self,
        conn: &mut PgConnection,
        organisation: OrganisationId,
        rules: &Rules,
        now: Timestamp,
    ) -> Result<()> {
        for (person, traits) in self.traits {
            let stated = Stated {
                public: &Value::Object(traits),
                sealed: None,
                data_key: None,
                personal: &[],
                at: now.0,
            };
            person::set_traits(conn, person, stated).await?;
        }
        if self.events.is_empty() {
            return Ok(());
        }
        let touched = occur(conn, organisation, self.events, now).await?;
        project(conn, organisation, rules, &touched, now).await
    }
}
