//! Strangers, among them customers and the visitors of pages, are limited by address, and take nothing
//! from those who have a right in an organisation.

use crate::support::{
    client::{Answer, Api, send, state_of},
    database::until_waiting,
    tenant::{Tenant, message, sign_in, signed},
};
use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    body::Body,
    http::{HeaderName, Request, StatusCode, header},
};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use std::{num::NonZeroU32, sync::Arc};
use tessera_api::{ApiConfig, RateLimit};
use tessera_domain::access::secret::{Token, TokenKind};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What a burst holds in these tests.
const BURST: u32 = 20;
const CLIENT: HeaderName = HeaderName::from_static("x-client");

fn narrow() -> ApiConfig {
    let slow = |burst| RateLimit {
        per_second: NonZeroU32::MIN,
        burst: NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN),
    };
    ApiConfig {
        address_limit: slow(BURST),
        address_write_limit: slow(BURST / 2),
        stranger_limit: slow(BURST),
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

fn tell(path: &str, from: &str, token: Option<&str>, body: &Value) -> Result<Request<Body>> {
    let mut request = Request::post(path)
        .header(CLIENT, from)
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    Ok(request.body(Body::from(body.to_string()))?)
}

/// Signs a wallet in, with a message that was asked for beforehand.
async fn signs_in(api: &Api, from: &str, body: &Value) -> Result<()> {
    let answer = api
        .send(tell("/v1/auth/siws/verify", from, None, body)?)
        .await?;
    ensure!(answer.status == StatusCode::CREATED, "{answer:?}");
    Ok(())
}

/// Sends until an answer is not `expected`.
async fn until_refused(
    api: &Api,
    expected: StatusCode,
    request: impl Fn(u32) -> Result<Request<Body>>,
) -> Result<Answer> {
    for number in 0..100 * BURST {
        let answer = api.send(request(number)?).await?;
        if answer.status != expected {
            return Ok(answer);
        }
    }
    anyhow::bail!("nothing was refused")
}

/// Asks until it is refused.
async fn flood(api: &Api, path: &str, from: &str, token: Option<&str>) -> Result<Answer> {
    until_refused(api, StatusCode::OK, |_| ask(path, from, token)).await
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
async fn customers_and_a_pages_key_read_with_their_address_and_write_without() -> Result<()> {
    let tenant = Tenant::join(Arc::new(Api::start_with(narrow()).await?), 1).await?;
    let api = &tenant.api;
    let page = tenant.key("write").await?;
    let customer = sign_in(api, &Keypair::new(), Some(&tenant.org())).await?;
    let from = "198.51.100.1";
    flood(api, "/v1/plans", from, Some(&page)).await?;
    for (path, token) in [
        ("/v1/members", &page),
        ("/v1/members", &customer),
        ("/v1/session", &customer),
    ] {
        let refused = api.send(ask(path, from, Some(token))?).await?;
        refused.refusal(path, StatusCode::TOO_MANY_REQUESTS)?;
    }
    for number in 0..2 * BURST {
        let event = json!({
            "message_id": format!("m{number}"), "event": "page_viewed", "anonymous_id": "v",
        });
        let captured = api
            .send(tell("/v1/events", from, Some(&page), &event)?)
            .await?;
        ensure!(captured.status == StatusCode::OK, "{captured:?}");
    }
    let elsewhere = ask("/v1/members", "198.51.100.2", Some(&customer))?;
    let elsewhere = api.send(elsewhere).await?;
    ensure!(elsewhere.status == StatusCode::OK, "{elsewhere:?}");
    Ok(())
}

#[tokio::test]
async fn guesses_from_one_address_are_refused_before_they_are_looked_up() -> Result<()> {
    let tenant = Tenant::join(Arc::new(Api::start_with(narrow()).await?), 1).await?;
    let api = &tenant.api;
    let wallet = Keypair::new();
    let sent = signed(&message(api, &wallet).await?.render()?, &wallet, None);
    tenant.json("/v1/organisation").await?;
    let from = "198.51.100.1";
    let guess = |kind: TokenKind| Token::new(kind, rand::random()).text();
    let unauthenticated = StatusCode::UNAUTHORIZED;
    let refused = until_refused(api, unauthenticated, |number| match number % 3 {
        0 => ask("/v1/plans", from, Some("nonsense")),
        1 => ask("/v1/plans", from, Some(&guess(TokenKind::Session))),
        _ => ask("/livez", from, Some(&guess(TokenKind::Admin))),
    });
    let refused = refused.await?;
    ensure!(
        refused.status == StatusCode::TOO_MANY_REQUESTS,
        "{refused:?}"
    );
    assert!(refused.header(header::RETRY_AFTER)?.parse::<u64>()? >= 1);
    // Who looks a token up waits as long as this is held.
    let mut lock = api.mirror.begin().await?;
    sqlx::query("lock table engine.session, engine.api_key in access exclusive mode")
        .execute(&mut *lock)
        .await?;
    for kind in [TokenKind::Session, TokenKind::Write] {
        // The bucket gains one a second, which may fall between the two askings.
        let mut refused = false;
        for _ in 0..5 {
            let nonsense = |_| ask("/v1/plans", from, Some("nonsense"));
            until_refused(api, unauthenticated, nonsense).await?;
            let guess = ask("/v1/plans", from, Some(&guess(kind)))?;
            refused = api.send(guess).await?.status == StatusCode::TOO_MANY_REQUESTS;
            if refused {
                break;
            }
        }
        ensure!(refused, "a guess was looked up");
    }
    lock.rollback().await?;
    // Nobody else is refused, and neither is a key that was in use before.
    signs_in(api, "198.51.100.2", &sent).await?;
    let keyed = ask("/v1/organisation", from, Some(&tenant.admin_key))?;
    let keyed = api.send(keyed).await?;
    ensure!(keyed.status == StatusCode::OK, "{keyed:?}");
    Ok(())
}

#[tokio::test]
async fn one_address_that_writes_keeps_no_other_from_signing_in() -> Result<()> {
    let api = Api::start_with(narrow()).await?;
    let wallet = Keypair::new();
    let sent = signed(&message(&api, &wallet).await?.render()?, &wallet, None);
    let nonce = "/v1/auth/siws/nonce";
    let refused = until_refused(&api, StatusCode::CREATED, |port| {
        // A port makes no other address.
        let from = format!("198.51.100.1:{}", port + 1);
        tell(nonce, &from, None, &json!({}))
    });
    refused
        .await?
        .refusal(nonce, StatusCode::TOO_MANY_REQUESTS)?;
    signs_in(&api, "198.51.100.2:1", &sent).await
}

#[tokio::test]
async fn without_a_header_the_address_is_the_connections() -> Result<()> {
    let mirror = crate::support::database::Mirror::create().await?;
    let config = ApiConfig {
        client_address_header: None,
        ..narrow()
    };
    let state = state_of(&mirror.url, config, 2)?;
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

#[tokio::test]
async fn strangers_never_have_all_connections_that_read_the_mirror() -> Result<()> {
    let tenant = Tenant::open().await?;
    let page = tenant.key("write").await?;
    let customer = sign_in(&tenant.api, &Keypair::new(), Some(&tenant.org())).await?;
    let config = ApiConfig {
        stranger_reads: 1,
        ..ApiConfig::default()
    };
    let router: Router = tessera_api::app(state_of(&tenant.api.url, config, 2)?);
    // Reading members waits for as long as this is held.
    let mut lock = tenant.api.mirror.begin().await?;
    sqlx::query("lock table public.member in access exclusive mode")
        .execute(&mut *lock)
        .await?;
    let stranger = {
        let router = router.clone();
        tokio::spawn(async move { send(&router, ask("/v1/members", "198.51.100.1", None)?).await })
    };
    until_waiting(&tenant.api.mirror, 1).await?;
    for token in [None, Some(&*page), Some(&*customer)] {
        let refused = send(&router, ask("/v1/plans", "198.51.100.2", token)?).await?;
        refused.refusal("/v1/plans", StatusCode::TOO_MANY_REQUESTS)?;
        assert_eq!(refused.header(header::RETRY_AFTER)?, "1");
    }
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
