//! What `identify` may say of a person.

use serde_json::{Value, json};
use tessera_domain::capture::{Code, split_traits};

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
        ("segment", json!("whale"), Code::InvalidValue),
        ("segment", json!(1), Code::WrongType),
        ("intent", json!("fun"), Code::InvalidValue),
        ("role", json!("Ada Lovelace"), Code::InvalidValue),
        ("role", json!("ada@example.com"), Code::InvalidValue),
        ("channel", json!(""), Code::InvalidValue),
        ("country", json!("CHE"), Code::InvalidValue),
        ("country", json!("é"), Code::InvalidValue),
        ("company_size", json!(0), Code::InvalidValue),
        ("company_size", json!(-1), Code::InvalidValue),
        ("company_size", json!(1.5), Code::InvalidValue),
        ("company_size", json!("10"), Code::InvalidValue),
        ("email", json!("ada"), Code::InvalidValue),
        ("name", json!({}), Code::WrongType),
        ("name", json!("a\0"), Code::NulCharacter),
        ("name", json!("é".repeat(257)), Code::TextTooLong),
        ("wallet", json!("x"), Code::UnknownField),
        ("ssn", json!("x"), Code::UnknownField),
    ] {
        let rejection = split_traits(&json!({ (name): value })).unwrap_err();
        assert_eq!(rejection.code, code, "{name} {value}");
        assert_eq!(rejection.field, format!("traits.{name}"));
    }
    assert_eq!(split_traits(&json!([])).unwrap_err().code, Code::WrongType);
}
