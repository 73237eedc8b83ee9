//! Personal traits of people who turn out to be one: each was sealed under a key of its own.

use super::persons::{merge, unmerge};
use crate::support::{
    mail::{Relay, deliver, publish, sender, template},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

async fn state(tenant: &Tenant, user: &str, traits: Value) -> Result<Uuid> {
    let body = json!({ "user_id": user, "traits": traits });
    let known = tenant.posted("/v1/identify", &body).await?;
    Ok(known["person"].as_str().context("a person")?.parse()?)
}

async fn traits_of(tenant: &Tenant, person: Uuid) -> Result<Value> {
    let path = format!("/v1/persons/{person}/personal-traits");
    tenant.json(&path).await
}

#[tokio::test]
async fn the_newest_statement_counts_whichever_of_them_it_is_about() -> Result<()> {
    let tenant = Tenant::open().await?;
    let ada = state(
        &tenant,
        "ada",
        json!({ "first_name": "Ada", "phone": "+41 1" }),
    )
    .await?;
    let countess = state(&tenant, "countess", json!({ "first_name": "Augusta" })).await?;
    let merged = merge(&tenant, ada, countess).await?;
    let both = json!({ "first_name": "Augusta", "phone": "+41 1" });
    assert_eq!(traits_of(&tenant, ada).await?, both);
    assert_eq!(traits_of(&tenant, countess).await?, both);
    state(&tenant, "countess", json!({ "first_name": "Lovelace" })).await?;
    let both = json!({ "first_name": "Lovelace", "phone": "+41 1" });
    assert_eq!(traits_of(&tenant, ada).await?, both);
    unmerge(&tenant, ada, merged).await?;
    let apart = json!({ "first_name": "Augusta" });
    assert_eq!(traits_of(&tenant, countess).await?, apart);
    Ok(())
}

#[tokio::test]
async fn an_erasure_takes_those_of_all() -> Result<()> {
    let tenant = Tenant::open().await?;
    let ada = state(&tenant, "ada", json!({ "phone": "+41 1" })).await?;
    let countess = state(&tenant, "countess", json!({ "first_name": "Augusta" })).await?;
    merge(&tenant, ada, countess).await?;
    let path = format!("/v1/persons/{countess}");
    let erased = tenant.call(Method::DELETE, &path, None).await?;
    assert_eq!(erased.status, StatusCode::NO_CONTENT, "{erased:?}");
    let left: i64 =
        sqlx::query_scalar("select count(*) from engine.person where sealed is not null")
            .fetch_one(&tenant.api.mirror)
            .await?;
    assert_eq!(left, 0);
    Ok(())
}

#[tokio::test]
async fn mail_reaches_who_was_merged_at_the_address_that_they_stated() -> Result<()> {
    let tenant = Tenant::open().await?;
    let relay = Relay::start().await?;
    sender(&tenant).await?;
    publish(&tenant, &template("hello", json!({}))).await?;
    let holder = state(&tenant, "holder", json!({ "phone": "+41 1" })).await?;
    let body =
        json!({ "user_id": "ada", "email": "ada@example.com", "traits": { "first_name": "Ada" } });
    let known = tenant.posted("/v1/identify", &body).await?;
    let known: Uuid = known["person"].as_str().context("a person")?.parse()?;
    merge(&tenant, holder, known).await?;
    let body = json!({ "person": holder, "template": "hello" });
    tenant.posted("/v1/messages", &body).await?;
    deliver(&relay.engine(&tenant)?).await?;
    let mail = relay.mail()?;
    assert!(mail.contains("Dear Ada"), "{mail}");
    assert!(mail.contains("ada@example.com"), "{mail}");
    Ok(())
}
