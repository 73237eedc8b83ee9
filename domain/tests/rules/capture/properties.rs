//! What properties may hold.

use super::{refused_properties, with};
use serde_json::{Map, Value, json};
use tessera_domain::capture::{MAX_DEPTH, MAX_KEYS, MAX_PROPERTIES_BYTES, reason};

#[test]
fn key_floods_and_megabytes_are_refused() {
    let keys = |count: usize| -> Value {
        (0..count)
            .map(|it| (format!("k{it}"), json!(1)))
            .collect::<Map<_, _>>()
            .into()
    };
    assert!(with("properties", keys(MAX_KEYS)).is_ok());
    assert_eq!(
        refused_properties(keys(MAX_KEYS + 1)).0,
        reason::TOO_MANY_KEYS
    );
    let spread = json!({ "a": keys(50), "b": [keys(49)] });
    assert_eq!(refused_properties(spread).0, reason::TOO_MANY_KEYS);
    // Six bytes around, two for each 1 and comma, less the last comma.
    let ones = |count: usize| json!({ "a": vec![1; count] });
    let fitting = (MAX_PROPERTIES_BYTES - 7) / 2;
    assert_eq!(ones(fitting).to_string().len(), MAX_PROPERTIES_BYTES - 1);
    assert!(with("properties", ones(fitting)).is_ok());
    let over = refused_properties(ones(fitting + 1));
    assert_eq!(over, (reason::TOO_LARGE, "properties".to_owned()));
}

#[test]
fn nesting_is_bounded() {
    assert!(with("properties", json!({ "k": [{ "k": [{ "k": 1 }] }] })).is_ok());
    let (code, field) = refused_properties(json!({ "k": [{ "k": [{ "k": [] }] }] }));
    assert_eq!(
        (code, field.as_str()),
        (reason::TOO_DEEP, "properties.k[0].k[0].k")
    );
    for (depth, fits) in [(MAX_DEPTH, true), (MAX_DEPTH + 1, false), (100, false)] {
        let nested = (1..depth).fold(json!({}), |inner, _| json!({ "k": inner }));
        assert_eq!(with("properties", nested).is_ok(), fits);
    }
}

#[test]
fn keys_and_texts_are_bounded_and_never_cut() {
    let key = |length| json!({ ("é".repeat(length)): 1 });
    assert!(with("properties", key(128)).is_ok());
    for wrong in [key(129), key(0), json!({ "a\nb": 1 })] {
        assert_eq!(refused_properties(wrong).0, reason::INVALID_KEY);
    }
    let text = |length| json!({ "a": [{ "b": "é".repeat(length) }] });
    let taken = with("properties", text(2_000)).unwrap();
    assert_eq!(Value::Object(taken.event.properties), text(2_000));
    let (code, field) = refused_properties(text(2_001));
    assert_eq!(
        (code, field.as_str()),
        (reason::TEXT_TOO_LONG, "properties.a[0].b")
    );
}

#[test]
fn a_nul_character_is_refused_in_texts_and_keys() {
    let (code, field) = refused_properties(json!({ "a": "x\0" }));
    assert_eq!(
        (code, field.as_str()),
        (reason::NUL_CHARACTER, "properties.a")
    );
    assert_eq!(
        refused_properties(json!({ "a\0": 1 })).0,
        reason::NUL_CHARACTER
    );
}

#[test]
fn a_number_that_would_become_another_is_refused() {
    let number = |text: &str| {
        let properties: Value = serde_json::from_str(&format!("{{\"a\":{text}}}")).unwrap();
        with("properties", properties)
    };
    for text in [
        "18446744073709551616",
        "-9223372036854775809",
        "1e300",
        "-9.3e18",
    ] {
        let refusal = number(text).unwrap_err().refusal;
        assert_eq!(refusal.code, reason::NUMBER_OUT_OF_RANGE, "{text}");
    }
    for text in [
        "18446744073709551615",
        "-9223372036854775808",
        "1.5",
        "1e-300",
        "-0.0",
    ] {
        let taken = number(text).unwrap();
        assert_eq!(taken.event.properties["a"].to_string(), text);
    }
}

#[test]
fn personal_data_has_no_place_in_properties() {
    for key in [
        "email",
        "E-Mail",
        "firstName",
        "last_name",
        "phone",
        "IP",
        "ip_address",
        "wallet",
        "ssn",
    ] {
        let (code, field) = refused_properties(json!({ "a": [{ (key): "x" }] }));
        assert_eq!(
            (code, field),
            (reason::PERSONAL_DATA, format!("properties.a[0].{key}"))
        );
    }
    let (code, field) = refused_properties(json!({ "ada@example.com": 1 }));
    assert_eq!(
        (code, field.as_str()),
        (reason::PERSONAL_DATA, "properties")
    );
    for text in [
        "ada@example.com",
        "https://example.com/?m=ada%40example.com",
    ] {
        let (code, field) = refused_properties(json!({ "path": text }));
        assert_eq!(
            (code, field.as_str()),
            (reason::PERSONAL_DATA, "properties.path")
        );
    }
    for (key, text) in [
        ("name", "sign_up"),
        ("wallet_type", "ledger"),
        ("path", "/@ada/"),
    ] {
        assert!(with("properties", json!({ (key): text })).is_ok());
    }
}

#[test]
fn a_refusal_never_repeats_personal_data() {
    for properties in [
        json!({ "ada@example.com": 1 }),
        json!({ "path": "ada@example.com" }),
        json!({ "a": { "b ada@example.com": {} } }),
    ] {
        let refusal = with("properties", properties).unwrap_err().refusal;
        assert!(!serde_json::to_string(&refusal).unwrap().contains("ada"));
    }
}
