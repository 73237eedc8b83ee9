//! Each use of the database has connections of its own: strangers who read what takes long take none
//! from organisations.

use crate::support::{
    client::{Answer, master_key, send},
    tenant::Tenant,
};
use anyhow::{Result, ensure};
use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use std::time::Duration;
use tessera_api::{ApiConfig, ApiState, Pools};
use tessera_engine::Engine;
use tessera_store::read;
use tessera_tests::eventually;

const PATIENCE: Duration = Duration::from_secs(5);

fn router(url: &str) -> Result<Router> {
    let pool = |connections| read::pool(url, connections, PATIENCE);
    let pools = Pools {
        mirror: pool(2)?,
        questions: pool(1)?,
        access: pool(1)?,
    };
    let engine = Engine::new(
        tessera_store::service(url, 2, PATIENCE)?,
        master_key(),
        None,
    );
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    let state = ApiState::new(pools, engine, metrics, ApiConfig::default());
    Ok(tessera_api::app(state))
}

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
    let router = router(&tenant.api.url)?;
    // Whoever reads members waits as long as this is held.
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
    eventually(PATIENCE, async || {
        let waiting = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";
        let waiting: i64 = sqlx::query_scalar(waiting)
            .fetch_one(&tenant.api.mirror)
            .await?;
        Ok(if waiting == 2 {
            Ok(())
        } else {
            Err(format!("{waiting} wait"))
        })
    })
    .await?;
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
