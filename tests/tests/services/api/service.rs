//! Alive, ready, measured, served; and what is left when the database is not there.

use crate::support::{
    client::{Api, app, master_key, send},
    history::follow,
    rows::{OTHER, key},
};
use anyhow::{Context, Result};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;
use std::time::Duration;
use tessera_api::{ApiConfig, ApiState, Pools};
use tessera_engine::Engine;
use tessera_store::{
    Key, PgConnection, PgPool,
    mirror::{
        cursor::{self, Moment},
        dead_letter::{self, LetterKind, NewLetter},
    },
    read::{self, Plans},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Leads to a port where nobody listens.
fn nowhere() -> Result<PgPool> {
    let url = "postgres://nobody@127.0.0.1:1/nothing";
    Ok(read::pool(url, 1, Duration::from_millis(300), Plans::Each)?)
}

/// Notes that a round came to its end at a slot.
async fn complete(conn: &mut PgConnection, slot: i64) -> Result<()> {
    let applied = Moment { slot, at: 2_001 };
    Ok(cursor::complete(conn, applied).await?)
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
    follow(conn).await?;
    let filled = "no indexer has caught up with the chain yet; the mirror is filled through slot";
    assert_eq!(unready(&api).await?, format!("{filled} 0"));
    cursor::settle(
        conn,
        Moment {
            slot: 90,
            at: 1_990,
        },
    )
    .await?;
    cursor::note_problem(conn, "the node is away").await?;
    assert_eq!(
        unready(&api).await?,
        format!("{filled} 90: the node is away")
    );
    complete(conn, 108).await?;
    let mut ready = api.json("/readyz").await?;
    let lag = ready["lag_secs"].take();
    assert!(
        lag.as_i64().is_some_and(|secs| (0..10).contains(&secs)),
        "{lag}"
    );
    assert_eq!(
        ready,
        json!({
            "indexed_slot": 108, "indexed_at": 2_001, "final_slot": 90, "lag_secs": null,
            "gaps": 0, "dead_letters": 0, "time_zones": "2026f",
        })
    );
    Ok(())
}

#[tokio::test]
async fn readiness_ends_ten_seconds_after_the_last_whole_round() -> Result<()> {
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    follow(conn).await?;
    complete(conn, 108).await?;
    let silence = |secs: i32| {
        sqlx::query("update cursor set applied_on = now() - make_interval(secs => $1)")
            .bind(f64::from(secs))
            .execute(&api.mirror)
    };
    silence(5).await?;
    api.json("/readyz").await?;
    silence(3_600).await?;
    let stands = "the mirror has stood at slot 108 for 36";
    let detail = unready(&api).await?;
    assert!(
        detail.starts_with(stands) && detail.ends_with(" seconds"),
        "{detail}"
    );
    cursor::note_problem(conn, "a receipt is missing").await?;
    let detail = unready(&api).await?;
    assert!(
        detail.starts_with(stands) && detail.ends_with(" seconds: a receipt is missing"),
        "{detail}"
    );
    silence(12).await?;
    unready(&api).await?;
    // The next whole round says that nothing is the matter any more.
    complete(conn, 109).await?;
    api.json("/readyz").await?;
    silence(12).await?;
    assert!(unready(&api).await?.ends_with(" seconds"));
    Ok(())
}

#[tokio::test]
async fn what_is_missing_and_what_is_not_understood_is_said_and_keeps_nobody_waiting() -> Result<()>
{
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    follow(conn).await?;
    complete(conn, 108).await?;
    cursor::set_gaps(conn, 3).await?;
    let letter = |kind, slot, call| NewLetter {
        kind,
        reason: "unknown".to_owned(),
        bytes: vec![1],
        slot,
        signature: Some([7; 64]),
        tx_index: Some(2),
        call,
        accounts: vec![key(OTHER, 1), key(OTHER, 1)],
    };
    let letters = [
        letter(LetterKind::Transaction, 100, None),
        letter(LetterKind::Receipt, 100, Some((0, 1))),
        letter(LetterKind::Account, 101, None),
        letter(LetterKind::Account, 102, None),
    ];
    for _ in 0..2 {
        dead_letter::keep(conn, &letters).await?;
    }
    let ready = api.json("/readyz").await?;
    assert_eq!(
        (&ready["gaps"], &ready["dead_letters"]),
        (&json!(3), &json!(3)),
        "each once, and of an account the latest"
    );
    let stats = api.json("/v1/stats").await?;
    assert_eq!(stats["index"]["gaps"], 3);
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
    sqlx::query("drop table plan cascade")
        .execute(&api.mirror)
        .await?;
    let problem = api
        .refusal("/v1/plans", StatusCode::INTERNAL_SERVER_ERROR)
        .await?;
    assert!(!problem["detail"].to_string().contains("plan"), "{problem}");
    Ok(())
}

#[tokio::test]
async fn the_api_cannot_write() -> Result<()> {
    let api = crate::support::database::Mirror::create().await?;
    let pool = read::pool(&api.url, 1, Duration::from_secs(5), Plans::Each)?;
    let written = sqlx::query("delete from cursor").execute(&pool).await;
    assert!(written.is_err_and(|error| error.to_string().contains("read-only")));
    Ok(())
}

#[tokio::test]
async fn slow_statements_and_slow_requests_are_cut_off() -> Result<()> {
    let api = crate::support::database::Mirror::create().await?;
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
        let router = tessera_api::app(ApiState::new(
            Pools::shared(read::pool(
                &api.url,
                1,
                Duration::from_millis(statement),
                Plans::Each,
            )?),
            Engine::new(nowhere()?, master_key(), None),
            recorder.handle(),
            config,
        ));
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
    let state = ApiState::new(
        Pools::shared(nowhere()?),
        Engine::new(nowhere()?, master_key(), None),
        PrometheusBuilder::new().build_recorder().handle(),
        config,
    );
    let server = tokio::spawn(tessera_api::serve(listener, state, cancel.clone()));
    assert_eq!(reqwest::get(&url).await?.text().await?, "ok");
    cancel.cancel();
    tokio::time::timeout(Duration::from_secs(20), server).await???;
    assert!(reqwest::get(&url).await.is_err());
    Ok(())
}
