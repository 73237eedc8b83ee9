//! Readers who act for no organisation are limited by address, and take nothing from those who do.

use crate::support::{
    client::{Answer, Api, master_key, send},
    tenant::{Tenant, sign_in},
};
use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    body::Body,
    http::{HeaderName, Request, StatusCode, header},
};
use metrics_exporter_prometheus::PrometheusBuilder;
use solana_keypair::Keypair;
use std::{num::NonZeroU32, sync::Arc, time::Duration};
use tessera_api::{ApiConfig, ApiState, Pools, RateLimit};
use tessera_engine::Engine;
use tessera_store::read;
use tessera_tests::eventually;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(5);
/// What a burst holds in these tests.
const BURST: u32 = 20;
const CLIENT: HeaderName = HeaderName::from_static("x-client");

fn narrow() -> ApiConfig {
    ApiConfig {
        address_limit: RateLimit {
            per_second: NonZeroU32::MIN,
            burst: NonZeroU32::new(BURST).unwrap_or(NonZeroU32::MIN),
        },
        client_address_header: Some(CLIENT),
        ..ApiConfig::default()
    }
}

fn ask(path: &str, from: &str, token: Option<&str>) -> Result<Request<Body>> {
    let mut request = Request::get(path).header(CLIENT, from);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    Ok(request.body(Body::empty())?)
}

/// Asks until it is refused.
async fn flood(api: &Api, path: &str, from: &str, token: Option<&str>) -> Result<Answer> {
    for _ in 0..100 * BURST {
        let answer = api.send(ask(path, from, token)?).await?;
        if answer.status != StatusCode::OK {
            return Ok(answer);
        }
    }
    anyhow::bail!("nothing was refused")
}

#[tokio::test]
async fn a_burst_from_an_address_is_refused_and_everybody_else_is_answered() -> Result<()> {
    let tenant = Tenant::join(Arc::new(Api::start_with(narrow()).await?), 1).await?;
    let api = &tenant.api;
    for path in ["/v1/plans", "/readyz", "/v1/stats"] {
        let refused = match path {
            "/v1/plans" => flood(api, path, "198.51.100.1", None).await?,
            path => api.send(ask(path, "198.51.100.1", None)?).await?,
        };
        refused.refusal(path, StatusCode::TOO_MANY_REQUESTS)?;
        assert!(refused.header(header::RETRY_AFTER)?.parse::<u64>()? >= 1);
    }
    let key = tenant.key("read").await?;
    for (path, from, token) in [
        ("/v1/plans", "198.51.100.1", Some(&*key)),
        ("/v1/plans", "198.51.100.2", None),
        ("/livez", "198.51.100.1", None),
        ("/metrics", "198.51.100.1", None),
    ] {
        let answer = api.send(ask(path, from, token)?).await?;
        assert_eq!(answer.status, StatusCode::OK, "{path} {answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_wallet_that_signs_in_for_itself_is_limited_with_its_address() -> Result<()> {
    let api = Api::start_with(narrow()).await?;
    let first = sign_in(&api, &Keypair::new(), None).await?;
    let second = sign_in(&api, &Keypair::new(), None).await?;
    flood(&api, "/v1/plans", "198.51.100.1", Some(&first)).await?;
    let refused = api.send(ask("/v1/plans", "198.51.100.1", Some(&second))?);
    refused
        .await?
        .refusal("/v1/plans", StatusCode::TOO_MANY_REQUESTS)?;
    Ok(())
}

#[tokio::test]
async fn without_a_header_the_address_is_the_connections() -> Result<()> {
    let mirror = crate::support::database::Mirror::create().await?;
    let config = ApiConfig {
        client_address_header: None,
        ..narrow()
    };
    let state = state(&mirror.url, config, 2)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/v1/plans", listener.local_addr()?);
    let cancel = CancellationToken::new();
    let server = tokio::spawn(tessera_api::serve(listener, state, cancel.clone()));
    let client = |address: &str| {
        let local = address.parse().ok();
        reqwest::Client::builder()
            .local_address::<Option<std::net::IpAddr>>(local)
            .build()
    };
    let (one, other) = (client("127.0.0.2")?, client("127.0.0.3")?);
    let mut last = one
        .get(&url)
        .header(CLIENT, "198.51.100.1")
        .send()
        .await?
        .status();
    for number in 0..100 * BURST {
        if last != StatusCode::OK {
            break;
        }
        let claimed = format!("198.51.100.{number}");
        last = one.get(&url).header(CLIENT, claimed).send().await?.status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(other.get(&url).send().await?.status(), StatusCode::OK);
    cancel.cancel();
    server.await??;
    Ok(())
}

fn state(url: &str, config: ApiConfig, mirror: u32) -> Result<ApiState> {
    let pool = |connections| read::pool(url, connections, PATIENCE);
    let pools = Pools {
        mirror: pool(mirror)?,
        questions: pool(1)?,
        access: pool(1)?,
    };
    let engine = Engine::new(
        tessera_store::service(url, 2, PATIENCE)?,
        master_key(),
        None,
    );
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    Ok(ApiState::new(pools, engine, metrics, config))
}

#[tokio::test]
async fn strangers_never_have_all_connections_that_read_the_mirror() -> Result<()> {
    let tenant = Tenant::open().await?;
    let config = ApiConfig {
        stranger_reads: 1,
        ..ApiConfig::default()
    };
    let router: Router = tessera_api::app(state(&tenant.api.url, config, 2)?);
    // Whoever reads members waits as long as this is held.
    let mut lock = tenant.api.mirror.begin().await?;
    sqlx::query("lock table public.member in access exclusive mode")
        .execute(&mut *lock)
        .await?;
    let stranger = {
        let router = router.clone();
        tokio::spawn(async move { send(&router, ask("/v1/members", "198.51.100.1", None)?).await })
    };
    eventually(PATIENCE, async || {
        let waiting = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";
        let waiting: i64 = sqlx::query_scalar(waiting)
            .fetch_one(&tenant.api.mirror)
            .await?;
        Ok(if waiting == 1 {
            Ok(())
        } else {
            Err(format!("{waiting} wait"))
        })
    })
    .await?;
    let refused = send(&router, ask("/v1/plans", "198.51.100.2", None)?).await?;
    refused.refusal("/v1/plans", StatusCode::TOO_MANY_REQUESTS)?;
    assert_eq!(refused.header(header::RETRY_AFTER)?, "1");
    let key = &tenant.admin_key;
    let keyed = send(&router, ask("/v1/plans", "198.51.100.2", Some(key))?).await?;
    ensure!(keyed.status == StatusCode::OK, "{keyed:?}");
    let ready = send(&router, ask("/readyz", "198.51.100.2", None)?).await?;
    ensure!(ready.status == StatusCode::SERVICE_UNAVAILABLE, "{ready:?}");
    let reason = ready.json()?["detail"]
        .as_str()
        .context("a reason")?
        .to_owned();
    ensure!(reason.contains("indexer"), "{reason}");
    lock.rollback().await?;
    let answer = stranger.await??;
    ensure!(answer.status == StatusCode::OK, "{answer:?}");
    Ok(())
}
