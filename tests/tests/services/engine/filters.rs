//! Conditions that can never hold are refused wherever a filter can be given.

use crate::support::tenant::Tenant;
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
