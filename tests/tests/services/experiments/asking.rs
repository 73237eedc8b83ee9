//! What a request for arms may ask for, and what it costs.

use crate::support::{
    client::Api,
    experiments::{assign, define_metrics, design, hold_out, launch, refused},
    tenant::Tenant,
};
use anyhow::Result;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use tessera_api::ApiConfig;
use tessera_engine::capture::QuotaLimits;
use tessera_store::capture::quota_use::Amount;

const PATH: &str = "/v1/assign";

/// An experiment that runs and is grouped by the country.
async fn running(tenant: &Tenant) -> Result<()> {
    define_metrics(tenant).await?;
    let mut grouped = design();
    grouped["dimensions"] = json!([{ "property": "country", "values": ["CH"] }]);
    launch(tenant, "button", &grouped).await
}

fn visitors(count: usize) -> Value {
    (0..count)
        .map(|it| json!({ "anonymous_id": format!("visitor-{it}") }))
        .collect()
}

/// The rule that the only refused field of a request breaks.
async fn rule(tenant: &Tenant, body: &Value, field: &str) -> Result<String> {
    let answer = tenant.post(PATH, body).await?;
    let problem = answer.refusal(PATH, StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    Ok(problem["errors"][0]["rule"]
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

#[tokio::test]
async fn names_that_no_feature_has_and_repeated_ones_are_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (features, field) in [
        (json!(["button", "$holdout:2026"]), "features[1]"),
        (json!(["Button"]), "features[0]"),
        (json!([""]), "features[0]"),
        (json!(["button", "other", "button"]), "features[2]"),
    ] {
        let body = json!({ "visitors": visitors(1), "features": features });
        assert_eq!(refused(&tenant, PATH, &body).await?, field);
    }
    Ok(())
}

#[tokio::test]
async fn what_is_asked_for_together_is_bounded() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    for key in ["one", "two"] {
        launch(&tenant, key, &design()).await?;
    }
    let names: Vec<String> = (0..21).map(|it| format!("name-{it}")).collect();
    let body = |count: usize, features: &Value, expose: bool| {
        let mut body = json!({ "visitors": visitors(count), "expose": expose });
        if !features.is_null() {
            body["features"] = features.clone();
        }
        body
    };
    let (named, all) = (json!(names), Value::Null);
    for (count, features, expose) in [(477, &named, false), (48, &named, true), (501, &all, true)] {
        let rule = rule(&tenant, &body(count, features, expose), "visitors").await?;
        assert!(
            rule.starts_with(&format!("must have at most {}", count - 1)),
            "{rule}"
        );
    }
    for (count, features, expose) in [(476, &named, false), (47, &named, true), (500, &all, true)] {
        let answer = tenant.post(PATH, &body(count, features, expose)).await?;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }
    // Who is held out is recorded as well.
    assert_eq!(hold_out(&tenant, "2026").await?.status, StatusCode::OK);
    let rule = rule(&tenant, &body(334, &all, true), "visitors").await?;
    assert!(rule.starts_with("must have at most 333"), "{rule}");
    Ok(())
}

#[tokio::test]
async fn what_exposures_keep_of_a_visitor_is_checked_as_events_are() -> Result<()> {
    let tenant = Tenant::open().await?;
    running(&tenant).await?;
    for value in [
        json!("a\0b"),
        json!("x".repeat(2_001)),
        json!("ada@example.com"),
        json!([[[[[["deep"]]]]]]),
        json!(vec!["x".repeat(2_000); 17]),
    ] {
        let asked = json!([
            { "anonymous_id": "a", "properties": { "country": "CH" } },
            { "anonymous_id": "b", "properties": { "country": value, "other": "ada@example.com" } },
        ]);
        let body = json!({ "visitors": asked, "expose": true });
        let field = refused(&tenant, PATH, &body).await?;
        assert!(field.starts_with("visitors[1].properties"), "{field}");
    }
    let counted: i64 =
        sqlx::query_scalar("select count(*) from engine.event where name = 'experiment_exposed'")
            .fetch_one(&tenant.api.mirror)
            .await?;
    assert_eq!(counted, 0);
    // What is not kept is not looked at.
    let asked = json!([{ "anonymous_id": "a", "properties": { "other": "ada@example.com" } }]);
    assign(&tenant, &asked, true).await?;
    Ok(())
}

#[tokio::test]
async fn exposures_count_against_the_quota_of_the_day() -> Result<()> {
    let limit = Amount {
        events: 1_004,
        bytes: 1_000_000,
    };
    let quotas = QuotaLimits {
        organisation: limit,
        page_key: limit,
    };
    let api = Api::start_limited(ApiConfig::default(), quotas).await?;
    let tenant = Tenant::join(Arc::new(api), 1).await?;
    running(&tenant).await?;
    let body = |first: usize, count: usize, expose: bool| {
        let visitors: Value = (first..first + count)
            .map(|it| json!({ "anonymous_id": format!("visitor-{it}") }))
            .collect();
        json!({ "visitors": visitors, "features": ["button"], "expose": expose })
    };
    // What was seen before is no exposure, and who only asks shows nothing.
    for (first, count, expose) in [
        (0, 1_000, true),
        (0, 3, true),
        (0, 1_000, false),
        (1_000, 3, true),
    ] {
        let answer = tenant.post(PATH, &body(first, count, expose)).await?;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }
    let answer = tenant.post(PATH, &body(1_003, 2, true)).await?;
    let problem = answer.refusal(PATH, StatusCode::TOO_MANY_REQUESTS)?;
    assert_eq!(problem["type"], "urn:tessera:problem:quota-used-up");
    let answer = tenant.post(PATH, &body(1_003, 1, true)).await?;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    Ok(())
}
