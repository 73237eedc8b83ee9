//! The catalogue: which events an endpoint can subscribe to, and what a message says of them. A message
//! is thin and names no personal data: people, wallets and accounts are known by the event log's ids and
//! pseudonyms, and the API has the rest. Whole numbers that may need 64 bits are decimal strings.

mod catalogue;

pub use catalogue::{CATALOGUE, DEAL_MOVED, EXPERIMENT_DECIDED, LEAD_ASSIGNED, TASK_ESCALATED};

use crate::{event::Properties, time::Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// A kind of message.
#[derive(Debug, Clone, Copy)]
pub struct EventType {
    /// Its name, in parts from the general to the special.
    pub name: &'static str,
    /// The event log's name of what it reports; none for what the log does not have.
    pub event: Option<&'static str>,
    /// What it reports, for the catalogue.
    pub description: &'static str,
    /// Whether it is about a person, and its messages name the person.
    is_personal: bool,
    /// What its messages say beside the event's id and its person.
    fields: &'static [Field],
}

/// A field of a message, and an example of its value.
#[derive(Debug, Clone, Copy)]
struct Field {
    name: &'static str,
    kind: Kind,
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// A text.
    Text(&'static str),
    /// A number of up to 32 bits.
    Number(u32),
    /// A whole number of up to 64 bits, as decimal text.
    Wide(&'static str),
    /// Yes or no.
    Flag(bool),
}

/// Something that happened and is reported.
#[derive(Debug, Clone, Copy)]
pub struct Occurred<'a> {
    /// The event's id.
    pub id: Uuid,
    /// The person that it is about; none when its kind is about nobody.
    pub person: Option<Uuid>,
    /// When it happened.
    pub at: Timestamp,
    /// What else is known of it; what the message does not say is left out.
    pub properties: &'a Properties,
}

impl EventType {
    /// The kind of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        CATALOGUE.iter().find(|it| it.name == name)
    }

    /// The kind that reports events which the log knows by this name.
    pub fn of_event(event: &str) -> Option<&'static Self> {
        CATALOGUE.iter().find(|it| it.event == Some(event))
    }

    /// The message about something that happened. What is not known is null.
    pub fn message(&self, occurred: Occurred<'_>) -> Value {
        let fields = self.fields.iter().map(|field| {
            let value = occurred.properties.get(field.name);
            let value = value.cloned().unwrap_or_default();
            (field.name.to_owned(), field.kind.shown(value))
        });
        let event = ("event".to_owned(), json!(occurred.id));
        let person = ("person".to_owned(), json!(occurred.person));
        let person = self.is_personal.then_some(person);
        let head = [event].into_iter().chain(person);
        let data: Map<String, Value> = head.chain(fields).collect();
        json!({ "type": self.name, "timestamp": occurred.at, "data": data })
    }

    /// An example of its messages.
    pub fn example(&self) -> Value {
        let fields = self.fields.iter();
        let properties = fields.map(|it| (it.name.to_owned(), it.kind.example()));
        let id = |last: u128| Uuid::from_u128(0x0197_b5a2_4d6e_7c3a_9f10_2b8c_6d4e_0000 | last);
        self.message(Occurred {
            id: id(0x5f60),
            person: Some(id(0x5f61)),
            at: Timestamp::from_secs(1_767_225_600),
            properties: &properties.collect(),
        })
    }
}

impl Kind {
    fn shown(self, value: Value) -> Value {
        match (self, value) {
            (Self::Wide(_), Value::Number(number)) => number.to_string().into(),
            (_, value) => value,
        }
    }

    fn example(self) -> Value {
        match self {
            Self::Text(text) | Self::Wide(text) => text.into(),
            Self::Number(number) => number.into(),
            Self::Flag(flag) => flag.into(),
        }
    }
}
