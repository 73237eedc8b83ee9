//! Which journeys are refused, and what a draft does: nothing.

use crate::support::{
    journeys::{act, draft, nurturing, of_node, runs, sign_up, walk},
    tenant::Tenant,
};
use anyhow::{Result, ensure};
use axum::http::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn a_journey_that_breaks_a_rule_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let refused = |journey: Value, field: &'static str| {
        let tenant = &tenant;
        async move {
            let body = json!({ "name": "welcome", "journey": journey });
            let answer = tenant.post("/v1/journeys", &body).await?;
            ensure!(answer.status == StatusCode::BAD_REQUEST, "{answer:?}");
            let refusal = answer.json()?;
            ensure!(refusal["errors"][0]["field"] == field, "{refusal}");
            anyhow::Ok(())
        }
    };
    let mut lost = nurturing();
    lost["start"] = json!("nowhere");
    refused(lost, "journey.start").await?;
    let circle = of_node(json!({ "announce": { "name": "again", "next": "node" } }));
    refused(circle, "journey.nodes.end").await?;
    let unknown = of_node(json!({ "teleport": { "next": "end" } }));
    refused(unknown, "journey.nodes.node").await?;
    let personal = json!({ "update": { "traits": { "email": "a@example.com" }, "next": "end" } });
    refused(of_node(personal), "journey.nodes.node.update.traits.email").await?;
    let body = json!({ "name": "No Name", "journey": nurturing() });
    let answer = tenant.post("/v1/journeys", &body).await?;
    assert_eq!(answer.json()?["errors"][0]["field"], "name");
    Ok(())
}

#[tokio::test]
async fn what_is_not_there_is_not_found() -> Result<()> {
    let tenant = Tenant::open().await?;
    for path in ["", "/flow", "/runs", "?version=1"] {
        let answer = tenant.get(&format!("/v1/journeys/welcome{path}")).await?;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    draft(&tenant, "welcome", &nurturing()).await?;
    let other = json!({ "version": 2 });
    let answer = tenant.post("/v1/journeys/welcome/publish", &other).await?;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{answer:?}");
    let answer = tenant
        .call(axum::http::Method::DELETE, "/v1/journeys/other", None)
        .await?;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn a_segment_that_is_not_there_is_refused_when_it_is_published() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mut journey = nurturing();
    journey["entry"] = json!({ "segment": "keen" });
    draft(&tenant, "welcome", &journey).await?;
    let answer = tenant
        .post("/v1/journeys/welcome/publish", &json!({ "version": 1 }))
        .await?;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    assert_eq!(answer.json()?["errors"][0]["field"], "journey.entry");
    Ok(())
}

#[tokio::test]
async fn nobody_enters_a_draft() -> Result<()> {
    let tenant = Tenant::open().await?;
    draft(&tenant, "welcome", &nurturing()).await?;
    sign_up(&tenant, "ann").await?;
    act(&tenant, "ann", "plan_viewed").await?;
    walk(&tenant).await?;
    assert_eq!(runs(&tenant, "welcome").await?, []);
    Ok(())
}

#[tokio::test]
async fn an_organisation_has_at_most_a_hundred_journeys() -> Result<()> {
    let tenant = Tenant::open().await?;
    for number in 0..100 {
        draft(&tenant, &format!("journey_{number}"), &nurturing()).await?;
    }
    draft(&tenant, "journey_7", &nurturing()).await?;
    let body = json!({ "name": "one_more", "journey": nurturing() });
    let answer = tenant.post("/v1/journeys", &body).await?;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{answer:?}");
    Ok(())
}
