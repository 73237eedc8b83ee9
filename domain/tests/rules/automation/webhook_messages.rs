//! What webhooks say: the catalogue's promises.

use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tessera_domain::{
    automation::{
        referral::State,
        webhook::{CATALOGUE, EventType, Occurred},
    },
    capture::RESERVED_NAMES,
    event::Properties,
    time::Timestamp,
};
use uuid::Uuid;

fn message(kind: &EventType, properties: &Value) -> Value {
    let properties = properties.as_object().cloned().unwrap_or_default();
    kind.message(Occurred {
        id: Uuid::nil(),
        person: None,
        at: Timestamp::from_secs(0),
        properties: &properties,
    })
}

/// Any page could send an event of another name.
#[test]
fn only_events_that_tessera_alone_writes_are_reported() {
    for kind in &CATALOGUE {
        if let Some(event) = kind.event {
            assert!(RESERVED_NAMES.contains(&event), "{event}");
        }
    }
}

#[test]
fn every_state_that_a_referral_comes_into_is_reported() {
    for event in State::ALL.into_iter().filter_map(State::event) {
        assert!(EventType::of_event(event).is_some(), "{event}");
    }
}

#[test]
fn what_the_catalogue_does_not_list_is_not_said() {
    let charged = EventType::named("subscription.charged").expect("listed");
    let said = message(
        charged,
        &json!({ "code": "ANNA", "email": "ada@example.com" }),
    );
    assert!(!said.to_string().contains("ANNA"));
    assert!(!said.to_string().contains("ada"));
    assert_eq!(said["data"]["plan"], Value::Null);
}

#[test]
fn each_kind_has_a_name_of_its_own_and_an_example_of_every_field() {
    let names: BTreeSet<&str> = CATALOGUE.iter().map(|kind| kind.name).collect();
    assert_eq!(names.len(), CATALOGUE.len());
    let events: Vec<&str> = CATALOGUE.iter().filter_map(|kind| kind.event).collect();
    assert_eq!(
        events.len(),
        events.iter().collect::<BTreeSet<_>>().len(),
        "an event is reported once"
    );
    for kind in &CATALOGUE {
        let example = kind.example();
        assert_eq!(example["type"], kind.name);
        assert_eq!(example["timestamp"], "2026-01-01T00:00:00Z");
        let data = example["data"].as_object().expect("an object");
        assert!(!data.values().any(Value::is_null), "{example}");
    }
}

proptest! {
    /// A double, which is what many receivers read numbers into, holds 53 bits.
    #[test]
    fn no_whole_number_of_64_bits_is_a_json_number(wide in u64::from(u32::MAX) + 1..) {
        let mut properties = Properties::new();
        for kind in &CATALOGUE {
            let example = kind.example();
            for (name, value) in example["data"].as_object().expect("an object") {
                if value.as_str().is_some_and(|it| it.bytes().all(|digit| digit.is_ascii_digit())) {
                    properties.insert(name.clone(), json!(wide));
                }
            }
            let said = message(kind, &Value::Object(properties.clone()));
            for value in said["data"].as_object().expect("an object").values() {
                prop_assert!(value.as_u64().is_none_or(|it| it <= u64::from(u32::MAX)), "{}", said);
            }
        }
    }
}
