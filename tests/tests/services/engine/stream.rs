//! Live counters: the present first, then every change, of one's own organisation only.

use crate::support::tenant::{Tenant, call};
use anyhow::{Context, Result, ensure};
use axum::{
    body::{Body, BodyDataStream},
    http::{Method, Request, StatusCode, header},
    response::Response,
};
use futures::StreamExt;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

const PATH: &str = "/v1/stream";
/// Far more than a look at the database takes.
const BOUND: Duration = Duration::from_secs(20);
/// Most who watch one organisation.
const MAX_WATCHERS: usize = 50;

/// A connection that is open.
struct Watcher {
    body: BodyDataStream,
    unread: String,
}

impl Watcher {
    async fn open(tenant: &Tenant, key: &str) -> Result<Self> {
        let response = connect(tenant, key).await?;
        ensure!(response.status() == StatusCode::OK, "{response:?}");
        ensure!(response.headers()[header::CONTENT_TYPE] == "text/event-stream");
        Ok(Self {
            body: response.into_body().into_data_stream(),
            unread: String::new(),
        })
    }

    /// The data of the next event; what only keeps the connection alive is passed over.
    async fn next(&mut self) -> Result<Value> {
        loop {
            if let Some((event, rest)) = self.unread.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.unread = rest;
                if let Some(data) = event.strip_prefix("event: counters\ndata: ") {
                    return Ok(serde_json::from_str(data)?);
                }
                ensure!(event.starts_with(':'), "{event}");
            } else {
                let frame = timeout(BOUND, self.body.next()).await?;
                let frame = frame.context("the connection was ended")??;
                self.unread.push_str(std::str::from_utf8(&frame)?);
            }
        }
    }
}

async fn connect(tenant: &Tenant, key: &str) -> Result<Response> {
    let request = Request::get(PATH)
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .body(Body::empty())?;
    tenant.api.open(request).await
}

#[tokio::test]
async fn who_may_not_read_does_not_watch() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant.api.refusal(PATH, StatusCode::UNAUTHORIZED).await?;
    let key = tenant.key("write").await?;
    let refused = call(&tenant.api, Method::GET, PATH, &key, None).await?;
    refused.refusal(PATH, StatusCode::FORBIDDEN)?;
    Ok(())
}

#[tokio::test]
async fn the_present_comes_first_and_then_what_one_s_own_visitors_do() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    tenant
        .capture(&[("m0", "demo_requested", "v1", json!({}))])
        .await?;
    let key = tenant.key("read").await?;
    let mut watcher = Watcher::open(&tenant, &key).await?;
    let mut others = Watcher::open(&other, &other.admin_key).await?;
    let first = json!({
        "events_today": { "demo_requested": 1 },
        "active_subscriptions": 0,
        "open_deals": 0,
        "won_deals_today": 0,
    });
    assert_eq!(watcher.next().await?, first);
    assert_eq!(others.next().await?["events_today"], json!({}));

    let viewed = |id| (id, "page_viewed", "v1", json!({}));
    other.capture(&[viewed("m1"), viewed("m2")]).await?;
    assert_eq!(
        others.next().await?["events_today"],
        json!({ "page_viewed": 2 })
    );
    tenant.capture(&[viewed("m1")]).await?;
    assert_eq!(
        watcher.next().await?["events_today"],
        json!({ "demo_requested": 1, "page_viewed": 1 })
    );
    // Who comes later begins with what there is.
    let mut late = Watcher::open(&tenant, &key).await?;
    assert_eq!(
        late.next().await?["events_today"],
        json!({ "demo_requested": 1, "page_viewed": 1 })
    );
    Ok(())
}

#[tokio::test]
async fn one_too_many_watchers_of_an_organisation_are_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    let mut watchers = Vec::new();
    for _ in 0..MAX_WATCHERS {
        watchers.push(Watcher::open(&tenant, &tenant.admin_key).await?);
    }
    let refused = call(&tenant.api, Method::GET, PATH, &tenant.admin_key, None).await?;
    refused.refusal(PATH, StatusCode::TOO_MANY_REQUESTS)?;
    assert_eq!(refused.header(header::RETRY_AFTER)?, "30");
    Watcher::open(&other, &other.admin_key).await?;
    // Who leaves makes room.
    watchers.pop();
    Watcher::open(&tenant, &tenant.admin_key).await?;
    Ok(())
}
