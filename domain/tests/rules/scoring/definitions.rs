//! Which models are refused, and what the errors say.

use super::*;

/// The seed's model with one place in its JSON replaced.
fn changed(pointer: &str, value: Value) -> String {
    let mut json = serde_json::to_value(seed_model()).expect("data");
    *json.pointer_mut(pointer).expect("a place in the model") = value;
    let model: ScoringModel = serde_json::from_value(json).expect("a model");
    model.validate().expect_err("an invalid model").to_string()
}

#[test]
fn errors_name_the_field_and_the_rule() {
    let long = "x".repeat(101);
    for (pointer, value, message) in [
        ("/groups", json!([]), "groups: must have 1 to 20 groups"),
        ("/rules", json!([]), "rules: must have 1 to 200 rules"),
        (
            "/groups/1/name",
            json!(""),
            "groups[1].name: must have 1 to 100 characters, none of them a control character",
        ),
        (
            "/groups/1/name",
            json!("demographics"),
            "groups[1].name: must be unique",
        ),
        (
            "/rules/0/id",
            json!(long),
            "rules[0].id: must have 1 to 100 characters, none of them a control character",
        ),
        (
            "/rules/0/id",
            json!("a\u{0}"),
            "rules[0].id: must have 1 to 100 characters, none of them a control character",
        ),
        (
            "/rules/1/id",
            json!("institution"),
            "rules[1].id: must be unique",
        ),
        (
            "/rules/2/group",
            json!("fit"),
            "rules[2].group: must be the name of a group",
        ),
        (
            "/rules/3/points",
            json!(1_001),
            "rules[3].points: must be from -1000 to 1000",
        ),
        (
            "/rules/3/points",
            json!(i32::MIN),
            "rules[3].points: must be from -1000 to 1000",
        ),
        (
            "/rules/4/count",
            json!({ "up_to": 0 }),
            "rules[4].count.up_to: must be from 1 to 1000",
        ),
        (
            "/rules/4/count",
            json!({ "up_to": 1_000 }),
            "rules: must together count at most 1000 occurrences",
        ),
        (
            "/rules/4/when/event",
            json!(""),
            "rules[4].when.event: must have 1 to 100 characters, none of them a control character",
        ),
        (
            "/rules/0/when/where/0/property",
            json!(""),
            "rules[0].when.where[0].property: must have 1 to 100 characters, none of them a control character",
        ),
        (
            "/rules/0/when/where/0/is",
            json!("in"),
            "rules[0].when.where[0].value: must be a list of at least one value, none of them null",
        ),
        (
            "/rules/0/when/where/0/is",
            json!("not_set"),
            "rules[0].when.where[0].value: must not be there for this operator",
        ),
        (
            "/rules/0/when/where/0/value",
            json!(null),
            "rules[0].when.where[0].value: must be there, and not null",
        ),
    ] {
        assert_eq!(changed(pointer, value), message);
    }
}

#[test]
fn limits_on_optional_fields_and_on_numbers_are_kept() {
    let refused = |change: fn(&mut ScoringModel)| {
        let mut model = seed_model();
        change(&mut model);
        model.validate().expect_err("an invalid model").field
    };
    assert_eq!(refused(|it| it.groups[0].cap = Some(-1)), "groups[0].cap");
    assert_eq!(
        refused(|it| it.rules[0].decay_days = Some(0)),
        "rules[0].decay_days"
    );
    assert_eq!(
        refused(|it| it.rules[0].decay_days = Some(3_651)),
        "rules[0].decay_days"
    );
    let many_conditions = |it: &mut ScoringModel| {
        let condition = it.rules[0].when.conditions[0].clone();
        it.rules[0].when.conditions = vec![condition; 17];
    };
    assert_eq!(refused(many_conditions), "rules[0].when.where");
    let many_rules = |it: &mut ScoringModel| {
        let rule = it.rules[0].clone();
        it.rules = (0..201)
            .map(|number| tessera_domain::leads::scoring::Rule {
                id: number.to_string(),
                ..rule.clone()
            })
            .collect();
    };
    assert_eq!(refused(many_rules), "rules");
}

#[test]
fn an_unknown_field_is_refused() {
    let mut json = serde_json::to_value(seed_model()).expect("data");
    json["groups"][0]["limit"] = json!(3);
    assert!(serde_json::from_value::<ScoringModel>(json).is_err());
}
