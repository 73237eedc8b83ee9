//! What pages may send from other origins, and how: by whom, with which key, from where.

use crate::support::{
    client::{Answer, state_of},
    tenant::{Tenant, sign_in},
};
use anyhow::{Context, Result};
use axum::{
    body::Body,
    http::{HeaderName, Method, Request, StatusCode, header},
};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use tessera_api::ApiConfig;
use tower::ServiceExt;

const SHOP: &str = "https://shop.example";
const EVENTS: [&str; 2] = ["/v1/events", "/v1/events/batch"];
const PEOPLE: [&str; 2] = ["/v1/identify", "/v1/alias"];

fn event(message: &str) -> Value {
    json!({ "message_id": message, "event": "page_viewed", "anonymous_id": "visitor-1" })
}

/// A page's POST: with these headers beside its origin.
fn post(path: &str, body: &str, headers: &[(HeaderName, &str)]) -> Result<Request<Body>> {
    let mut request = Request::post(path).header(header::ORIGIN, SHOP);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    Ok(request.body(Body::from(body.to_owned()))?)
}

/// As `navigator.sendBeacon` does.
async fn beacon(tenant: &Tenant, path: &str, body: &str) -> Result<Answer> {
    let plain = [(header::CONTENT_TYPE, "text/plain;charset=UTF-8")];
    tenant.api.send(post(path, body, &plain)?).await
}

/// As a page does that sets headers.
async fn fetch(tenant: &Tenant, path: &str, token: &str, body: &Value) -> Result<Answer> {
    let bearer = format!("Bearer {token}");
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::AUTHORIZATION, bearer.as_str()),
    ];
    tenant
        .api
        .send(post(path, &body.to_string(), &headers)?)
        .await
}

async fn list_origins(tenant: &Tenant, origins: Value) -> Result<Answer> {
    let body = json!({ "capture_origins": origins });
    let path = "/v1/organisation";
    tenant.call(Method::PATCH, path, Some(&body)).await
}

