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
fn a_condition_that_no_event_of_the_registry_meets_is_refused() {
    let seed = tessera_domain::capture::seed_registry();
    let named = |event: &str, condition: Value| {
        let filter = json!({ "event": event, "where": [condition] });
        let mut filter: EventFilter = serde_json::from_value(filter).expect("a filter");
        filter.canonicalise(&seed).map_err(|it| it.to_string())
    };
    for (event, property, operator, value, range) in [
        (
            "api_called",
            "status",
            "equal",
            json!("200"),
            "is a whole number",
        ),
        (
            "api_called",
            "status",
            "contains",
            json!("2"),
            "is a whole number",
        ),
        (
            "api_called",
            "status",
            "equal",
            json!(200.5),
            "is a whole number",
        ),
        (
            "apiCalled",
            "status",
            "greater",
            json!("high"),
            "is a whole number",
        ),
        ("page_viewed", "path", "equal", json!(5), "is text"),
        ("page_viewed", "path", "in", json!([5, true]), "is text"),
        (
            "page_viewed",
            "duration_secs",
            "contains",
            json!("5"),
            "is a number",
        ),
        (
            "intent_declared",
            "intent",
            "equal",
            json!("zzz"),
            "is one of large_mining_operation",
        ),
        (
            "intent_declared",
            "intent",
            "contains",
            json!("zzz"),
            "is one of large_mining_operation",
        ),
    ] {
        let refused = named(event, condition(property, operator, value)).expect_err(property);
        let rule = format!("where[0].value: must be able to hold: {property} {range}");
        assert!(refused.starts_with(&rule), "{refused}");
    }
    for (event, property, operator, value) in [
        ("api_called", "status", "equal", json!(200.0)),
        ("api_called", "status", "in", json!(["200", 200])),
        ("api_called", "status", "greater", json!("400")),
        ("api_called", "status", "not", json!("200")),
        ("api_called", "anything", "equal", json!("200")),
        ("page_viewed", "path", "greater", json!(5)),
        ("intent_declared", "intent", "contains", json!("api")),
        ("never_listed", "status", "equal", json!("200")),
    ] {
        assert_eq!(
            named(event, condition(property, operator, value)),
            Ok(()),
            "{property}"
        );
    }
}

#[test]
fn traits_in_events_are_what_identify_keeps() {
    let identified = |property: &str, value: Value| {
        let filter =
            json!({ "event": "identified", "where": [condition(property, "equal", value)] });
        let filter: EventFilter = serde_json::from_value(filter).expect("a filter");
        filter.validate().map_err(|it| it.to_string())
    };
    assert!(identified("segment", json!("zzz")).is_err());
    assert!(identified("country", json!("us")).is_err());
    assert!(identified("company_size", json!("50")).is_err());
    assert!(identified("email", json!("x")).is_err());
    assert_eq!(identified("country", json!("US")), Ok(()));
    assert_eq!(identified("company_size", json!(50.0)), Ok(()));
}

#[test]
fn what_caused_an_event_is_compared_with_what_it_can_be() {
    for (property, operator, value) in [
        ("machine", "equal", json!("true")),
        ("machine", "in", json!(["true", 1])),
        ("machine", "greater", json!(0)),
        ("agent", "equal", json!("bot")),
        ("agent", "contains", json!("bot")),
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
