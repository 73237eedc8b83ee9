//! Captured events: the abuse that must be refused, item by item, and that nothing breaks it.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod agents;
mod cells;
mod clocks;
mod properties;
mod registry;
mod traits;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tessera_domain::capture::{
    Captured, KeptMonths, MAX_AGE_SECS, MAX_AHEAD_SECS, MAX_ITEM_BYTES, MAX_SKEW_SECS, Rejected,
    Window, accept, body_hash, forget_on, message_key, reason, seed_registry,
};
use tessera_domain::time::{MICROS_PER_SEC, Timestamp};

const NOW: Timestamp = Timestamp(1_769_860_800 * MICROS_PER_SEC);

fn window() -> Window {
    Window::live(NOW, None)
}

fn take(text: &str) -> Result<Captured, Rejected> {
    accept(text, &seed_registry(), window())
}

fn item() -> Map<String, Value> {
    let item = json!({ "message_id": "m-1", "event": "page_viewed", "anonymous_id": "a-1" });
    item.as_object().unwrap().clone()
}

fn with(name: &str, value: impl Into<Value>) -> Result<Captured, Rejected> {
    let mut item = item();
    item.insert(name.to_owned(), value.into());
    take(&Value::Object(item).to_string())
}

/// Why an item with this field is refused: code and field.
fn refused(name: &str, value: impl Into<Value>) -> (&'static str, String) {
    let refusal = with(name, value).unwrap_err().refusal;
    (refusal.code, refusal.field)
}

fn refused_properties(properties: Value) -> (&'static str, String) {
    refused("properties", properties)
}

#[test]
fn what_is_no_json_object_is_refused() {
    for text in [
        "",
        "{",
        "{}x",
        "NaN",
        "\0",
        "{\"message_id\":NaN}",
        "{\"message_id\":Infinity}",
        "{'message_id':1}",
        "{\"message_id\":\"a\0b\"}",
    ] {
        assert_eq!(
            take(text).unwrap_err().refusal.code,
            reason::MALFORMED_JSON,
            "{text}"
        );
    }
    for text in ["null", "[]", "1", "\"a\""] {
        assert_eq!(
            take(text).unwrap_err().refusal.code,
            reason::WRONG_TYPE,
            "{text}"
        );
    }
}

#[test]
fn a_lone_surrogate_an_overflowing_number_and_a_depth_bomb_fail_alone() {
    let valid = Value::Object(item()).to_string();
    let property =
        |value: &str| valid.replacen('{', &format!("{{\"properties\":{{\"a\":{value}}},"), 1);
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for bad in [
        property("\"\\ud800\""),
        property("\"\\udc00\\ud800\""),
        property("1e999"),
        property("-1e999"),
        property(&nested(1_000)),
        property(&nested(20_000)),
    ] {
        let taken = [&valid, &bad, &valid].map(|item| take(item));
        assert!(taken[0].is_ok() && taken[2].is_ok());
        assert_eq!(
            taken[1].as_ref().unwrap_err().refusal.code,
            reason::MALFORMED_JSON
        );
    }
    assert!(take(&property("\"\\ud83e\\udd80\"")).is_ok());
}

#[test]
fn a_huge_item_is_not_even_parsed() {
    let refusal = take(&" ".repeat(MAX_ITEM_BYTES + 1)).unwrap_err().refusal;
    assert_eq!(refusal.code, reason::TOO_LARGE);
    assert_eq!(refusal.field, "item");
}

#[test]
fn a_message_id_has_1_to_64_printable_ascii_characters() {
    for id in ["", "a\nb", "a\0", "é", "\u{7f}", &"a".repeat(65)] {
        let rejected = with("message_id", id).unwrap_err();
        assert_eq!(rejected.refusal.code, reason::INVALID_VALUE);
        assert_eq!(rejected.message_id, None);
    }
    let mail = refused("message_id", "open:ada@example.com");
    assert_eq!(mail.0, reason::PERSONAL_DATA);
    assert_eq!(refused("message_id", 1).0, reason::WRONG_TYPE);
    assert_eq!(refused("message_id", Value::Null).0, reason::MISSING_FIELD);
    let id = "~".repeat(64);
    assert_eq!(with("message_id", id.as_str()).unwrap().message_id, id);
}

#[test]
fn a_refusal_names_its_message() {
    let rejected = with("event", "charged").unwrap_err();
    assert_eq!(rejected.message_id.as_deref(), Some("m-1"));
    assert_eq!(
        serde_json::to_value(&rejected.refusal).unwrap(),
        json!({
            "code": "reserved_name",
            "field": "event",
            "rule": "must not be an event that only Tessera writes",
        })
    );
}

