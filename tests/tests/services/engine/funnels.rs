//! Funnels: what is refused, who may ask, and what becomes of removed ones.

use crate::support::{
    client::do_work,
    funnel_events::{Happened, asked, capture, definition, happened, made, persons, results},
    tenant::{Tenant, call},
};
use anyhow::{Context, Result};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// Breaches that a refused body is told, field by field.
fn fields(problem: &Value) -> Vec<String> {
    let errors = problem["errors"].as_array().into_iter().flatten();
    errors
        .filter_map(|error| error["field"].as_str().map(str::to_owned))
        .collect()
}

async fn refused(tenant: &Tenant, name: &str, definition: &Value) -> Result<Vec<String>> {
    let body = json!({ "name": name, "definition": definition });
    let made = tenant.post("/v1/funnels", &body).await?;
    let asked = tenant
        .post("/v1/query/funnel", &json!({ "definition": definition }))
        .await?;
    asked.refusal("/v1/query/funnel", StatusCode::BAD_REQUEST)?;
    let problem = made.refusal("/v1/funnels", StatusCode::BAD_REQUEST)?;
    Ok(fields(&problem))
}

#[tokio::test]
async fn a_definition_is_refused_with_the_field_that_breaks_a_rule() -> Result<()> {
    let tenant = Tenant::open().await?;
    let changed = |change: fn(&mut Value)| {
        let mut definition = definition();
        change(&mut definition);
        definition
    };
    let step = json!({ "name": "more", "any_of": [{ "event": "visit" }] });
    let mut many = definition();
    many["steps"] = json!(vec![step; 33]);
    let cases = [
        (
            changed(|it| it["steps"] = json!([it["steps"][0]])),
            "definition.steps",
        ),
        (many, "definition.steps"),
        (
            changed(|it| it["window_secs"] = json!(0)),
            "definition.window_secs",
        ),
        (
            changed(|it| it["steps"][3]["any_of"] = json!([])),
            "definition.steps[3].any_of",
        ),
        (
            changed(|it| it["steps"][1]["any_of"][0] = json!({ "event": 7 })),
            "definition.steps[1].any_of[0].event",
        ),
        (
            changed(|it| it["exclusions"][0]["to_step"] = json!(2)),
            "definition.exclusions[0].to_step",
        ),
        (
            changed(|it| {
                it["steps"][0]["any_of"][0]["where"] =
                    json!([{ "property": "channel", "is": "equal", "value": "a\0b" }]);
            }),
            "definition.steps[0].any_of[0].where[0].value",
        ),
    ];
    for (definition, field) in cases {
        assert_eq!(
            refused(&tenant, "wrong", &definition).await?,
            [field],
            "{definition}"
        );
    }
    let both = changed(|it| it["window_secs"] = json!(0));
    assert_eq!(
        refused(&tenant, "", &both).await?,
        ["name", "definition.window_secs"]
    );
    Ok(())
}

#[tokio::test]
async fn as_many_steps_as_there_may_be_are_all_counted() -> Result<()> {
    let tenant = Tenant::open().await?;
    let names: Vec<String> = (1..=32).map(|number| format!("step_{number}")).collect();
    let steps: Vec<Value> = names
        .iter()
        .map(|name| json!({ "name": name, "any_of": [{ "event": name }] }))
        .collect();
    let definition = json!({ "mode": "ordered", "steps": steps, "window_secs": 3_600 });
    let id = made(&tenant, "long", &definition).await?;
    let of = |visitor: &'static str| {
        (0..)
            .zip(&names)
            .map(move |(secs, name)| happened(visitor, name, secs))
    };
    // One does all of it, the other all but the last.
    let events: Vec<Happened> = of("all").chain(of("most").take(31)).collect();
    capture(&tenant, &events).await?;
    do_work(&tenant.api.mirror).await?;
    let mut expected = vec![2; 32];
    expected[31] = 1;
    assert_eq!(persons(&results(&tenant, id, "").await?), expected);
    assert_eq!(persons(&asked(&tenant, &definition).await?), expected);
    Ok(())
}

