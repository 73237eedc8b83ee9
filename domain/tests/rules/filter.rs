//! Filters: what can never hold is refused, and nothing else is.

use proptest::{prelude::*, sample::select};
use serde_json::{Map, Value, json};
use tessera_domain::filter::EventFilter;

fn filter(conditions: &[Value]) -> EventFilter {
    serde_json::from_value(json!({ "event": "bought", "where": conditions })).expect("a filter")
}

fn refused(conditions: &[Value]) -> Option<String> {
    filter(conditions).validate().err().map(|it| it.to_string())
}

fn condition(property: &str, operator: &str, value: Value) -> Value {
    match value {
        Value::Null => json!({ "property": property, "is": operator }),
        value => json!({ "property": property, "is": operator, "value": value }),
    }
}

#[test]
fn conditions_that_exclude_each_other_are_refused() {
    let on = |operator: &str, value: Value| condition("size", operator, value);
    for (one, other) in [
        (on("equal", json!("a")), on("equal", json!("b"))),
        (on("equal", json!("a")), on("in", json!(["b", "c"]))),
        (on("equal", json!("a")), on("not_equal", json!("a"))),
        (on("equal", json!(5)), on("not", json!(5.0))),
        (on("equal", json!(5)), on("greater", json!(7))),
        (on("equal", json!("abc")), on("contains", json!("x"))),
        (on("in", json!([1, 2])), on("less", json!("1"))),
        (on("set", json!(null)), on("not_set", json!(null))),
        (on("not_set", json!(null)), on("equal", json!(1))),
        (on("less", json!(5)), on("greater", json!(5))),
        (on("less", json!("5")), on("greater", json!(7))),
        (on("less", json!("abc")), on("greater", json!("abd"))),
    ] {
        for pair in [[one.clone(), other.clone()], [other, one]] {
            let found = refused(&pair);
            let found = found.unwrap_or_else(|| panic!("{pair:?}"));
            assert!(found.starts_with("where[1]"), "{found}");
        }
    }
}

#[test]
fn conditions_that_can_hold_together_are_kept() {
    let on = |operator: &str, value: Value| condition("size", operator, value);
    let channel = |operator: &str, value: Value| condition("channel", operator, value);
    for pair in [
        [
            on("equal", json!("a")),
            condition("plan", "equal", json!("b")),
        ],
        [on("in", json!(["a", "b"])), on("not", json!("a"))],
        [on("not_set", json!(null)), on("not", json!(1))],
        [on("greater", json!(5)), on("less", json!(6))],
        [on("greater", json!("5")), on("less", json!("1abc"))],
        [
            channel("equal", json!("google ads")),
            channel("contains", json!("Ads")),
        ],
        [
            channel("equal", json!("google ads")),
            channel("equal", json!("Google  Ads")),
        ],
        [
            condition("machine", "equal", json!(true)),
            condition("agent", "in", json!(["machine"])),
        ],
    ] {
        assert_eq!(refused(&pair), None, "{pair:?}");
    }
}

#[test]
fn what_caused_an_event_is_compared_with_what_it_can_be() {
    for (property, operator, value) in [
        ("machine", "equal", json!("true")),
        ("machine", "in", json!([true, 1])),
        ("machine", "greater", json!(0)),
        ("agent", "equal", json!("bot")),
        ("agent", "not", json!(true)),
        ("agent", "contains", json!("mach")),
    ] {
        let only = [condition(property, operator, value)];
        assert!(refused(&only).is_some(), "{only:?}");
    }
}

fn values() -> Vec<Value> {
    let texts = ["1", "2", "10", "a", "ab", "Google Ads", "google ads"];
    let others = [json!(1), json!(2), json!(2.5), json!(true), json!([1])];
    texts.map(Value::from).into_iter().chain(others).collect()
}

fn any_condition() -> impl Strategy<Value = Value> {
    let property = select(vec!["size", "channel"]);
    let operator = select(vec![
        "equal",
        "not_equal",
        "not",
        "less",
        "greater",
        "in",
        "contains",
        "set",
        "not_set",
    ]);
    let value = || select(values());
    (
        property,
        operator,
        value(),
        prop::collection::vec(value(), 1..3),
    )
        .prop_map(|(property, operator, one, several)| {
            let value = match operator {
                "set" | "not_set" => Value::Null,
                "in" => several.into(),
                _ => one,
            };
            condition(property, operator, value)
        })
}

/// All that an event's two properties can be, absent among it.
fn all_properties() -> Vec<Map<String, Value>> {
    let found = || values().into_iter().map(Some).chain([None]);
    let pairs = found().flat_map(|size| found().map(move |channel| (size.clone(), channel)));
    let named = |(size, channel)| {
        let both = [("size", size), ("channel", channel)];
        let both = both.into_iter();
        both.filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    };
    pairs.map(named).collect()
}

proptest! {
    #[test]
    fn nothing_matches_a_filter_that_is_refused_for_contradicting_itself(
        conditions in prop::collection::vec(any_condition(), 1..4),
    ) {
        let filter = filter(&conditions);
        let refusal = filter.validate().err().map(|it| it.to_string());
        if refusal.is_some_and(|it| it.contains("must be able to hold beside")) {
            for properties in all_properties() {
                prop_assert!(!filter.matches_parts("bought", &properties), "{properties:?}");
            }
        }
    }
}
