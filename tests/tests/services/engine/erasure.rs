//! Erasure: what was forgotten does not come back with what arrives later.

use super::{people::ago, tenant::Tenant};
use anyhow::{Context, Result};
use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

async fn identify(tenant: &Tenant, traits: Value) -> Result<Uuid> {
    let body = json!({ "anonymous_id": "v", "user_id": "u1", "traits": traits });
    let answer = tenant.posted("/v1/identify", &body).await?;
    Ok(answer["person"].as_str().context("a person")?.parse()?)
}

async fn sql(tenant: &Tenant, statement: &str, person: Uuid) -> Result<()> {
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(person)
        .execute(&tenant.api.mirror)
        .await?;
    Ok(())
}

#[tokio::test]
async fn late_events_do_not_bring_an_erased_person_back() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant
        .does("v", "page_viewed", ago(7_200), json!({}))
        .await?;
    let erased = identify(&tenant, json!({ "name": "Ada" })).await?;
    sql(
        &tenant,
        "delete from engine.identifier where person = $1",
        erased,
    )
    .await?;
    let forget = "update engine.person set sealed = null, data_key = null where id = $1";
    sql(&tenant, forget, erased).await?;
    let timeline = format!("/v1/persons/{erased}/timeline");
    let before = tenant.json(&timeline).await?;
    tenant
        .does("v", "demo_requested", ago(3_600), json!({}))
        .await?;
    let late = tenant.person("v").await?;
    assert_ne!(late, erased);
    assert_eq!(tenant.json(&timeline).await?, before);
    // Nor does an administrator's merge.
    for (winner, loser) in [(late, erased), (erased, late)] {
        let path = format!("/v1/persons/{winner}/merge");
        let body = json!({ "with": loser, "reason": "it was Ada" });
        let refused = tenant.post(&path, &body).await?;
        refused.refusal(&path, StatusCode::CONFLICT)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_person_whose_key_was_erased_can_be_told_of_again() -> Result<()> {
    let tenant = Tenant::open().await?;
    let person = identify(&tenant, json!({ "name": "Ada" })).await?;
    sql(
        &tenant,
        "update engine.person set data_key = null where id = $1",
        person,
    )
    .await?;
    let path = format!("/v1/persons/{person}/personal-traits");
    assert_eq!(tenant.json(&path).await?, json!({}));
    assert_eq!(
        identify(&tenant, json!({ "phone": "+41 1" })).await?,
        person
    );
    assert_eq!(tenant.json(&path).await?, json!({ "phone": "+41 1" }));
    Ok(())
}
