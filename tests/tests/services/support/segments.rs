//! Segments of a tenant: defined and built, their members, and the events that they caused.

use super::{client::do_work, tenant::Tenant};
use anyhow::{Context, Result, ensure};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tessera_domain::projection::Definition;
use tessera_engine::projection::{Verified, verify};
use tessera_store::tenant;
use uuid::Uuid;

/// Twice in the documentation, and never subscribed.
pub(crate) fn keen() -> Value {
    json!({ "all": [
        { "event": { "when": { "event": "docs" }, "at_least": 2 } },
        { "not": { "event": { "when": { "event": "purchase" } } } },
    ] })
}

pub(crate) async fn define(tenant: &Tenant, name: &str, condition: &Value) -> Result<i64> {
    let body = json!({ "name": name, "condition": condition });
    let answer = tenant.post("/v1/segments", &body).await?;
    ensure!(answer.status == StatusCode::ACCEPTED, "{answer:?}");
    answer.json()?["version"].as_i64().context("a version")
}

pub(crate) async fn define_and_build(tenant: &Tenant, name: &str, condition: &Value) -> Result<()> {
    define(tenant, name, condition).await?;
    do_work(&tenant.api.mirror).await?;
    let segment = tenant.json(&format!("/v1/segments/{name}")).await?;
    ensure!(segment["status"] == "live", "{segment}");
    ensure!(segment["building"].is_null(), "{segment}");
    Ok(())
}

pub(crate) async fn members(tenant: &Tenant, name: &str) -> Result<BTreeSet<Uuid>> {
    let answer = tenant
        .json(&format!("/v1/segments/{name}/members?limit=200"))
        .await?;
    let rows = answer["data"].as_array().context("rows")?;
    let people = rows
        .iter()
        .map(|row| Ok(row["person"].as_str().context("an id")?.parse()?));
    people.collect()
}

/// Names and segments of a person's segment events, earliest first.
pub(crate) async fn moves(tenant: &Tenant, person: Uuid) -> Result<Vec<(String, String)>> {
    let path = format!("/v1/persons/{person}/timeline?limit=200");
    let timeline = tenant.json(&path).await?;
    let rows = timeline["data"].as_array().context("rows")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(rows
        .iter()
        .rev()
        .map(|row| (text(&row["event"]), text(&row["properties"]["segment"])))
        .filter(|(event, _)| event.starts_with("segment_"))
        .collect())
}

pub(crate) fn moved(event: &str, segment: &str) -> (String, String) {
    (event.to_owned(), segment.to_owned())
}

/// What the segment keeps, against what the events say.
pub(crate) async fn checked(tenant: &Tenant, name: &str) -> Result<Verified> {
    let organisation = tenant.organisation().await?;
    let mut reader = tenant::snapshot(&tenant.api.mirror, organisation).await?;
    let (id, body): (i32, Value) = sqlx::query_as(
        "select projection.id, body
         from engine.projection join engine.rule_set using (organisation, kind, name, version)
         where organisation = $1 and kind = 'segment' and name = $2 and projection.status = 'live'",
    )
    .bind(organisation.0)
    .bind(name)
    .fetch_one(&mut *reader)
    .await?;
    let definition = Definition::parse("segment", body)?;
    Ok(verify(&mut reader, id, &definition).await?)
}
