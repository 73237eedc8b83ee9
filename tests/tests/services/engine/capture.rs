//! Capture: an answer for each item, and nothing counted twice.

use super::tenant::{Tenant, call};
use anyhow::Result;
use axum::http::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn each_item_of_a_batch_is_answered_for_itself() -> Result<()> {
    let tenant = Tenant::open().await?;
    let body = json!({ "events": [
        { "message_id": "m1", "event": "pricing_page_visited", "anonymous_id": "v1" },
        { "message_id": "m2", "event": "subscribed", "anonymous_id": "v1" },
        { "message_id": "m3", "event": "demooRequested", "anonymous_id": "null" },
        { "message_id": "m1", "event": "pricing_page_visited", "anonymous_id": "v1" },
        { "message_id": "m1", "event": "page_viewed", "anonymous_id": "v1" },
        7,
    ] });
    let answer = tenant.post("/v1/events/batch", &body).await?;
    assert_eq!(answer.status, StatusCode::MULTI_STATUS);
    let answer = answer.json()?;
    let of = |index: usize| {
        let item = &answer["items"][index];
        (
            item["status"].as_str().unwrap_or_default().to_owned(),
            item["code"].clone(),
        )
    };
    assert_eq!(of(0), ("accepted".to_owned(), json!(null)));
    assert_eq!(of(1), ("rejected".to_owned(), json!("reserved_name")));
    assert_eq!(of(2), ("rejected".to_owned(), json!("reserved_identifier")));
    assert_eq!(of(3), ("duplicate".to_owned(), json!(null)));
    assert_eq!(of(4), ("rejected".to_owned(), json!("reused_message_id")));
    assert_eq!(of(5), ("rejected".to_owned(), json!("wrong_type")));
    assert_eq!(
        (&answer["accepted"], &answer["rejected"]),
        (&json!(1), &json!(4))
    );
    Ok(())
}

#[tokio::test]
async fn a_write_key_captures_and_reads_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    let key = tenant.key("write").await?;
    let body = json!({ "message_id": "m1", "event": "page_viewed", "anonymous_id": "v1" });
    let captured = call(&tenant.api, Method::POST, "/v1/events", &key, Some(&body)).await?;
    assert_eq!(captured.status, StatusCode::OK, "{captured:?}");
    let path = "/v1/organisation";
    let read = call(&tenant.api, Method::GET, path, &key, None).await?;
    read.refusal(path, StatusCode::FORBIDDEN)?;
    Ok(())
}
