//! Conditions that can never hold are refused wherever a filter can be given.

use crate::support::{client::do_work, people::ago, tenant::Tenant};
use anyhow::Result;
use serde_json::{Value, json};

/// Conditions of a property, none of which can hold.
fn impossible() -> [Value; 7] {
    [
        json!({ "property": "plan", "is": "equal" }),
        json!({ "property": "plan", "is": "not" }),
        json!({ "property": "plan", "is": "in", "value": "pro" }),
        json!({ "property": "plan", "is": "in", "value": [] }),
        json!({ "property": "plan", "is": "greater", "value": [1] }),
        json!({ "property": "plan", "is": "less", "value": true }),
        json!({ "property": "plan", "is": "contains", "value": 5 }),
    ]
}

/// Each route that takes a filter: a body with it, and the filter's field.
fn consumers(filter: &Value) -> Vec<(&'static str, Value, &'static str)> {
    let other = json!({ "name": "other", "any_of": [{ "event": "visit" }] });
    let step = json!({ "name": "step", "any_of": [filter] });
    let funnel = json!({ "mode": "ordered", "steps": [other, step], "window_secs": 60 });
    let mut excluding = json!({ "mode": "ordered", "steps": [other, other], "window_secs": 60 });
    excluding["exclusions"] = json!([{ "filter": filter, "from_step": 1, "to_step": 2 }]);
    let path = |anchor: &str| json!({ "definition": { "max_steps": 5, anchor: filter } });
    vec![
        (
            "/v1/funnels",
            json!({ "name": "it", "definition": funnel }),
            "definition.steps[1].any_of[0]",
        ),
        (
            "/v1/query/funnel",
            json!({ "definition": excluding }),
            "definition.exclusions[0].filter",
        ),
        ("/v1/query/paths", path("start"), "definition.start"),
        ("/v1/query/paths", path("end"), "definition.end"),
        (
            "/v1/query/retention",
            json!({ "cohort": "signup", "period": "week", "periods": 4, "returned_by": [filter] }),
            "returned_by[0]",
        ),
        (
            "/v1/segments",
            json!({ "name": "it", "condition": { "event": { "when": filter } } }),
            "condition.event.when",
        ),
        (
            "/v1/scoring/models",
            json!({ "groups": [{ "name": "behavior", "cap": 100 }],
                "rules": [{ "id": "it", "group": "behavior", "when": filter, "points": 40,
                    "count": { "up_to": 1 } }] }),
            "rules[0].when",
        ),
    ]
}

#[tokio::test]
async fn a_condition_that_can_never_hold_is_refused_by_every_consumer() -> Result<()> {
    let tenant = Tenant::open().await?;
    for condition in impossible() {
        let filter = json!({ "event": "page_viewed", "where": [condition] });
        for (path, body, field) in consumers(&filter) {
            let fields = tenant.refused_fields(path, &body).await?;
            assert_eq!(fields, [format!("{field}.where[0].value")], "{path} {body}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_name_that_no_event_can_have_is_refused_by_every_consumer() -> Result<()> {
    let tenant = Tenant::open().await?;
    // The last has the form of an alias, and the registry has none of that name.
    for name in [
        "Foo Bar",
        " zz",
        "a.b",
        "1a",
        "événement",
        &"a".repeat(80),
        "FooBar",
    ] {
        for (path, body, field) in consumers(&json!({ "event": name })) {
            let fields = tenant.refused_fields(path, &body).await?;
            assert_eq!(fields, [format!("{field}.event")], "{path} {body}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_alias_stands_for_its_event_in_every_question() -> Result<()> {
    const DAYS: i64 = 86_400;
    let tenant = Tenant::open().await?;
    let events = [("page_viewed", 5 * DAYS), ("demo_requested", 4 * DAYS)];
    for (event, before) in events {
        tenant.does("v", event, ago(before), json!({})).await?;
    }
    let retention = json!({ "cohort": "signup", "period": "day", "periods": 6,
        "returned_by": [{ "event": "demooRequested" }] });
    let answer = tenant.posted("/v1/query/retention", &retention).await?;
    let cells = answer["rows"][0]["cells"].as_array().into_iter().flatten();
    let returned: u64 = cells.filter_map(|it| it["numerator"].as_u64()).sum();
    assert_eq!(returned, 1, "{answer}");
    for (path, body, count) in [
        (
            "/v1/query/paths",
            json!({ "definition": { "max_steps": 5, "start": { "event": "pageViewed" } } }),
            "/taken",
        ),
        (
            "/v1/query/funnel",
            json!({ "definition": { "mode": "ordered", "window_secs": 2 * DAYS, "steps": [
                { "name": "a", "any_of": [{ "event": "pageViewed" }] },
                { "name": "b", "any_of": [{ "event": "demoRequested" }] } ] } }),
            "/report/steps/1/persons",
        ),
    ] {
        let answer = tenant.posted(path, &body).await?;
        assert_eq!(answer.pointer(count), Some(&json!(1)), "{path}: {answer}");
    }
    Ok(())
}

#[tokio::test]
async fn every_answer_counts_the_values_that_it_could_not_compare() -> Result<()> {
    let tenant = Tenant::open().await?;
    let filter = json!({ "event": "docs", "where": [
        { "property": "seats", "is": "greater", "value": 9 }] });
    let model = json!({ "groups": [{ "name": "all" }], "rules": [
        { "id": "large", "group": "all", "when": filter, "points": 7, "count": { "up_to": 5 } }] });
    tenant.posted("/v1/scoring/models", &model).await?;
    tenant
        .posted("/v1/scoring/models/2/publish", &json!({}))
        .await?;
    do_work(&tenant.api.mirror).await?;
    for (secs, seats) in [
        (400, json!("many")),
        (300, json!("10")),
        (200, json!([1])),
        (100, json!(3)),
    ] {
        let properties = json!({ "seats": seats });
        tenant.does("ann", "docs", ago(secs), properties).await?;
    }
    tenant.does("bob", "docs", ago(400), json!({})).await?;
    let path = |anchors: &[&str]| {
        let mut definition = json!({ "max_steps": 5 });
        for anchor in anchors {
            definition[anchor] = filter.clone();
        }
        json!({ "definition": definition })
    };
    let retention = |cohort: &str| json!({ "cohort": cohort, "period": "day", "periods": 4, "returned_by": [filter] });
    for (route, body, expected) in [
        ("/v1/query/paths", path(&[]), 0),
        ("/v1/query/paths", path(&["start"]), 2),
        ("/v1/query/paths", path(&["start", "end"]), 4),
        ("/v1/query/retention", retention("signup"), 2),
        ("/v1/query/retention", retention("segment"), 2),
    ] {
        let answer = tenant.posted(route, &body).await?;
        assert_eq!(answer["not_compared"], expected, "{route} {body}: {answer}");
    }
    let ann = tenant.person("ann").await?;
    let why = tenant
        .json(&format!("/v1/leads/{ann}/score/explain"))
        .await?;
    assert_eq!(
        (&why["total"], &why["not_compared"]),
        (&json!(7), &json!(2))
    );
    let before = format!("/v1/leads/{ann}/score/explain?at={}", ago(350));
    assert_eq!(tenant.json(&before).await?["not_compared"], 1);
    Ok(())
}
