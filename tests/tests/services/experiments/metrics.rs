//! Metrics: defined, changed, removed.

use crate::support::{
    experiments::{define_metrics, refused},
    tenant::Tenant,
};
use anyhow::Result;
use axum::http::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn a_metric_that_breaks_a_rule_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (name, metric, field) in [
        (
            "Bought",
            json!({ "measure": { "retention": {} }, "window_hours": 24 }),
            "name",
        ),
        (
            "kept",
            json!({ "measure": { "retention": {} } }),
            "metric.window_hours",
        ),
        (
            "kept",
            json!({ "measure": { "nothing": {} } }),
            "metric.measure",
        ),
        (
            "paid",
            json!({ "measure": { "revenue": { "currency": "EUR" } } }),
            "metric.measure.revenue.currency",
        ),
        (
            "odd",
            json!({ "measure": { "binomial": { "event": { "event": "NotAnEvent" } } } }),
            "metric.measure.binomial.event.event",
        ),
    ] {
        let body = json!({ "name": name, "metric": metric });
        assert_eq!(refused(&tenant, "/v1/metrics", &body).await?, field);
    }
    Ok(())
}

#[tokio::test]
async fn another_version_takes_the_place_of_the_first_and_is_removed_with_its_name() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let metric = json!({ "measure": { "binomial": { "event": { "event": "pageViewed" } } } });
    let body = json!({ "name": "bought", "metric": metric });
    let second = tenant.posted("/v1/metrics", &body).await?;
    assert_eq!(second["version"], 2);
    assert_eq!(
        second["metric"]["measure"]["binomial"]["event"]["event"],
        "page_viewed"
    );
    let list = tenant.json("/v1/metrics?limit=1").await?;
    assert_eq!(list["data"][0]["name"], "bought");
    let cursor = list["next_cursor"].as_str().unwrap_or_default();
    let rest = tenant.json(&format!("/v1/metrics?cursor={cursor}")).await?;
    assert_eq!(rest["data"][0]["name"], "spent");
    let gone = tenant
        .call(Method::DELETE, "/v1/metrics/bought", None)
        .await?;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    for method in [Method::DELETE, Method::GET] {
        let absent = tenant.call(method, "/v1/metrics/bought", None).await?;
        assert_eq!(absent.status, StatusCode::NOT_FOUND);
    }
    Ok(())
}
