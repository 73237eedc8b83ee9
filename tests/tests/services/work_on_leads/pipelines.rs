//! Pipelines: refusals, guarded moves, newer versions, and corrections.

use crate::support::{
    team::identify,
    tenant::{Tenant, call},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

const PATH: &str = "/v1/pipelines";

/// A review between the inbox and the end, which takes a company and some money.
fn enterprise() -> Value {
    json!({ "stages": [
        { "name": "inbox", "title": "Inbox", "stands_for": "new", "next": ["review", "gone"] },
        { "name": "review", "title": "Security review", "stands_for": "qualified",
          "next": ["legal", "gone"],
          "requires": [
              { "of": "lead", "field": "company" },
              { "of": "lead", "field": "segment", "one_of": ["institution"] },
              { "of": "lead", "field": "source" },
              { "of": "deal", "field": "amount", "at_least": "1000" },
          ] },
        { "name": "legal", "title": "Legal", "stands_for": "qualified", "next": ["signed", "gone"] },
        { "name": "signed", "title": "Signed", "stands_for": "won" },
        { "name": "gone", "title": "Gone", "stands_for": "lost", "next": ["review"] },
    ] })
}

async fn publish(tenant: &Tenant, pipeline: &Value) -> Result<i64> {
    let body = json!({ "name": "enterprise", "pipeline": pipeline });
    let draft = tenant.posted(PATH, &body).await?;
    let version = draft["version"].as_i64().context("a version")?;
    let path = format!("{PATH}/enterprise/publish");
    tenant.posted(&path, &json!({ "version": version })).await?;
    Ok(version)
}

async fn deal(tenant: &Tenant, person: &str, amount: &str) -> Result<Value> {
    let body = json!({
        "person": person, "name": "Desk", "amount": amount, "currency": "USD", "pipeline": "enterprise",
    });
    tenant.posted("/v1/deals", &body).await
}

fn path_of(deal: &Value, act: &str) -> String {
    format!(
        "/v1/deals/{}/{act}",
        deal["id"].as_str().unwrap_or_default()
    )
}

#[tokio::test]
async fn a_pipeline_that_breaks_a_rule_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mut stuck = enterprise();
    stuck["stages"][2]["next"] = json!([]);
    let mut unknown = enterprise();
    unknown["stages"][1]["requires"][0]["field"] = json!("shoe_size");
    let mut shortcut = enterprise();
    shortcut["stages"][0]["next"] = json!(["review", "signed", "gone"]);
    for (field, pipeline) in [
        ("pipeline.stages[2].next", stuck),
        ("pipeline.stages[1].requires[0].field", unknown),
        ("pipeline.stages[0].next", shortcut),
    ] {
        let body = json!({ "name": "enterprise", "pipeline": pipeline });
        let answer = tenant.post(PATH, &body).await?;
        let problem = answer.refusal(PATH, StatusCode::BAD_REQUEST)?;
        let found = problem["errors"][0]["field"].as_str().unwrap_or_default();
        assert!(found.starts_with(field), "{problem}");
    }
    let key = tenant.key("read").await?;
    let body = json!({ "name": "enterprise", "pipeline": enterprise() });
    call(&tenant.api, Method::POST, PATH, &key, Some(&body))
        .await?
        .refusal(PATH, StatusCode::FORBIDDEN)?;
    let path = format!("{PATH}/enterprise/publish");
    tenant
        .post(&path, &json!({ "version": 1 }))
        .await?
        .refusal(&path, StatusCode::NOT_FOUND)?;
    Ok(())
}

#[tokio::test]
async fn a_deal_begins_only_in_a_pipeline_that_is_published() -> Result<()> {
    let tenant = Tenant::open().await?;
    let person = identify(&tenant, "ann@acme.com", "institution").await?;
    let body = json!({ "name": "enterprise", "pipeline": enterprise() });
    tenant.posted(PATH, &body).await?;
    let body = json!({
        "person": person, "name": "Desk", "amount": "1", "currency": "USD", "pipeline": "enterprise",
    });
    let answer = tenant.post("/v1/deals", &body).await?;
    let problem = answer.refusal("/v1/deals", StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "pipeline", "{problem}");
    Ok(())
}