#[test]
fn unknown_fields_are_refused_by_name() {
    for name in ["email", "wallet", "userId", "sentAt", ""] {
        let (code, field) = refused(name, "x");
        assert_eq!((code, field.as_str()), (reason::UNKNOWN_FIELD, name));
    }
    let (code, field) = refused("context", json!({ "ip": "10.0.0.1" }));
    assert_eq!(
        (code, field.as_str()),
        (reason::UNKNOWN_FIELD, "context.ip")
    );
}

#[test]
fn a_refusal_can_be_stored_and_shown_whatever_the_item() {
    let key = format!("\0\n{}", "x".repeat(5_000));
    let (_, field) = refused(&key, 1);
    assert_eq!(field, format!("\u{fffd}\u{fffd}{}…", "x".repeat(62)));
    let (code, field) = refused_properties(json!({ "a": { (key): 1 } }));
    assert_eq!(
        (code, field.as_str()),
        (reason::NUL_CHARACTER, "properties.a")
    );
}

#[test]
fn a_null_is_as_good_as_an_absent_field() {
    for name in ["timestamp", "user_id", "properties", "context"] {
        let taken = with(name, Value::Null).unwrap();
        assert_eq!(taken.event.at, NOW);
        assert_eq!(taken.user, None);
    }
    let nobody = refused("anonymous_id", Value::Null);
    assert_eq!(
        nobody,
        (reason::MISSING_IDENTITY, "anonymous_id".to_owned())
    );
}

#[test]
fn nobody_and_other_peoples_addresses_are_no_ids() {
    for name in ["anonymous_id", "user_id"] {
        assert_eq!(refused(name, "undefined").0, reason::RESERVED_IDENTIFIER);
        assert_eq!(refused(name, "").0, reason::INVALID_IDENTIFIER);
        assert_eq!(refused(name, "a\0").0, reason::INVALID_IDENTIFIER);
        assert_eq!(refused(name, 7).0, reason::WRONG_TYPE);
        let mail = refused(name, "victim@example.com");
        assert_eq!(mail, (reason::PERSONAL_DATA, name.to_owned()));
    }
}

#[test]
fn ancient_and_future_moments_are_refused() {
    let at = |secs| with("timestamp", NOW.plus_secs(secs).to_string());
    let code = |secs| at(secs).unwrap_err().refusal.code;
    assert_eq!(code(-MAX_AGE_SECS - 1), reason::TOO_LATE);
    assert_eq!(code(MAX_AHEAD_SECS + 1), reason::FUTURE);
    for secs in [-MAX_AGE_SECS, MAX_AHEAD_SECS] {
        assert_eq!(at(secs).unwrap().event.at, NOW.plus_secs(secs));
    }
    assert_eq!(
        refused("timestamp", "0001-01-01T00:00:00Z").0,
        reason::TOO_LATE
    );
    assert_eq!(
        refused("timestamp", "9999-12-31T23:59:59Z").0,
        reason::FUTURE
    );
    for text in [
        "",
        "now",
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-02-30T12:00:00Z",
        "NaN",
    ] {
        assert_eq!(refused("timestamp", text).0, reason::INVALID_VALUE);
    }
    assert_eq!(refused("timestamp", 1_769_860_800).0, reason::INVALID_VALUE);
}

#[test]
fn consent_is_yes_no_or_unsaid() {
    let consent = |context: Value| with("context", context).map(|it| it.consent);
    assert_eq!(consent(json!({ "consent": false })), Ok(Some(false)));
    assert_eq!(consent(json!({ "consent": null })), Ok(None));
    assert_eq!(consent(json!({})), Ok(None));
    for wrong in [
        json!({ "consent": "false" }),
        json!({ "consent": 0 }),
        json!([]),
    ] {
        assert_eq!(refused("context", wrong).0, reason::WRONG_TYPE);
    }
}