#[tokio::test]
async fn a_name_is_taken_until_its_funnel_is_removed() -> Result<()> {
    let tenant = Tenant::open().await?;
    let first = made(&tenant, "mine", &definition()).await?;
    let body = json!({ "name": "mine", "definition": definition() });
    let again = tenant.post("/v1/funnels", &body).await?;
    again.refusal("/v1/funnels", StatusCode::CONFLICT)?;
    let path = format!("/v1/funnels/{first}");
    let removed = tenant.call(Method::DELETE, &path, None).await?;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    let twice = tenant.call(Method::DELETE, &path, None).await?;
    twice.refusal(&path, StatusCode::NOT_FOUND)?;
    tenant
        .get(&path)
        .await?
        .refusal(&path, StatusCode::NOT_FOUND)?;
    assert_ne!(made(&tenant, "mine", &definition()).await?, first);
    let listed = tenant.json("/v1/funnels").await?;
    let names: Vec<&str> = listed["data"]
        .as_array()
        .context("data")?
        .iter()
        .filter_map(|funnel| funnel["name"].as_str())
        .collect();
    assert_eq!(names, ["default", "mine"]);
    Ok(())
}

#[tokio::test]
async fn there_are_at_most_fifty_funnels() -> Result<()> {
    let tenant = Tenant::open().await?;
    for number in 1..50 {
        made(&tenant, &format!("funnel {number}"), &definition()).await?;
    }
    let body = json!({ "name": "one too many", "definition": definition() });
    let refused = tenant.post("/v1/funnels", &body).await?;
    refused.refusal("/v1/funnels", StatusCode::CONFLICT)?;
    Ok(())
}

#[tokio::test]
async fn a_read_key_asks_and_changes_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    let (read, write) = (tenant.key("read").await?, tenant.key("write").await?);
    let body = json!({ "name": "mine", "definition": definition() });
    let question = json!({ "definition": definition() });
    let made = call(&tenant.api, Method::POST, "/v1/funnels", &read, Some(&body)).await?;
    made.refusal("/v1/funnels", StatusCode::FORBIDDEN)?;
    let path = "/v1/query/funnel";
    let asked = call(&tenant.api, Method::POST, path, &read, Some(&question)).await?;
    assert_eq!(asked.status, StatusCode::OK, "{asked:?}");
    let asked = call(&tenant.api, Method::POST, path, &write, Some(&question)).await?;
    asked.refusal(path, StatusCode::FORBIDDEN)?;
    let path = "/v1/funnels/1/results";
    let asked = call(&tenant.api, Method::GET, path, &write, None).await?;
    asked.refusal(path, StatusCode::FORBIDDEN)?;
    Ok(())
}

#[tokio::test]
async fn another_organisations_funnel_is_not_there() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(Arc::clone(&tenant.api), 2).await?;
    let id = made(&tenant, "mine", &definition()).await?;
    capture(&tenant, &[happened("a", "visit", 0)]).await?;
    for path in ["", "/results", "/people"].map(|part| format!("/v1/funnels/{id}{part}")) {
        other
            .get(&path)
            .await?
            .refusal(&path, StatusCode::NOT_FOUND)?;
    }
    let path = format!("/v1/funnels/{id}");
    let removed = other.call(Method::DELETE, &path, None).await?;
    removed.refusal(&path, StatusCode::NOT_FOUND)?;
    assert_eq!(persons(&asked(&other, &definition()).await?), [0, 0, 0, 0]);
    assert_eq!(persons(&results(&tenant, id, "").await?), [1, 0, 0, 0]);
    Ok(())
}

#[tokio::test]
async fn parameters_that_make_no_sense_are_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    let id = made(&tenant, "mine", &definition()).await?;
    for (query, field) in [
        ("people?step=0", "step"),
        ("people?step=5", "step"),
        ("people?breakdown=%00", "breakdown"),
        ("results?from=2026-02-30", "from"),
        ("results?from=2026-02-02&through=2026-02-01", "through"),
        (
            "results?revenue_per_conversion=1e9",
            "revenue_per_conversion",
        ),
        (
            "results?revenue_per_conversion=-1",
            "revenue_per_conversion",
        ),
        ("results?step=1", "step"),
    ] {
        let path = format!("/v1/funnels/{id}/{query}");
        let problem = tenant
            .get(&path)
            .await?
            .refusal(&path, StatusCode::BAD_REQUEST)?;
        assert_eq!(fields(&problem), [field], "{query}");
    }
    let path = "/v1/funnels/none";
    tenant
        .get(path)
        .await?
        .refusal(path, StatusCode::BAD_REQUEST)?;
    let moment = "2026-02-01T00:00:00Z";
    let question = json!({ "definition": definition(), "from": moment, "until": moment });
    let path = "/v1/query/funnel";
    let problem = tenant
        .post(path, &question)
        .await?
        .refusal(path, StatusCode::BAD_REQUEST)?;
    assert_eq!(fields(&problem), ["until"]);
    Ok(())
}

