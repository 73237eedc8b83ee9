//! Webhooks: what happens is sent to endpoints, signed, at least once, and to nothing that should not be
//! reached.

mod abuse;
mod bounds;
mod deliveries;
mod endpoints;
mod failures;
mod sources;

use crate::support::{
    client::{Api, do_work_of, master_key},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    routing::any,
};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tessera_api::ApiConfig;
use tessera_domain::automation::webhook::Reach;
use tessera_engine::{
    Engine,
    automation::webhooks::{WebhookConfig, Webhooks},
    work::Drained,
};
use tokio::{net::TcpListener, task::AbortHandle};

const PATH: &str = "/v1/webhook-endpoints";

/// To this machine too, with little patience.
const LOCAL: WebhookConfig = WebhookConfig {
    reach: Reach::Loopback,
    connect_timeout: Duration::from_millis(500),
    timeout: Duration::from_secs(1),
};

/// An organisation whose webhooks may go to this machine.
async fn local() -> Result<Tenant> {
    tenant_with(Webhooks::new(LOCAL)).await
}

async fn tenant_with(webhooks: Webhooks) -> Result<Tenant> {
    let with = |engine| Engine { webhooks, ..engine };
    Tenant::join(
        Arc::new(Api::start_as(ApiConfig::default(), with).await?),
        1,
    )
    .await
}

fn engine_with(tenant: &Tenant, webhooks: Webhooks) -> Engine {
    Engine {
        webhooks,
        ..Engine::new(tenant.api.mirror.clone(), master_key(), None)
    }
}

/// Does all work that is due, with webhooks to this machine.
async fn deliver(tenant: &Tenant) -> Result<Drained> {
    do_work_of(&engine_with(tenant, Webhooks::new(LOCAL))).await
}

/// Lets the time come at which what failed is sent again.
async fn wait(tenant: &Tenant) -> Result<()> {
    for sql in [
        "update engine.webhook_delivery set due_at = now() where status = 'pending'",
        "update engine.webhook_endpoint set resume_at = now() where resume_at is not null",
        "update engine.work set due_at = now(), lease_until = null where kind = 'webhooks'",
    ] {
        sqlx::query(sql).execute(&tenant.api.mirror).await?;
    }
    Ok(())
}

/// An endpoint and its secret.
struct Endpoint {
    path: String,
    secret: String,
}

impl Endpoint {
    async fn at(tenant: &Tenant, url: &str, kinds: &[&str]) -> Result<Self> {
        let body = json!({ "url": url, "event_types": kinds });
        let made = tenant.posted(PATH, &body).await?;
        Ok(Self {
            path: format!(
                "{PATH}/{}",
                made["endpoint"]["id"].as_str().context("an id")?
            ),
            secret: made["secret"].as_str().context("a secret")?.to_owned(),
        })
    }

    async fn get(&self, tenant: &Tenant) -> Result<Value> {
        tenant.json(&self.path).await
    }

    /// Its messages, newest first.
    async fn deliveries(&self, tenant: &Tenant) -> Result<Vec<Value>> {
        let listed = tenant.json(&format!("{}/deliveries", self.path)).await?;
        Ok(listed["data"].as_array().context("rows")?.clone())
    }

    /// The newest message, with its attempts.
    async fn latest(&self, tenant: &Tenant) -> Result<Value> {
        let listed = self.deliveries(tenant).await?;
        let id = listed.first().context("a message")?["id"]
            .as_str()
            .context("an id")?
            .to_owned();
        tenant.json(&format!("{}/deliveries/{id}", self.path)).await
    }
}

/// Moves a new deal, which is one message of the kind `deal.moved`.
async fn move_a_deal(tenant: &Tenant) -> Result<Value> {
    let deal = super::deals::new_deal(tenant, json!({})).await?;
    super::deals::advance(tenant, &deal, &["qualified"]).await?;
    Ok(deal)
}

/// What a receiver was sent.
#[derive(Debug, Clone)]
struct Received {
    headers: HeaderMap,
    body: Bytes,
}

impl Received {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|it| it.to_str().ok());
        value.unwrap_or_default()
    }

    fn json(&self) -> Result<Value> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// By the specification's own library.
    fn is_signed_with(&self, secret: &str) -> Result<bool> {
        let webhook = standardwebhooks::Webhook::new(secret)?;
        Ok(webhook.verify(&self.body, &self.headers).is_ok())
    }
}

type Answers = VecDeque<(StatusCode, HeaderMap, String)>;

/// A real HTTP server that keeps what it is sent, and answers 204 unless it has another answer to give.
struct Receiver {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<Answers>>,
    server: AbortHandle,
}

impl Receiver {
    async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let answers: Arc<Mutex<Answers>> = Arc::default();
        let (kept, next) = (received.clone(), answers.clone());
        let answer = move |headers: HeaderMap, body: Bytes| {
            kept.lock().expect("kept").push(Received { headers, body });
            let answer = next.lock().expect("answers").pop_front();
            let default = (StatusCode::NO_CONTENT, HeaderMap::new(), String::new());
            std::future::ready(answer.unwrap_or(default))
        };
        let app = Router::new().fallback(any(answer));
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self {
            address,
            received,
            answers,
            server: server.abort_handle(),
        })
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    fn answer(&self, status: StatusCode, headers: &[(&'static str, &str)], body: &str) {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                let name = axum::http::HeaderName::from_static(name);
                (name, value.parse().expect("a value"))
            })
            .collect();
        let answer = (status, headers, body.to_owned());
        self.answers.lock().expect("answers").push_back(answer);
    }

    fn received(&self) -> Vec<Received> {
        self.received.lock().expect("kept").clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}