#[test]
fn a_reused_message_id_with_another_body_is_detectable() {
    let first =
        take(r#"{"message_id":"m","event":"a","user_id":"u","properties":{"x":1,"y":[{}]}}"#);
    let retry =
        take(r#" {"properties":{"y":[{}],"x":1},"user_id":"u","event":"a","message_id":"m"}"#);
    let other =
        take(r#"{"message_id":"m","event":"a","user_id":"u","properties":{"x":2,"y":[{}]}}"#);
    let [first, retry, other] = [first, retry, other].map(Result::unwrap);
    assert_eq!(first, retry);
    assert_eq!(first.event.id, other.event.id);
    assert_ne!(first.body_hash, other.body_hash);
}

#[test]
fn a_retry_that_arrives_later_is_the_same_message() {
    let text = Value::Object(item()).to_string();
    let later = Window {
        received_at: NOW.plus_secs(60),
        ..window()
    };
    let [first, retry] = [window(), later].map(|it| accept(&text, &seed_registry(), it).unwrap());
    assert_eq!(first.event.id, retry.event.id);
    assert_eq!(first.body_hash, retry.body_hash);
}

#[derive(Deserialize)]
struct Fixture {
    bodies: Vec<Body>,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Body {
    item: Value,
    hash: String,
}

#[derive(Deserialize)]
struct Message {
    id: String,
    sha256: String,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

#[test]
fn hashes_and_ids_are_those_of_another_implementation() {
    let text = include_str!("../../../tests/oracles/fixtures/identity.json");
    let fixture: Fixture = serde_json::from_str(text).unwrap();
    for Body { item, hash } in fixture.bodies {
        assert_eq!(hex(&body_hash(&item)), hash);
    }
    for Message { id, sha256 } in fixture.messages {
        // All but the four bits of the version and the two of the variant.
        let found = hex(message_key(&id).as_bytes());
        assert_eq!(
            (&found[..12], &found[13..16]),
            (&sha256[..12], &sha256[13..16])
        );
        assert_eq!(found[17..], sha256[17..32]);
        assert_eq!(message_key(&id).get_version_num(), 8);
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Eighths: the parser may miss other fractions by the last bit.
        any::<i32>().prop_map(|it| Value::from(f64::from(it) / 8.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|entries| entries.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

/// The same value with the entries of every object put in the other way round.
fn reversed(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let entries = object.iter().rev();
            let entries = entries.map(|(key, value)| format!("{}:{}", json!(key), reversed(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(" , "))
        }
        Value::Array(list) => {
            let values: Vec<_> = list.iter().map(reversed).collect();
            format!("[{}]", values.join(", "))
        }
        scalar => scalar.to_string(),
    }
}

proptest! {
    #[test]
    fn any_text_is_taken_or_refused(text in any::<String>()) {
        prop_assert!(take(&text).is_err());
    }

    #[test]
    fn any_properties_are_taken_as_they_are_or_refused(properties in any_json()) {
        let sent: Value = serde_json::from_str(&properties.to_string()).unwrap();
        match with("properties", properties) {
            Ok(taken) if sent.is_null() => prop_assert!(taken.event.properties.is_empty()),
            Ok(taken) => prop_assert_eq!(Value::Object(taken.event.properties), sent),
            Err(rejected) => {
                let shown = serde_json::to_string(&rejected.refusal).unwrap();
                prop_assert!(!shown.contains("\\u00"), "{shown}");
                prop_assert!(rejected.refusal.field.starts_with("properties"));
            }
        }
    }

    #[test]
    fn the_order_of_keys_makes_no_difference_to_a_body(item in any_json()) {
        let item: Value = serde_json::from_str(&item.to_string()).unwrap();
        let other: Value = serde_json::from_str(&reversed(&item)).unwrap();
        prop_assert_eq!(body_hash(&item), body_hash(&other));
    }

    #[test]
    fn bodies_that_differ_have_different_hashes(a in any_json(), b in any_json()) {
        prop_assert_eq!(body_hash(&a) == body_hash(&b), a == b);
    }
}

#[test]
fn fewer_than_four_months_are_not_kept() {
    for months in [0, 3, 1_201, u64::MAX] {
        let refused = KeptMonths::try_from(months).unwrap_err();
        assert_eq!(refused.rule, "must be from 4 to 1200");
    }
}

#[test]
fn a_log_begins_with_a_month() {
    let horizon = |months: u64, now: &str| {
        let now = serde_json::from_value(json!(now)).unwrap();
        KeptMonths::try_from(months)
            .unwrap()
            .horizon(now)
            .to_string()
    };
    assert_eq!(horizon(4, "2026-05-01T00:00:00Z"), "2026-01-01T00:00:00Z");
    assert_eq!(horizon(5, "2026-05-31T23:59:59Z"), "2025-12-01T00:00:00Z");
    assert_eq!(horizon(12, "2024-02-29T12:00:00Z"), "2023-02-01T00:00:00Z");
    assert_eq!(
        horizon(1_200, "2026-11-29T12:00:00Z"),
        "1926-11-01T00:00:00Z"
    );
}

proptest! {
    #[test]
    fn what_is_accepted_is_within_the_months_that_are_kept(
        months in KeptMonths::MIN..=KeptMonths::MAX, secs in 0_i64..8_000_000_000,
    ) {
        let now = Timestamp::from_secs(secs);
        let horizon = KeptMonths::try_from(months).unwrap().horizon(now);
        prop_assert!(horizon < now.plus_secs(-MAX_AGE_SECS - 86_400));
    }

    #[test]
    fn a_key_is_kept_for_as_long_as_its_message_is_accepted(
        received in 0_i64..8_000_000_000, age in -MAX_AHEAD_SECS..=MAX_AGE_SECS,
    ) {
        let received = Timestamp::from_secs(received);
        let moment = received.plus_secs(-age);
        // The last moment at which a message of that moment is accepted: one that was corrected to the
        // past, and is corrected to the future.
        let last = moment.plus_secs(2 * MAX_SKEW_SECS + MAX_AGE_SECS);
        prop_assert!(last.day() < forget_on(received));
        prop_assert!(forget_on(received) <= received.day() + 95);
    }
}
