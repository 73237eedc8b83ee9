//! Experiments of a tenant: drafted and started, seen, and what is kept of them.

use super::{
    client::{Answer, do_work, master_key},
    people::ago,
    rows,
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tessera_domain::projection::Definition;
use tessera_engine::{
    Actor, Caller, Engine,
    experiments::phases::{self, Ending},
    projection::{Verified, verify},
};
use tessera_store::{PgConnection, tenant};
use uuid::Uuid;

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

/// Somebody of the tenant's team, for use cases.
pub(crate) async fn caller(tenant: &Tenant) -> Result<Caller> {
    Ok(Caller {
        organisation: tenant.organisation().await?,
        org: rows::key(rows::ORG, tenant.number),
        actor: Actor::Key(Uuid::nil()),
        scopes: Vec::new(),
    })
}

/// As [`launch`], so many seconds ago.
pub(crate) async fn launch_ago(
    tenant: &Tenant,
    key: &str,
    design: &Value,
    secs: i64,
) -> Result<()> {
    draft(tenant, key, design).await?;
    let caller = caller(tenant).await?;
    let engine = Engine::new(tenant.api.mirror.clone(), master_key(), None);
    let mut transaction = tenant::begin(&tenant.api.mirror, caller.organisation).await?;
    let at = || ago(secs).into();
    phases::start(&engine, &mut transaction, &caller, key, false, at).await?;
    transaction.commit().await?;
    do_work(&tenant.api.mirror).await?;
    Ok(())
}

/// Stopped, so many seconds ago.
pub(crate) async fn stop_ago(tenant: &Tenant, key: &str, secs: i64) -> Result<()> {
    let organisation = tenant.organisation().await?;
    let mut transaction = tenant::begin(&tenant.api.mirror, organisation).await?;
    stop_in(tenant, &mut transaction, key, secs).await?;
    transaction.commit().await?;
    do_work(&tenant.api.mirror).await?;
    Ok(())
}

/// Stops it in a transaction that goes on.
pub(crate) async fn stop_in(
    tenant: &Tenant,
    conn: &mut PgConnection,
    key: &str,
    secs: i64,
) -> Result<()> {
    let ending = Ending {
        shipped: None,
        reason: "Enough.",
        decision: None,
        actor: "test",
    };
    let organisation = tenant.organisation().await?;
    phases::end(conn, organisation, key, ending, || ago(secs).into()).await?;
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

/// Visitors who are exposed, and what they buy: of every arm so many of a hundred.
pub(crate) async fn play(
    tenant: &Tenant,
    count: usize,
    of_plain: usize,
    of_round: usize,
) -> Result<()> {
    let mut served = [0, 0];
    for chunk in (0..count).collect::<Vec<_>>().chunks(500) {
        let ids: Vec<String> = chunk.iter().map(|it| format!("visitor-{it}")).collect();
        let visitors: Value = ids.iter().map(|id| json!({ "anonymous_id": id })).collect();
        let seen = assign(tenant, &visitors, true).await?;
        let mut events = Vec::new();
        for (id, seen) in ids.iter().zip(&seen) {
            // One that a coverage leaves out.
            let Some(arm) = seen["features"][0]["arm"]["arm"].as_str() else {
                continue;
            };
            let (place, share) = if arm == "plain" {
                (0, of_plain)
            } else {
                (1, of_round)
            };
            // The same share of each arm, whoever is in it.
            if served[place] % 100 < share {
                events.push(
                    json!({ "message_id": id, "event": "bought", "anonymous_id": id,
                                    "properties": { "size": 2 } }),
                );
            }
            served[place] += 1;
        }
        if !events.is_empty() {
            let answer = tenant
                .posted("/v1/events/batch", &json!({ "events": events }))
                .await?;
            assert_eq!(answer["rejected"], 0, "{answer}");
        }
    }
    Ok(())
}

/// Holds a fifth of all browsers out, measured by `bought`.
pub(crate) async fn hold_out(tenant: &Tenant, key: &str) -> Result<Answer> {
    let body = json!({
        "holdout": { "key": key, "hash_attribute": "anonymous_id", "held_out_bps": 2_000 },
        "metrics": [{ "metric": "bought", "role": "primary" }],
    });
    tenant.call(Method::PUT, "/v1/holdout", Some(&body)).await
}
