//! What `identify` may say of a person.

use serde_json::{Value, json};
use tessera_domain::capture::{reason, split_traits};

#[test]
fn traits_are_parted_into_public_and_personal() {
    let traits = split_traits(&json!({
        "segment": "mining_farm",
        "company_size": 250,
        "country": "ch",
        "intent": "api_access",
        "role": "head_of_trading",
        "channel": "organic",
        "industry": null,
        "email": " Ada@Example.com",
        "name": "Ada Lovelace",
        "company": "Analytical Engines",
        "phone": "+41 44 000 00 00",
    }))
    .unwrap();
    assert_eq!(
        Value::Object(traits.public),
        json!({
            "segment": "mining_farm",
            "company_size": 250,
            "country": "CH",
            "intent": "api_access",
            "role": "head_of_trading",
            "channel": "organic",
        })
    );
    assert_eq!(
        Value::Object(traits.personal),
        json!({
            "email": "ada@example.com",
            "name": "Ada Lovelace",
            "company": "Analytical Engines",
            "phone": "+41 44 000 00 00",
        })
    );
}

#[test]
fn traits_that_could_carry_a_name_in_the_clear_are_refused() {
    for (name, value, code) in [
        ("segment", json!("whale"), reason::INVALID_VALUE),
        ("segment", json!(1), reason::WRONG_TYPE),
        ("intent", json!("fun"), reason::INVALID_VALUE),
        ("role", json!("Ada Lovelace"), reason::INVALID_VALUE),
        ("role", json!("ada@example.com"), reason::INVALID_VALUE),
        ("channel", json!(""), reason::INVALID_VALUE),
        ("country", json!("CHE"), reason::INVALID_VALUE),
        ("country", json!("é"), reason::INVALID_VALUE),
        ("company_size", json!(0), reason::INVALID_VALUE),
        ("company_size", json!(-1), reason::INVALID_VALUE),
        ("company_size", json!(1.5), reason::INVALID_VALUE),
        ("company_size", json!("10"), reason::INVALID_VALUE),
        ("email", json!("ada"), reason::INVALID_VALUE),
        ("name", json!({}), reason::WRONG_TYPE),
        ("name", json!("a\0"), reason::NUL_CHARACTER),
        ("name", json!("é".repeat(257)), reason::TEXT_TOO_LONG),
        ("wallet", json!("x"), reason::UNKNOWN_FIELD),
        ("ssn", json!("x"), reason::UNKNOWN_FIELD),
    ] {
        let refusal = split_traits(&json!({ (name): value })).unwrap_err();
        assert_eq!(refusal.code, code, "{name} {value}");
        assert_eq!(refusal.field, format!("traits.{name}"));
    }
    assert_eq!(
        split_traits(&json!([])).unwrap_err().code,
        reason::WRONG_TYPE
    );
}
