//! What runs do to people, together for a page.

use crate::{
    Engine, Result,
    automation::messages::{NewIntent, intend},
    caller::ENGINE,
    capture::{Occurred, occur},
    leads::tasks::{self, NewTask},
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
    /// Messages to send.
    messages: Vec<Message>,
    /// Tasks to create.
    tasks: Vec<NewTask>,
}

#[derive(Debug)]
struct Message {
    run: Uuid,
    person: Uuid,
    template: String,
    cause: String,
    context: Value,
}

impl Acts {
    pub(super) fn note(&mut self, run: &RunRow, effects: Vec<(String, Effect)>, at: Timestamp) {
        for (node, effect) in effects {
            // Nobody comes by a node twice, so it causes one message, or one task.
            let cause = format!("journey:{}:{node}", run.id);
            match effect {
                Effect::Message(template) => self.messages.push(Message {
                    run: run.id,
                    person: run.person,
                    template,
                    cause,
                    context: context(&run.cause),
                }),
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
                Effect::Task { kind, title } => self.tasks.push(NewTask {
                    person: run.person,
                    kind,
                    title,
                    owner: None,
                    cause: Some(cause),
                    created_by: ENGINE.to_owned(),
                    at,
                }),
            }
        }
    }

    /// Does it. The people are locked.
    pub(super) async fn perform(
        self,
        engine: &Engine,
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
        for message in self.messages {
            let new = NewIntent {
                person: message.person,
                template: &message.template,
                cause: &message.cause,
                run: Some(message.run),
                context: message.context,
                due_at: now,
            };
            intend(engine, conn, organisation, &new).await?;
        }
        for task in &self.tasks {
            tasks::create(conn, organisation, task).await?;
        }
        if self.events.is_empty() {
            return Ok(());
        }
        let touched = occur(conn, organisation, self.events, now).await?;
        project(conn, organisation, rules, &touched, now).await
    }
}

/// What a message can name of what began the run: the properties of an event, or what the clock went by.
fn context(cause: &Value) -> Value {
    let properties = cause.get("properties").unwrap_or(cause);
    properties.as_object().cloned().unwrap_or_default().into()
}
