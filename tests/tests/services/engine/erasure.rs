//! Erasure: what was forgotten does not come back with what arrives later.

use crate::support::{
    people::ago,
    tenant::{Tenant, call},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
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

#[tokio::test]
async fn an_erased_person_leaves_no_identifier_trait_or_key_and_keeps_no_message() -> Result<()> {
    let tenant = Tenant::open().await?;
    let body = json!({ "anonymous_id": "v", "user_id": "u1", "email": "ada@example.com",
        "traits": { "name": "Ada", "country": "CH" } });
    let person = tenant.posted("/v1/identify", &body).await?["person"].clone();
    let person: Uuid = person.as_str().context("a person")?.parse()?;
    let at = ago(3_600);
    tenant
        .does("v", "page_viewed", at, json!({ "order": 7 }))
        .await?;
    let path = format!("/v1/persons/{person}");
    // Only an administrator erases; nobody erases a stranger's.
    let page = tenant.key("write").await?;
    let refused = call(&tenant.api, Method::DELETE, &path, &page, None).await?;
    refused.refusal(&path, StatusCode::FORBIDDEN)?;
    let neighbour = Tenant::join(tenant.api.clone(), 2).await?;
    let absent = neighbour.call(Method::DELETE, &path, None).await?;
    absent.refusal(&path, StatusCode::NOT_FOUND)?;

    let erased = tenant.call(Method::DELETE, &path, None).await?;
    assert_eq!(erased.status, StatusCode::NO_CONTENT, "{erased:?}");
    let again = tenant.call(Method::DELETE, &path, None).await?;
    assert_eq!(again.status, StatusCode::NO_CONTENT, "{again:?}");
    let left = tenant.json(&path).await?;
    assert_eq!(
        (&left["traits"], &left["identifiers"]),
        (&json!({}), &json!([]))
    );
    assert_eq!(left["identified"], json!(false));
    let traits = tenant.json(&format!("{path}/personal-traits")).await?;
    assert_eq!(traits, json!({}));
    let rows: i64 = sqlx::query_scalar(
        "select (select count(*) from engine.identifier)
              + (select count(*) from engine.person where sealed is not null or data_key is not null)",
    )
    .fetch_one(&tenant.api.mirror)
    .await?;
    assert_eq!(rows, 0);
    // The same message does not count again, and makes nobody of the visitor.
    let timeline = tenant.json(&format!("{path}/timeline")).await?;
    assert_eq!(timeline["data"].as_array().map(Vec::len), Some(2));
    tenant
        .does("v", "page_viewed", at, json!({ "order": 7 }))
        .await?;
    assert_eq!(tenant.json(&format!("{path}/timeline")).await?, timeline);
    assert!(tenant.person("v").await.is_err());
    Ok(())
}