#[tokio::test]
async fn a_refused_move_lists_everything_that_is_missing() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, &enterprise()).await?;
    let person = identify(&tenant, "ann@acme.com", "trader").await?;
    let deal = deal(&tenant, &person, "10").await?;
    assert_eq!(
        (&deal["stage"], &deal["pipeline_stage"]),
        (&json!("new"), &json!("inbox"))
    );
    let path = path_of(&deal, "advance");
    let answer = tenant.post(&path, &json!({ "to": "review" })).await?;
    let problem = answer.refusal(&path, StatusCode::BAD_REQUEST)?;
    let fields: Vec<&Value> = problem["errors"]
        .as_array()
        .context("errors")?
        .iter()
        .map(|it| &it["field"])
        .collect();
    assert_eq!(
        fields,
        ["lead.company", "lead.segment", "deal.amount"],
        "{problem}"
    );
    let answer = tenant.post(&path, &json!({ "to": "legal" })).await?;
    let problem = answer.refusal(&path, StatusCode::CONFLICT)?;
    assert!(
        problem["detail"].to_string().contains("review, gone"),
        "{problem}"
    );
    let answer = tenant.post(&path, &json!({ "to": "nowhere" })).await?;
    answer.refusal(&path, StatusCode::BAD_REQUEST)?;
    // The stages of every deal are not a way around it.
    let around = path_of(&deal, "transition");
    let answer = tenant.post(&around, &json!({ "to": "qualified" })).await?;
    answer.refusal(&around, StatusCode::CONFLICT)?;
    // And a deal in no pipeline has none to move in.
    let plain = json!({ "person": person, "name": "Desk", "amount": "1", "currency": "USD" });
    let plain = tenant.posted("/v1/deals", &plain).await?;
    assert_eq!(plain["pipeline"], Value::Null);
    let path = path_of(&plain, "advance");
    let answer = tenant.post(&path, &json!({ "to": "review" })).await?;
    answer.refusal(&path, StatusCode::CONFLICT)?;
    Ok(())
}

#[tokio::test]
async fn what_is_known_lets_a_deal_go_to_its_end() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, &enterprise()).await?;
    let body = json!({
        "user_id": "ann", "email": "ann@acme.com",
        "traits": { "segment": "institution", "company": "Acme" },
    });
    let person = tenant.posted("/v1/identify", &body).await?["person"].clone();
    let deal = deal(&tenant, person.as_str().context("a person")?, "1000").await?;
    let path = path_of(&deal, "advance");
    for (to, stage) in [
        ("review", "qualified"),
        ("legal", "qualified"),
        ("signed", "won"),
    ] {
        let moved = tenant.posted(&path, &json!({ "to": to })).await?;
        assert_eq!(
            (&moved["pipeline_stage"], &moved["stage"]),
            (&json!(to), &json!(stage))
        );
    }
    let history = tenant.json(&path_of(&deal, "transitions")).await?;
    let stages: Vec<&Value> = history["data"]
        .as_array()
        .context("rows")?
        .iter()
        .map(|it| &it["pipeline_stage"])
        .collect();
    assert_eq!(stages, ["inbox", "review", "legal", "signed"]);
    // Reopened, it is where the pipeline has the stage in which it last was open.
    let reopened = tenant
        .posted(
            &path_of(&deal, "reopen"),
            &json!({ "reason": "Signed by mistake" }),
        )
        .await?;
    assert_eq!(reopened["stage"], "qualified");
    assert_eq!(reopened["pipeline_stage"], "review");
    Ok(())
}

#[tokio::test]
async fn a_newer_version_holds_for_deals_that_are_under_way() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, &enterprise()).await?;
    let person = identify(&tenant, "ann@acme.com", "trader").await?;
    let deal = deal(&tenant, &person, "10").await?;
    let mut lenient = enterprise();
    lenient["stages"][1]["requires"] = json!([]);
    assert_eq!(publish(&tenant, &lenient).await?, 2);
    let path = path_of(&deal, "advance");
    tenant.posted(&path, &json!({ "to": "review" })).await?;
    let without = json!({ "stages": [
        { "name": "inbox", "title": "Inbox", "stands_for": "new", "next": ["looked_at", "gone"] },
        { "name": "looked_at", "title": "Looked at", "stands_for": "qualified", "next": ["signed", "gone"] },
        { "name": "signed", "title": "Signed", "stands_for": "won" },
        { "name": "gone", "title": "Gone", "stands_for": "lost" },
    ] });
    publish(&tenant, &without).await?;
    let answer = tenant.post(&path, &json!({ "to": "gone" })).await?;
    let problem = answer.refusal(&path, StatusCode::CONFLICT)?;
    assert!(
        problem["detail"].to_string().contains("review"),
        "{problem}"
    );
    Ok(())
}
