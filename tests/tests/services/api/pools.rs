//! Each use of the database has connections of its own: strangers who read what takes long take none
//! from organisations.

use crate::support::{
    client::{Answer, send, state_of},
    database::until_waiting,
    tenant::Tenant,
};
use anyhow::{Result, ensure};
use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};
use tessera_api::ApiConfig;

async fn call(
    router: &Router,
    key: &str,
    method: Method,
    path: &str,
    body: Value,
) -> Result<Answer> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_TYPE, "application/json");
    send(router, request.body(Body::from(body.to_string()))?).await
}

#[tokio::test]
async fn strangers_who_wait_for_the_mirror_hold_up_no_organisation() -> Result<()> {
    let tenant = Tenant::open().await?;
    let router = tessera_api::app(state_of(&tenant.api.url, ApiConfig::default(), 2)?);
    // Reading members waits for as long as this is held.
    let mut lock = tenant.api.mirror.begin().await?;
    sqlx::query("lock table public.member in access exclusive mode")
        .execute(&mut *lock)
        .await?;
    let strangers: Vec<_> = (0..8)
        .map(|_| {
            let router = router.clone();
            tokio::spawn(async move {
                send(&router, Request::get("/v1/members").body(Body::empty())?).await
            })
        })
        .collect();
    until_waiting(&tenant.api.mirror, 2).await?;
    let key = &tenant.admin_key;
    let event = json!({ "message_id": "m", "event": "page_viewed", "anonymous_id": "v" });
    let captured = call(&router, key, Method::POST, "/v1/events", event).await?;
    ensure!(captured.status == StatusCode::OK, "{captured:?}");
    let leads = call(&router, key, Method::GET, "/v1/leads", json!({})).await?;
    ensure!(leads.status == StatusCode::OK, "{leads:?}");
    let question = json!({ "definition": {
        "mode": "ordered", "window_secs": 60,
        "steps": [
            { "name": "one", "any_of": [{ "event": "page_viewed" }] },
            { "name": "two", "any_of": [{ "event": "demo_requested" }] },
        ],
    } });
    let asked = call(&router, key, Method::POST, "/v1/query/funnel", question).await?;
    ensure!(asked.status == StatusCode::OK, "{asked:?}");
    lock.rollback().await?;
    for stranger in strangers {
        // Who found no place among the strangers was sent away meanwhile.
        let answer = stranger.await??;
        let known = [StatusCode::OK, StatusCode::TOO_MANY_REQUESTS];
        ensure!(known.contains(&answer.status), "{answer:?}");
    }
    Ok(())
}
