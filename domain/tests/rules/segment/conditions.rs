//! Which conditions may be kept: those that can be met.

use super::*;

#[test]
fn a_trait_is_compared_with_what_it_can_be() {
    let of = |name: &str, operator: &str, value: Value| json!({ "trait": { "property": name, "is": operator, "value": value } });
    for test in [
        of("segment", "equal", json!("gold")),
        of("segment", "contains", json!("zz")),
        of("segment", "greater", json!("zzz")),
        of("segment", "less", json!(5)),
        of("intent", "in", json!(["x"])),
        of("intent", "contains", json!("Dex")),
        of("country", "equal", json!("ch")),
        of("country", "equal", json!("Switzerland")),
        of("country", "contains", json!("USA")),
        of("country", "less", json!("A")),
        of("country", "greater", json!("ZZ")),
        of("company_size", "equal", json!("40")),
        of("company_size", "equal", json!(40.5)),
        of("company_size", "less", json!(1)),
        of("company_size", "less", json!("a")),
        of("company_size", "greater", json!(10_000_000)),
        of("company_size", "contains", json!("4")),
        of("industry", "contains", json!("A")),
        of("role", "less", json!("")),
    ] {
        let found = refused(test.clone());
        let about = ["must be able to hold", "must not be empty"];
        assert!(about.iter().any(|it| found.contains(it)), "{test}: {found}");
    }
    for condition in [
        of("channel", "equal", json!("Google  Ads")),
        of("channel", "contains", json!("G")),
        of("country", "contains", json!("C")),
        of("country", "not", json!("ch")),
        of("company_size", "greater", json!("40")),
        of("company_size", "in", json!([40.0, "x"])),
        of("segment", "not_equal", json!("gold")),
        of("industry", "contains", json!("_9")),
        of("role", "contains", json!("r".repeat(64))),
    ] {
        let kept = definition(condition.clone()).condition.validate();
        assert_eq!(kept, Ok(()), "{condition}");
    }
}

#[test]
fn conditions_that_exclude_each_other_are_refused_with_their_place() {
    let country = |operator: &str, value: Value| json!({ "trait": { "property": "country", "is": operator, "value": value } });
    let segment = |operator: &str, value: &str| json!({ "trait": { "property": "segment", "is": operator, "value": value } });
    let set = json!({ "trait": { "property": "role", "is": "set" } });
    let not_set = json!({ "trait": { "property": "role", "is": "not_set" } });
    let score = json!({ "score": { "at_least": 50 } });
    let none =
        ["individual", "trader", "institution", "mining_farm"].map(|it| segment("not_equal", it));
    for (condition, field) in [
        (
            json!({ "all": [country("equal", json!("CH")), { "active": {} }, country("equal", json!("DE"))] }),
            "all[2]",
        ),
        (
            json!({ "all": [country("equal", json!("CH")), { "all": [country("in", json!(["DE"]))] }] }),
            "all[1].all[0]",
        ),
        (json!({ "all": [score, { "not": score }] }), "all[1].not"),
        (
            json!({ "all": [{ "active": {} }, { "not": { "any": [score, { "active": {} }] } }] }),
            "all[1].not.any[1]",
        ),
        (json!({ "not": { "any": [set, not_set] } }), "not.any[1]"),
        (
            json!({ "all": [country("equal", json!("CH")), { "not": country("equal", json!("CH")) }] }),
            "all[1].not",
        ),
        (json!({ "all": none }), "all[3]"),
    ] {
        let found = refused(condition.clone());
        assert!(
            found.starts_with(&format!("{field}: must be able to hold")),
            "{condition}: {found}"
        );
    }
    for condition in [
        json!({ "all": [country("equal", json!("CH")), country("equal", json!("CH"))] }),
        json!({ "any": [score, { "not": score }] }),
        json!({ "all": [{ "any": [set, score] }, { "not": set }] }),
        json!({ "all": [segment("not_equal", "trader"), segment("not_equal", "individual")] }),
    ] {
        let kept = definition(condition.clone()).condition.validate();
        assert_eq!(kept, Ok(()), "{condition}");
    }
}
