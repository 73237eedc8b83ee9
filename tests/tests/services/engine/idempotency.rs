//! Idempotency keys: one effect a key, and a key is its caller's own.

use super::capture::{send, send_as};
use crate::support::tenant::Tenant;
use anyhow::Result;
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_pages_key_cannot_take_a_servers_idempotency_key() -> Result<()> {
    let tenant = Tenant::open().await?;
    let page = tenant.key("write").await?;
    let alias = json!({ "anonymous_id": "v", "user_id": "u" }).to_string();
    let named = [("idempotency-key", "order-1")];
    let taken = send_as(&tenant, &page, "/v1/alias", &named, alias.into_bytes()).await?;
    assert_eq!(taken.status, StatusCode::OK, "{taken:?}");
    let body = json!({ "name": "once", "kind": "read" }).to_string();
    let made = send(&tenant, "/v1/api-keys", &named, body.into_bytes()).await?;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    Ok(())
}

#[tokio::test]
async fn an_idempotency_key_has_no_effect_on_capture() -> Result<()> {
    let tenant = Tenant::open().await?;
    let named = [("idempotency-key", "order-1")];
    for (visitor, status) in [("v1", "accepted"), ("v2", "accepted"), ("v2", "duplicate")] {
        let item =
            json!({ "message_id": visitor, "event": "page_viewed", "anonymous_id": visitor });
        for (path, body) in [
            ("/v1/events", item.clone()),
            ("/v1/events/batch", json!({ "events": [item] })),
        ] {
            let answer = send(&tenant, path, &named, body.to_string().into_bytes()).await?;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
            assert!(!answer.headers.contains_key("idempotent-replayed"));
            let answer = answer.json()?;
            let expected = if path == "/v1/events" {
                status
            } else {
                "duplicate"
            };
            let first = answer.get("items").map_or(&answer, |items| &items[0]);
            assert_eq!(first["status"], expected);
        }
    }
    let kept: i64 = sqlx::query_scalar("select count(*) from engine.idempotency")
        .fetch_one(&tenant.api.mirror)
        .await?;
    assert_eq!(kept, 0);
    Ok(())
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_has_no_effect() -> Result<()> {
    let tenant = Tenant::open().await?;
    let body = json!({ "name": "once", "kind": "read" })
        .to_string()
        .into_bytes();
    let key = [("idempotency-key", "order-1")];
    let first = send(&tenant, "/v1/api-keys", &key, body.clone()).await?;
    let second = send(&tenant, "/v1/api-keys", &key, body.clone()).await?;
    assert_eq!((first.status, &first.text), (second.status, &second.text));
    assert_eq!(second.headers["idempotent-replayed"], "true");
    assert_eq!(
        tenant.json("/v1/api-keys").await?["data"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    let other = json!({ "name": "other", "kind": "read" })
        .to_string()
        .into_bytes();
    let reused = send(&tenant, "/v1/api-keys", &key, other).await?;
    reused.refusal("/v1/api-keys", StatusCode::UNPROCESSABLE_ENTITY)?;
    // What was refused is not remembered.
    let key = [("idempotency-key", "order-2")];
    let bad = send(&tenant, "/v1/api-keys", &key, b"{}".to_vec()).await?;
    bad.refusal("/v1/api-keys", StatusCode::BAD_REQUEST)?;
    let good = send(&tenant, "/v1/api-keys", &key, body.clone()).await?;
    assert_eq!(good.status, StatusCode::CREATED);
    // Another organisation's keys are its own.
    let neighbour = Tenant::join(tenant.api.clone(), 2).await?;
    let theirs = send(
        &neighbour,
        "/v1/api-keys",
        &[("idempotency-key", "order-1")],
        body,
    )
    .await?;
    assert_eq!(theirs.status, StatusCode::CREATED);
    assert_ne!(theirs.text, first.text);
    Ok(())
}
