//! Alive, ready, measured, served; and what is left when the database is not there.

use crate::{
    api_client::{Api, app, master_key, send},
    api_rows::OTHER,
};
use anyhow::{Context, Result};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use metrics_exporter_prometheus::PrometheusBuilder;
use std::time::Duration;
use tessera_api::{ApiConfig, ApiState, Engine};
use tessera_store::{Key, PgPool, cursor, read};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Leads to a port where nobody listens.
fn nowhere() -> Result<PgPool> {
    let url = "postgres://nobody@127.0.0.1:1/nothing";
    Ok(read::pool(url, 1, Duration::from_millis(300))?)
}

async fn unready(api: &Api) -> Result<String> {
    let problem = api
        .refusal("/readyz", StatusCode::SERVICE_UNAVAILABLE)
        .await?;
    assert_eq!(problem["type"], "urn:tessera:problem:not-ready");
    Ok(problem["detail"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn readiness_waits_for_the_index_and_ends_with_it() -> Result<()> {
    let api = Api::start().await?;
    assert_eq!(unready(&api).await?, "the indexer has not run yet");
    let conn = &mut *api.mirror.acquire().await?;
    cursor::init(conn, Key([OTHER; 32])).await?;
    cursor::set_tip(conn, 110, 2_000, false).await?;
    assert_eq!(unready(&api).await?, "the indexer is at slot 0 of 110");
    cursor::complete(conn, 108, 2_001).await?;
    let mut ready = api.json("/readyz").await?;
    let lag = ready["lag_secs"].take();
    assert!(
        lag.as_i64().is_some_and(|secs| (0..30).contains(&secs)),
        "{lag}"
    );
    assert_eq!(
        ready,
        serde_json::json!({
            "caught_up": true, "tip_slot": 110, "indexed_slot": 108, "lag_slots": 2,
            "lag_secs": null, "event_position": 0,
        })
    );
    sqlx::query("update cursor set updated_at = now() - interval '1 hour'")
        .execute(&mut *conn)
        .await?;
    let detail = unready(&api).await?;
    assert!(
        detail.starts_with("the indexer has been silent for 36"),
        "{detail}"
    );
    Ok(())
}

#[tokio::test]
async fn readiness_names_the_migration_that_a_database_lacks() -> Result<()> {
    let api = Api::start().await?;
    let drop = sqlx::query("drop schema public cascade");
    drop.execute(&api.mirror).await?;
    assert_eq!(
        unready(&api).await?,
        "the database has no schema; run `tessera migrate`"
    );
    Ok(())
}

#[tokio::test]
async fn without_a_database_only_liveness_is_left() -> Result<()> {
    let router = app(nowhere()?, nowhere()?)?;
    let request = |path: &str| Request::get(path).body(Body::empty());
    let answer = send(&router, request("/livez")?).await?;
    assert_eq!(
        (answer.status, answer.text.as_str()),
        (StatusCode::OK, "ok")
    );
    for path in ["/readyz", "/v1/orgs", "/v1/stats"] {
        let answer = send(&router, request(path)?).await?;
        let problem = answer.refusal(path, StatusCode::SERVICE_UNAVAILABLE)?;
        assert_eq!(
            problem["detail"],
            "the database cannot answer now; try again"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_broken_schema_is_an_opaque_500() -> Result<()> {
    let api = Api::start().await?;
    sqlx::query("drop table plan").execute(&api.mirror).await?;
    let problem = api
        .refusal("/v1/plans", StatusCode::INTERNAL_SERVER_ERROR)
        .await?;
    assert!(!problem["detail"].to_string().contains("plan"), "{problem}");
    Ok(())
}

#[tokio::test]
async fn the_api_cannot_write() -> Result<()> {
    let api = crate::database::Mirror::create().await?;
    let pool = read::pool(&api.url, 1, Duration::from_secs(5))?;
    let written = sqlx::query("delete from cursor").execute(&pool).await;
    assert!(written.is_err_and(|error| error.to_string().contains("read-only")));
    Ok(())
}

#[tokio::test]
async fn slow_statements_and_slow_requests_are_cut_off() -> Result<()> {
    let api = crate::database::Mirror::create().await?;
    let slow = sqlx::query("lock table plan in access exclusive mode");
    let mut blocker = api.pool.begin().await?;
    slow.execute(&mut *blocker).await?;
    let recorder = PrometheusBuilder::new().build_recorder();
    for (statement, request, status) in [
        (200, 5_000, StatusCode::SERVICE_UNAVAILABLE),
        (5_000, 200, StatusCode::GATEWAY_TIMEOUT),
    ] {
        let config = ApiConfig {
            request_timeout: Duration::from_millis(request),
            ..ApiConfig::default()
        };
        let router = tessera_api::app(ApiState {
            pool: read::pool(&api.url, 1, Duration::from_millis(statement))?,
            engine: Engine::new(nowhere()?, master_key(), None, &config),
            metrics: recorder.handle(),
            config,
        });
        let asked = Request::get("/v1/plans").body(Body::empty())?;
        send(&router, asked).await?.refusal("/v1/plans", status)?;
    }
    Ok(())
}

#[tokio::test]
async fn bodies_are_limited() -> Result<()> {
    let api = app(nowhere()?, nowhere()?)?;
    let request = Request::builder()
        .method(Method::POST)
        .uri("/livez")
        .header(header::CONTENT_LENGTH, 1_000_000);
    let answer = send(&api, request.body(Body::from(vec![0; 1_000_000]))?).await?;
    answer.refusal("/livez", StatusCode::PAYLOAD_TOO_LARGE)?;
    Ok(())
}

#[tokio::test]
async fn metrics_count_by_route_and_never_by_path() -> Result<()> {
    let api = Api::start().await?;
    api.get("/v1/plans?limit=0").await?;
    api.get("/v1/made-up").await?;
    api.get(&format!("/v1/plans/{}", Key([3; 32]))).await?;
    let answer = api.get("/metrics").await?;
    assert!(
        answer
            .header(header::CONTENT_TYPE)?
            .starts_with("text/plain")
    );
    let line = |labels: &str| {
        let found = answer.text.lines().find(|line| line.contains(labels));
        found.with_context(|| labels.to_owned())
    };
    line(r#"http_requests_total{route="/v1/plans",method="GET",status="400"}"#)?;
    line(r#"http_requests_total{route="unmatched",method="GET",status="404"}"#)?;
    line(r#"http_requests_total{route="/v1/plans/{address}",method="GET",status="404"}"#)?;
    line(r#"http_request_duration_seconds_bucket{route="/v1/plans""#)?;
    assert!(!answer.text.contains("made-up"));
    Ok(())
}

#[tokio::test]
async fn serving_ends_when_it_is_told_to() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/livez", listener.local_addr()?);
    let cancel = CancellationToken::new();
    let config = ApiConfig::default();
    let state = ApiState {
        pool: nowhere()?,
        engine: Engine::new(nowhere()?, master_key(), None, &config),
        metrics: PrometheusBuilder::new().build_recorder().handle(),
        config,
    };
    let server = tokio::spawn(tessera_api::serve(listener, state, cancel.clone()));
    assert_eq!(reqwest::get(&url).await?.text().await?, "ok");
    cancel.cancel();
    tokio::time::timeout(Duration::from_secs(20), server).await???;
    assert!(reqwest::get(&url).await.is_err());
    Ok(())
}