#[tokio::test]
async fn an_answer_that_is_known_is_not_sent_again() -> Result<()> {
    let tenant = Tenant::open().await?;
    let id = made(&tenant, "mine", &definition()).await?;
    let path = format!("/v1/funnels/{id}/results");
    let tag = tenant.get(&path).await?.header(header::ETAG)?.to_owned();
    let again = async || {
        let request = Request::get(&path)
            .header(
                header::AUTHORIZATION,
                format!("Bearer {}", tenant.admin_key),
            )
            .header(header::IF_NONE_MATCH, &tag);
        tenant.api.send(request.body(Body::empty())?).await
    };
    assert_eq!(again().await?.status, StatusCode::NOT_MODIFIED);
    capture(&tenant, &[happened("a", "visit", 0)]).await?;
    assert_eq!(again().await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn what_a_removed_funnel_kept_is_cleared_away() -> Result<()> {
    let tenant = Tenant::open().await?;
    let id = made(&tenant, "mine", &definition()).await?;
    let visits = [happened("a", "visit", 0), happened("a", "visit", 86_400)];
    capture(&tenant, &visits).await?;
    let path = format!("/v1/funnels/{id}");
    tenant.call(Method::DELETE, &path, None).await?;
    capture(&tenant, &[happened("g", "visit", 0)]).await?;
    do_work(&tenant.api.mirror).await?;
    let left: Option<i64> = sqlx::query_scalar(
        "select (select count(*) from engine.projection where id = $1)
              + (select count(*) from engine.projection_person where projection = $1)
              + (select count(*) from engine.projection_place where projection = $1)
              + (select count(*) from engine.projection_sum where projection = $1)
              + (select count(*) from engine.projection_span_sum where projection = $1)",
    )
    .bind(id)
    .fetch_one(&tenant.api.mirror)
    .await?;
    assert_eq!(left, Some(0));
    // The others are as they were.
    assert_eq!(
        tenant.json("/v1/funnels").await?["data"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    Ok(())
}

#[tokio::test]
async fn an_alias_in_a_definition_stands_for_the_events_own_name() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (visitor, event) in [("a", "demooRequested"), ("b", "demo_requested")] {
        tenant
            .capture(&[(visitor, event, visitor, json!({}))])
            .await?;
    }
    let steps = json!([
        { "name": "demo", "any_of": [{ "event": "demooRequested" }] },
        { "name": "visit", "any_of": [{ "event": "visit" }] },
    ]);
    let definition = json!({ "mode": "ordered", "steps": steps, "window_secs": 60 });
    let question = json!({ "definition": definition });
    let answer = tenant.posted("/v1/query/funnel", &question).await?;
    assert_eq!(answer["report"]["steps"][0]["persons"], 2, "{answer}");
    let wanted = json!({ "name": "aliased", "definition": definition });
    let made = tenant.posted("/v1/funnels", &wanted).await?;
    let kept = tenant.json(&format!("/v1/funnels/{}", made["id"])).await?;
    let kept = &kept["definition"]["steps"][0]["any_of"][0]["event"];
    assert_eq!(kept, "demo_requested");
    let model = json!({ "groups": [{ "name": "behavior", "cap": 100 }], "rules": [{
        "id": "demo", "group": "behavior", "when": { "event": "demooRequested" }, "points": 40,
        "count": { "up_to": 1 } }] });
    let written = tenant.posted("/v1/scoring/models", &model).await?;
    let path = format!("/v1/scoring/models/{}", written["version"]);
    let kept = tenant.json(&path).await?;
    assert_eq!(kept["model"]["rules"][0]["when"]["event"], "demo_requested");
    Ok(())
}
