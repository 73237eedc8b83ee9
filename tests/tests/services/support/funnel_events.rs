//! Events with times, and what funnels say of them.

use super::tenant::Tenant;
use anyhow::{Context, Result, ensure};
use axum::http::StatusCode;
use chrono::{DateTime, Days, Duration, NaiveTime, Utc};
use serde_json::{Value, json};
use std::sync::LazyLock;
use tessera_domain::projection::Definition;
use tessera_engine::projection::verify;
use tessera_store::{OrganisationId, analytics::funnel, tenant};

/// Midnight ten days ago, so that all that the tests tell has happened and is not too old.
static BASE: LazyLock<DateTime<Utc>> = LazyLock::new(|| {
    let now: DateTime<Utc> = std::time::SystemTime::now().into();
    (now - Days::new(10))
        .with_time(NaiveTime::MIN)
        .single()
        .expect("UTC has every midnight")
});

/// The moment from which seconds are counted.
pub(crate) fn base() -> DateTime<Utc> {
    *BASE
}

/// Something that a visitor did.
#[derive(Debug, Clone)]
pub(crate) struct Happened(Value);

/// What `visitor` did so many seconds after [`base`]. The same again is the same message.
pub(crate) fn happened(visitor: &str, event: &str, secs: i64) -> Happened {
    Happened(json!({
        "message_id": format!("{visitor}-{event}-{secs}"),
        "anonymous_id": visitor,
        "event": event,
        "timestamp": (base() + Duration::seconds(secs)).to_rfc3339(),
        "properties": {},
    }))
}

impl Happened {
    /// With a property.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.0["properties"][name] = json!(value);
        self
    }

    /// By this visitor instead.
    pub(crate) fn of(mut self, visitor: &str) -> Self {
        self.0["anonymous_id"] = json!(visitor);
        self
    }

    /// By a visitor who says which user they are.
    pub(crate) fn by(mut self, user: &str) -> Self {
        self.0["user_id"] = json!(user);
        self
    }

    /// Once more, as another message.
    pub(crate) fn again(mut self) -> Self {
        let id = self.0["message_id"].as_str().unwrap_or_default().to_owned();
        self.0["message_id"] = json!(id + "-again");
        self
    }
}

/// Captures in one batch, none of which may be rejected.
pub(crate) async fn capture(tenant: &Tenant, events: &[Happened]) -> Result<()> {
    let events: Vec<&Value> = events.iter().map(|event| &event.0).collect();
    let answer = tenant
        .post("/v1/events/batch", &json!({ "events": events }))
        .await?;
    ensure!(answer.status == StatusCode::OK, "{answer:?}");
    ensure!(answer.json()?["rejected"] == 0, "{answer:?}");
    Ok(())
}

/// Visit, signup, demo, purchase within an hour; a cancellation between signup and demo voids.
pub(crate) fn definition() -> Value {
    let step = |event: &str| json!({ "name": event, "any_of": [{ "event": event }] });
    json!({
        "mode": "ordered",
        "steps": [step("visit"), step("signup"), step("demo"), step("purchase")],
        "window_secs": 3_600,
        "exclusions": [{ "filter": { "event": "cancel" }, "from_step": 2, "to_step": 3 }],
        "breakdown": "channel",
    })
}

/// Makes a funnel; its number.
pub(crate) async fn made(tenant: &Tenant, name: &str, definition: &Value) -> Result<i32> {
    let body = json!({ "name": name, "definition": definition });
    let made = tenant.post("/v1/funnels", &body).await?;
    ensure!(made.status == StatusCode::ACCEPTED, "{made:?}");
    let made = made.json()?;
    ensure!(made["status"] == "building", "{made}");
    Ok(i32::try_from(made["id"].as_i64().context("an id")?)?)
}

/// The report of a kept funnel.
pub(crate) async fn results(tenant: &Tenant, id: i32, filters: &str) -> Result<Value> {
    let path = format!("/v1/funnels/{id}/results?{filters}");
    Ok(tenant.json(&path).await?["report"].clone())
}

/// The report on the stream.
pub(crate) async fn asked(tenant: &Tenant, definition: &Value) -> Result<Value> {
    let question = json!({ "definition": definition });
    Ok(tenant.posted("/v1/query/funnel", &question).await?["report"].clone())
}

/// How many people reach each step.
pub(crate) fn persons(report: &Value) -> Vec<u64> {
    let steps = report["steps"].as_array().into_iter().flatten();
    steps.filter_map(|step| step["persons"].as_u64()).collect()
}

/// Whether a funnel of the first organisation is consistent in itself.
pub(crate) async fn verified(tenant: &Tenant, id: i32) -> Result<bool> {
    let mut reader = tenant::snapshot(&tenant.api.mirror, OrganisationId(1)).await?;
    let found = funnel::get(&mut reader, id).await?.context("a funnel")?;
    let definition = Definition::Funnel(found.definition);
    let verified = verify(&mut reader, id, &definition).await?;
    Ok((verified.differing, verified.sums) == (0, 0))
}
