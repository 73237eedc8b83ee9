//! Journeys: which are refused, how runs go, what a rehearsal says.

mod definitions;
mod holdouts;
mod rehearsals;
mod runs;

use serde_json::{Value, json};
use tessera_domain::{
    automation::{
        journey::{Journey, Walk, World, run_id},
        local_time::Zone,
    },
    capture::{Acts, Registry},
    event::Event,
    time::Timestamp,
};
use uuid::Uuid;

/// The moment that these tests begin at: a Tuesday, 12:00 of universal time.
const NOON: i64 = 1_796_126_400;

fn noon() -> Timestamp {
    Timestamp::from_secs(NOON)
}

fn journey(definition: Value) -> Journey {
    let read: Result<Journey, _> = serde_json::from_value(definition);
    let journey = read.expect("a journey");
    journey.validate().expect("a valid journey");
    journey
}

/// Greets who has signed up, and reminds those who have not paid three days later.
fn nurturing() -> Value {
    json!({
        "entry": { "event": { "event": "signed_up" } },
        "goal": { "event": "charged" },
        "start": "greet",
        "nodes": {
            "greet": { "announce": { "name": "welcome", "next": "wait" } },
            "wait": { "wait_for": { "event": { "event": "plan_viewed" }, "timeout_secs": 259_200,
                                    "then": "offer", "otherwise": "remind" } },
            "offer": { "announce": { "name": "offer", "next": "end" } },
            "remind": { "announce": { "name": "reminder", "next": "end" } },
            "end": { "exit": {} },
        },
    })
}

fn event(name: &str, at: Timestamp, properties: Value) -> Event {
    let Value::Object(properties) = properties else {
        panic!("properties are an object");
    };
    let id = Uuid::from_u128(u128::try_from(at.0).expect("a moment after 1970"));
    Event {
        id,
        name: name.to_owned(),
        at,
        properties,
    }
}

/// Somebody in Berlin, of whom nothing is known but what a test says.
struct Person {
    id: Uuid,
    zone: Zone,
    acts: Acts,
    history: Vec<Event>,
}

impl Person {
    fn new(number: u128) -> Self {
        Self {
            id: Uuid::from_u128(number),
            zone: "Europe/Berlin".parse().expect("a zone"),
            acts: Acts::of(&Registry::default()),
            history: Vec::new(),
        }
    }

    fn world(&self) -> World<'_> {
        World {
            run: run_id("test", self.id, ""),
            history: &self.history,
            zone: &self.zone,
            acts: &self.acts,
            model: None,
        }
    }
}

fn arrived(walk: &Walk) -> Vec<&str> {
    walk.arrived.iter().map(String::as_str).collect()
}
