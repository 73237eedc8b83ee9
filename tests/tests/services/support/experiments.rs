//! Experiments of a tenant: drafted and started, seen, and what is kept of them.

use super::{client::do_work, tenant::Tenant};
use anyhow::{Context, Result, ensure};
use axum::http::StatusCode;
use serde_json::{Value, json};
use tessera_domain::projection::Definition;
use tessera_engine::projection::{Verified, verify};
use tessera_store::tenant;

/// Metrics that tests choose: `bought`, a share, and `spent`, a mean.
pub(crate) async fn define_metrics(tenant: &Tenant) -> Result<()> {
    let bought = json!({ "event": "bought" });
    let spent = json!({ "event": bought, "property": "size" });
    for (name, metric) in [
        (
            "bought",
            json!({ "measure": { "binomial": { "event": bought } } }),
        ),
        (
            "spent",
            json!({ "measure": { "mean": { "value": spent } } }),
        ),
    ] {
        let body = json!({ "name": name, "metric": metric });
        tenant.posted("/v1/metrics", &body).await?;
    }
    Ok(())
}

/// Two arms of the same weight, dealt by the browser's identifier, and `bought` as the primary metric.
pub(crate) fn design() -> Value {
    json!({
        "name": "Buttons",
        "allocation": {
            "hash_attribute": "anonymous_id",
            "arms": [
                { "key": "plain", "value": "plain", "weight_bps": 5000 },
                { "key": "round", "value": "round", "weight_bps": 5000 },
            ],
        },
        "metrics": [
            { "metric": "bought", "role": "primary" },
            { "metric": "spent", "role": "secondary" },
        ],
    })
}

pub(crate) async fn draft(tenant: &Tenant, key: &str, design: &Value) -> Result<Value> {
    let body = json!({ "key": key, "design": design });
    tenant.posted("/v1/experiments", &body).await
}

pub(crate) async fn start(tenant: &Tenant, key: &str) -> Result<Value> {
    let path = format!("/v1/experiments/{key}/start");
    tenant.posted(&path, &json!({})).await
}

/// Drafted, started, and complete.
pub(crate) async fn launch(tenant: &Tenant, key: &str, design: &Value) -> Result<()> {
    draft(tenant, key, design).await?;
    start(tenant, key).await?;
    do_work(&tenant.api.mirror).await?;
    Ok(())
}

/// The field of a request that is refused.
pub(crate) async fn refused(tenant: &Tenant, path: &str, body: &Value) -> Result<String> {
    let answer = tenant.post(path, body).await?;
    ensure!(answer.status == StatusCode::BAD_REQUEST, "{answer:?}");
    let field = answer.json()?["errors"][0]["field"].clone();
    Ok(field.as_str().context("a field")?.to_owned())
}

/// What visitors see of all features; with `expose`, they have seen it.
pub(crate) async fn assign(tenant: &Tenant, visitors: &Value, expose: bool) -> Result<Vec<Value>> {
    let body = json!({ "visitors": visitors, "expose": expose });
    let answer = tenant.posted("/v1/assign", &body).await?;
    Ok(answer["visitors"].as_array().context("visitors")?.clone())
}

/// The arm that a visitor sees of an experiment; null outside of it.
pub(crate) fn arm<'a>(seen: &'a Value, experiment: &str) -> &'a Value {
    let features = seen["features"].as_array().into_iter().flatten();
    features
        .filter(|it| it["feature"] == experiment)
        .map(|it| &it["arm"]["arm"])
        .next()
        .unwrap_or(&Value::Null)
}

/// What a phase keeps, against what the events say.
pub(crate) async fn checked(tenant: &Tenant, name: &str) -> Result<Verified> {
    let organisation = tenant.organisation().await?;
    let mut reader = tenant::snapshot(&tenant.api.mirror, organisation).await?;
    let (id, body): (i32, Value) = sqlx::query_as(
        "select projection.id, body
         from engine.projection join engine.rule_set using (organisation, kind, name, version)
         where organisation = $1 and kind = 'experiment' and name = $2
           and projection.status = 'live'",
    )
    .bind(organisation.0)
    .bind(name)
    .fetch_one(&mut *reader)
    .await?;
    let definition = Definition::parse("experiment", body)?;
    Ok(verify(&mut reader, id, &definition).await?)
}
