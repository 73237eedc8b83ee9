//! Journeys of a tenant: published, walked, and time that passes for those who wait.

use super::{client::do_work, tenant::Tenant};
use anyhow::{Context, Result, ensure};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// Tells who signs up, waits for a visit to the plans, and tells what came of it; who pays leaves.
pub(crate) fn nurturing() -> Value {
    json!({
        "entry": { "event": { "event": "signed_up" } },
        "goal": { "event": "paid" },
        "start": "greet",
        "nodes": {
            "greet": { "announce": { "name": "welcome", "next": "wait" } },
            "wait": { "wait_for": { "event": { "event": "plan_viewed" }, "timeout_secs": 259_200,
                                    "then": "offer", "otherwise": "remind" } },
            "offer": { "announce": { "name": "offer", "next": "end" } },
            "remind": { "announce": { "name": "reminder", "next": "end" } },
            "end": { "exit": {} },
        },
    })
}

/// One node before the end, entered by signing up.
pub(crate) fn of_node(node: Value) -> Value {
    json!({
        "entry": { "event": { "event": "signed_up" } }, "start": "node",
        "nodes": { "node": node, "end": { "exit": {} } },
    })
}

/// A node that waits for a day.
pub(crate) fn a_day() -> Value {
    json!({ "delay": { "until": { "secs": 86_400 }, "next": "end" } })
}

/// Adds a version; its number.
pub(crate) async fn draft(tenant: &Tenant, name: &str, journey: &Value) -> Result<i64> {
    let body = json!({ "name": name, "journey": journey });
    let answer = tenant.post("/v1/journeys", &body).await?;
    ensure!(answer.status == StatusCode::CREATED, "{answer:?}");
    let drafted = answer.json()?;
    ensure!(drafted["status"] == "draft", "{drafted}");
    drafted["version"].as_i64().context("a version")
}

/// Adds a version and lets people enter it; its number.
pub(crate) async fn publish(tenant: &Tenant, name: &str, journey: &Value) -> Result<i64> {
    let version = draft(tenant, name, journey).await?;
    publish_version(tenant, name, version, "finish").await?;
    Ok(version)
}

pub(crate) async fn publish_version(
    tenant: &Tenant,
    name: &str,
    version: i64,
    running: &str,
) -> Result<()> {
    let path = format!("/v1/journeys/{name}/publish");
    let published = tenant
        .posted(&path, &json!({ "version": version, "running": running }))
        .await?;
    ensure!(published["status"] == "published", "{published}");
    Ok(())
}

/// Somebody signs up now.
pub(crate) async fn sign_up(tenant: &Tenant, visitor: &str) -> Result<()> {
    act(tenant, visitor, "signed_up").await
}

/// A visitor does something now.
pub(crate) async fn act(tenant: &Tenant, visitor: &str, event: &str) -> Result<()> {
    let id = format!("{visitor}-{event}");
    tenant.capture(&[(&id, event, visitor, json!({}))]).await
}

/// Lets everybody go as far as they come.
pub(crate) async fn walk(tenant: &Tenant) -> Result<()> {
    let drained = do_work(&tenant.api.mirror).await?;
    ensure!(drained.failed == 0, "{drained:?}");
    Ok(())
}

/// Lets so many seconds pass for all who wait, and then go on.
pub(crate) async fn pass(tenant: &Tenant, secs: i32) -> Result<()> {
    for statement in [
        "update engine.journey_run set since = since - make_interval(secs => $1),
             due_at = due_at - make_interval(secs => $1) where due_at is not null",
        "update engine.work set due_at = due_at - make_interval(secs => $1) where kind = 'journeys'",
    ] {
        sqlx::query(statement)
            .bind(f64::from(secs))
            .execute(&tenant.api.mirror)
            .await?;
    }
    walk(tenant).await
}

/// A journey's runs: of each its version, node and reason.
pub(crate) async fn runs(tenant: &Tenant, name: &str) -> Result<Vec<(i64, Value, Value)>> {
    let answer = tenant
        .json(&format!("/v1/journeys/{name}/runs?limit=200"))
        .await?;
    let rows = answer["data"].as_array().context("rows")?;
    let runs = rows.iter().map(|row| {
        let version = row["version"].as_i64().unwrap_or_default();
        (version, row["node"].clone(), row["reason"].clone())
    });
    Ok(runs.collect())
}

/// How many arrived at each node of the version that people enter, and are there.
pub(crate) async fn flow(tenant: &Tenant, name: &str, node: &str) -> Result<(i64, i64)> {
    let flow = tenant.json(&format!("/v1/journeys/{name}/flow")).await?;
    let nodes = flow["nodes"].as_array().context("nodes")?;
    let found = nodes.iter().find(|it| it["node"] == node);
    let found = found.with_context(|| format!("no {node} in {flow}"))?;
    let number = |field: &str| found[field].as_i64().context("a number");
    Ok((number("arrived")?, number("waiting")?))
}

/// Names that were announced of a visitor, earliest first.
pub(crate) async fn announced(tenant: &Tenant, visitor: &str) -> Result<Vec<String>> {
    let person = tenant.person(visitor).await?;
    let path = format!("/v1/persons/{person}/timeline?limit=200");
    let timeline = tenant.json(&path).await?;
    let rows = timeline["data"].as_array().context("rows")?;
    let reached = rows
        .iter()
        .rev()
        .filter(|row| row["event"] == "journey_reached");
    let name = |row: &Value| row["properties"]["name"].as_str().map(str::to_owned);
    Ok(reached.filter_map(name).collect())
}