#[tokio::test]
async fn from_another_origin_only_a_pages_key_is_taken() -> Result<()> {
    let tenant = Tenant::open().await?;
    let read = tenant.key("read").await?;
    let session = sign_in(&tenant.api, &Keypair::new(), Some(&tenant.org())).await?;
    let said = json!({ "anonymous_id": "visitor-1", "user_id": "user-1" });
    for token in [&tenant.admin_key, &read, &session] {
        for path in EVENTS.into_iter().chain(PEOPLE) {
            let answer = fetch(&tenant, path, token, &said).await?;
            let problem = answer.refusal(path, StatusCode::FORBIDDEN)?;
            assert_eq!(problem["type"], "urn:tessera:problem:not-a-page-key");
            // The page can read why.
            assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN)?, "*");
        }
    }
    let key = tenant.key("write").await?;
    for path in PEOPLE {
        let answer = fetch(&tenant, path, &key, &said).await?;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }
    // The API's own pages are not from elsewhere, whatever they are reached by.
    let own = ApiConfig::default().public_url;
    for (origin, site) in [(own.as_str(), "cross-site"), (SHOP, "same-origin")] {
        let request = Request::post("/v1/events")
            .header(header::ORIGIN, origin)
            .header("sec-fetch-site", site)
            .header(header::CONTENT_TYPE, "application/json")
            .header(
                header::AUTHORIZATION,
                format!("Bearer {}", tenant.admin_key),
            );
        let request = request.body(Body::from(event(origin).to_string()))?;
        let answer = tenant.api.send(request).await?;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_origin_that_is_not_listed_is_refused_by_name() -> Result<()> {
    let tenant = Tenant::open().await?;
    let key = tenant.key("write").await?;
    for wrong in [
        json!(["https://shop.example/"]),
        json!(["*"]),
        json!(SHOP),
        json!(vec![SHOP; 101]),
        json!(
            vec![SHOP; 101]
                .iter()
                .enumerate()
                .map(|(n, _)| format!("https://shop{n}.example"))
                .collect::<Vec<_>>()
        ),
    ] {
        let answer = list_origins(&tenant, wrong).await?;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    }
    let listed = |organisation: &Value| organisation["capture_origins"].clone();
    assert_eq!(listed(&tenant.json("/v1/organisation").await?), Value::Null);
    for (origins, status) in [
        (json!(null), StatusCode::OK),
        (json!(["https://other.example"]), StatusCode::FORBIDDEN),
        (json!([]), StatusCode::FORBIDDEN),
        (json!(["https://other.example", SHOP]), StatusCode::OK),
    ] {
        let answer = list_origins(&tenant, origins.clone()).await?;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{answer:?}");
        assert_eq!(listed(&tenant.json("/v1/organisation").await?), origins);
        let answer = fetch(&tenant, "/v1/events", &key, &event("1")).await?;
        assert_eq!(answer.status, status, "{origins} {answer:?}");
        if status == StatusCode::FORBIDDEN {
            let problem = answer.refusal("/v1/events", status)?;
            assert_eq!(problem["type"], "urn:tessera:problem:unlisted-origin");
            let keyed = format!("/v1/events?key={key}");
            let answer = beacon(&tenant, &keyed, &event("1").to_string()).await?;
            assert_eq!(answer.status, status, "{answer:?}");
        }
    }
    // A server names no origin.
    list_origins(&tenant, json!([])).await?;
    tenant
        .capture(&[("2", "page_viewed", "visitor-1", json!({}))])
        .await
}

#[tokio::test]
async fn a_beacon_brings_its_key_in_the_address_or_the_body() -> Result<()> {
    let tenant = Tenant::open().await?;
    let key = tenant.key("write").await?;
    for token in [&tenant.admin_key, &tenant.key("read").await?] {
        let in_the_address = beacon(&tenant, &format!("/v1/events?key={token}"), "{}").await?;
        let in_the_body = json!({ "key": token, "events": [] }).to_string();
        let in_the_body = beacon(&tenant, "/v1/events/batch", &in_the_body).await?;
        for answer in [in_the_address, in_the_body] {
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{answer:?}");
        }
    }
    for (path, body) in [
        ("/v1/events", "[]".to_owned()),
        ("/v1/events", "\"text\"".to_owned()),
        ("/v1/events/batch", json!([event("1")]).to_string()),
        ("/v1/identify", "visitor-1".to_owned()),
    ] {
        let keyed = format!("{path}?key={key}");
        let answer = beacon(&tenant, &keyed, &body).await?;
        let problem = answer.refusal(path, StatusCode::BAD_REQUEST)?;
        assert_eq!(
            problem["errors"][0]["rule"],
            if body == "visitor-1" {
                "must be JSON, nested at most 127 levels deep: line 1, column 1 breaks that"
            } else {
                "must be an object"
            }
        );
        // Without a key nobody looks at the body.
        let answer = beacon(&tenant, path, &body).await?;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{answer:?}");
    }
    let keyed = |mut body: Value| {
        body["key"] = json!(key);
        body.to_string()
    };
    let batch = json!({ "events": [event("2")] });
    for (path, body) in [
        (format!("/v1/events?key={key}"), event("1").to_string()),
        ("/v1/events".to_owned(), keyed(event("1"))),
        (format!("/v1/events/batch?key={key}"), batch.to_string()),
        ("/v1/events/batch".to_owned(), keyed(batch)),
        (
            "/v1/identify".to_owned(),
            keyed(json!({ "anonymous_id": "visitor-1", "user_id": "user-1" })),
        ),
    ] {
        let answer = beacon(&tenant, &path, &body).await?;
        assert_eq!(answer.status, StatusCode::OK, "{path} {answer:?}");
    }
    let stored: i64 =
        sqlx::query_scalar("select count(*) from engine.event where source = 'client'")
            .fetch_one(&tenant.api.mirror)
            .await?;
    assert_eq!(stored, 2);
    // Where no page sends, no key but the header's is looked at.
    let answer = tenant
        .api
        .get(&format!("/v1/organisation?key={}", tenant.admin_key))
        .await?;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn a_preflight_is_answered_to_anybody_without_the_database() -> Result<()> {
    // Nothing listens there.
    let nowhere = "postgres://127.0.0.1:1/nothing";
    let app = tessera_api::app(state_of(nowhere, ApiConfig::default(), 1)?);
    let preflight = |path: &str| {
        Request::options(path)
            .header(header::ORIGIN, SHOP)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(
                header::ACCESS_CONTROL_REQUEST_HEADERS,
                "authorization,content-type",
            )
            .body(Body::empty())
    };
    for path in EVENTS.into_iter().chain(PEOPLE) {
        let answer = app.clone().oneshot(preflight(path)?).await?;
        assert_eq!(answer.status(), StatusCode::OK);
        let header = |name| answer.headers().get(name).and_then(|it| it.to_str().ok());
        assert_eq!(header(header::ACCESS_CONTROL_ALLOW_ORIGIN), Some("*"));
        assert_eq!(
            header(header::ACCESS_CONTROL_ALLOW_METHODS),
            Some("GET,POST")
        );
        assert_eq!(header(header::ACCESS_CONTROL_MAX_AGE), Some("86400"));
        let allowed = header(header::ACCESS_CONTROL_ALLOW_HEADERS);
        assert_eq!(allowed, Some("authorization,content-type"));
        assert_eq!(header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), None);
    }
    for path in [
        "/v1/spend",
        "/v1/api-keys",
        "/v1/deals",
        "/v1/events/",
        "/v1/persons",
    ] {
        let answer = app.clone().oneshot(preflight(path)?).await?;
        assert!(
            !answer
                .headers()
                .contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN),
            "{path}"
        );
        assert!(answer.status().is_client_error(), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn the_script_for_pages_is_small_and_kept_by_browsers() -> Result<()> {
    let tenant = Tenant::open().await?;
    let answer = tenant.api.get("/t.js").await?;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text.len() < 4_096, "{}", answer.text.len());
    assert_eq!(
        answer.header(header::CONTENT_TYPE)?,
        "text/javascript; charset=utf-8"
    );
    assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN)?, "*");
    assert_eq!(
        answer.header(header::CACHE_CONTROL)?,
        "public, max-age=3600"
    );
    let tag = answer.header(header::ETAG)?.to_owned();
    let again = tenant.api.get_unless("/t.js", &tag).await?;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert_eq!(again.header(header::CACHE_CONTROL)?, "public, max-age=3600");
    assert!(again.text.is_empty());
    // What a strict policy for contents refuses.
    for word in [
        "eval(",
        "Function(",
        "innerHTML",
        "document.write",
        "import",
    ] {
        assert!(!answer.text.contains(word), "{word}");
    }
    answer.text.find("sendBeacon").context("it uses it")?;
    Ok(())
}
