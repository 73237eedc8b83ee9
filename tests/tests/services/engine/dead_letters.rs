//! Dead letters: enough to mend the sender, and nothing about anybody.

use crate::support::tenant::Tenant;
use anyhow::Result;
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::{Value, json};

const PATH: &str = "/v1/events/batch";

async fn kept(tenant: &Tenant) -> Result<String> {
    let kept = sqlx::query_scalar(
        "select string_agg(concat_ws(' ', message_id, field, rule, encode(item, 'escape')), '; ' order by id)
         from engine.dead_letter",
    );
    Ok(kept.fetch_one(&tenant.api.mirror).await?)
}

#[tokio::test]
async fn personal_data_is_kept_in_no_dead_letter() -> Result<()> {
    let tenant = Tenant::open().await?;
    let deep = json!([[[[[[["ada@example.com"]]]]]]]);
    let body = json!({ "events": [
        { "message_id": "m1", "event": "page_viewed", "user_id": "user-7", "email": "ada@example.com" },
        { "message_id": "m2", "event": "page_viewed", "user_id": "user-7", "ada@example.com": 1 },
        { "message_id": "m3", "event": "ada@example.com", "user_id": "user-7" },
        { "message_id": "m4", "event": "subscribed", "user_id": "user-7",
          "properties": { "email": "ada@example.com" } },
        { "message_id": "m5", "event": "page_viewed", "user_id": "user-7",
          "timestamp": "ada@example.com" },
        { "message_id": "m6", "event": "page_viewed", "user_id": "user-7", "properties": { "deep": deep } },
        { "message_id": "m7", "event": "Bad Name", "user_id": "user-7", "anonymous_id": "browser-7" },
    ] });
    let answer = tenant.post(PATH, &body).await?;
    assert_eq!(answer.status, StatusCode::MULTI_STATUS);
    let answer = answer.json()?;
    assert_eq!(answer["rejected"], 7);
    let kept = kept(&tenant).await?;
    for (what, text) in [("answer", answer.to_string()), ("letters", kept.clone())] {
        for personal in ["ada@", "user-7", "browser-7"] {
            assert!(!text.contains(personal), "{personal} in the {what}: {text}");
        }
    }
    // What nobody stands in is kept to be mended.
    assert!(kept.contains("Bad Name"), "{kept}");
    Ok(())
}

#[tokio::test]
async fn what_is_refused_of_somebody_who_objects_is_not_kept() -> Result<()> {
    let tenant = Tenant::open().await?;
    let bad = json!({ "message_id": "secret-1", "event": "Bad Name", "anonymous_id": "v" });
    let good = json!({ "message_id": "m2", "event": "page_viewed", "anonymous_id": "v" });
    let request = Request::post(PATH)
        .header("authorization", format!("Bearer {}", tenant.admin_key))
        .header("content-type", "application/json")
        .header("sec-gpc", "1")
        .body(Body::from(json!({ "events": [bad, good] }).to_string()))?;
    let answer = tenant.api.send(request).await?;
    assert_eq!(answer.status, StatusCode::MULTI_STATUS, "{answer:?}");
    let statuses =
        |answer: &Value| json!([answer["items"][0]["status"], answer["items"][1]["status"]]);
    assert_eq!(statuses(&answer.json()?), json!(["rejected", "withheld"]));
    let objecting = json!({ "message_id": "secret-2", "event": "Bad Name", "anonymous_id": "v",
        "context": { "consent": false } });
    let refused = tenant.post("/v1/events", &objecting).await?;
    refused.refusal("/v1/events", StatusCode::BAD_REQUEST)?;
    let kept = kept(&tenant).await?;
    assert!(
        !kept.contains("secret") && !kept.contains("Bad Name"),
        "{kept}"
    );
    // The two share one row: without their content they are equal.
    assert_eq!(letters(&tenant).await?, 1);
    Ok(())
}

async fn letters(tenant: &Tenant) -> Result<i64> {
    Ok(
        sqlx::query_scalar("select count(*) from engine.dead_letter")
            .fetch_one(&tenant.api.mirror)
            .await?,
    )
}

#[tokio::test]
async fn a_refused_message_that_is_sent_again_is_kept_once() -> Result<()> {
    let tenant = Tenant::open().await?;
    let bad = json!({ "message_id": "m", "event": "Bad Name", "anonymous_id": "v" });
    let unread = json!({ "event": "page_viewed", "anonymous_id": "v" });
    let objecting = json!({ "message_id": "m2", "event": "Bad Name", "anonymous_id": "v",
        "context": { "consent": false } });
    let batch = json!({ "events": [bad, unread, 7, objecting, bad] });
    for _ in 0..3 {
        assert_eq!(
            tenant.post(PATH, &batch).await?.status,
            StatusCode::MULTI_STATUS
        );
        let alone = tenant.post("/v1/events", &bad).await?;
        alone.refusal("/v1/events", StatusCode::BAD_REQUEST)?;
        assert_eq!(letters(&tenant).await?, 4);
    }
    // Another message that is refused for the same reason is another one.
    let other = json!({ "message_id": "m3", "event": "Bad Name", "anonymous_id": "v" });
    tenant.post("/v1/events", &other).await?;
    assert_eq!(letters(&tenant).await?, 5);
    let neighbour = Tenant::join(tenant.api.clone(), 2).await?;
    neighbour.post("/v1/events", &bad).await?;
    assert_eq!(letters(&tenant).await?, 6);
    Ok(())
}

#[tokio::test]
async fn an_organisation_keeps_its_latest_10000_dead_letters() -> Result<()> {
    let tenant = Tenant::open().await?;
    let organisation = tenant.organisation().await?;
    sqlx::query(
        "insert into engine.dead_letter (organisation, message_id, code, field, rule, item)
         select $1, 'old-' || n, 'invalid_name', 'event', '', '' from generate_series(1, 10000) n",
    )
    .bind(organisation.0)
    .execute(&tenant.api.mirror)
    .await?;
    let batch: Vec<Value> = (0..200)
        .map(|n| json!({ "message_id": format!("new-{n}"), "event": "Bad Name", "anonymous_id": "v" }))
        .collect();
    let answer = tenant.post(PATH, &json!({ "events": batch })).await?;
    assert_eq!(answer.status, StatusCode::MULTI_STATUS);
    assert_eq!(letters(&tenant).await?, 10_000);
    let oldest = tenant.json("/v1/dead-letters?limit=1").await?;
    assert_eq!(oldest["data"][0]["message_id"], "old-201");
    Ok(())
}
