//! The business's site and office: what they ask of the API, over HTTP as anybody does.

use super::wallet;
use anyhow::{Context, Result, bail, ensure};
use reqwest::{
    Client, Method, RequestBuilder, StatusCode,
    header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER},
};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use std::{net::SocketAddr, time::Duration};
use tokio::time::sleep;

/// How often a request is sent that the API has no time for.
const TRIES: u32 = 100;

/// What a request holds.
enum Body<'a> {
    None,
    Object(&'a Value),
    /// JSON objects, one a line.
    Lines(String),
}

/// The API, as the holder of a token sees it.
#[derive(Clone)]
pub struct Site {
    client: Client,
    url: String,
    token: Option<String>,
}

impl Site {
    /// The API that listens at `address`, for nobody in particular.
    pub fn at(address: SocketAddr) -> Self {
        Self {
            client: Client::new(),
            url: format!("http://{address}"),
            token: None,
        }
    }

    /// The API for the holder of `token`.
    #[must_use]
    pub fn with(&self, token: impl Into<String>) -> Self {
        Self {
            token: Some(token.into()),
            ..self.clone()
        }
    }

    /// Signs a wallet in, as a customer of `org`.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn sign_in(&self, wallet: &Keypair, org: &str) -> Result<Self> {
        let nonce = self.post("/v1/auth/siws/nonce", &json!({})).await?;
        let mut signed = wallet::sign_in(wallet, &nonce)?;
        signed["org"] = json!(org);
        let session = self.post("/v1/auth/siws/verify", &signed).await?;
        Ok(self.with(session["token"].as_str().context("a token")?))
    }

    /// # Errors
    /// When the API refuses.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::GET, path, Body::None).await
    }

    /// # Errors
    /// When the API refuses.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.call(Method::POST, path, Body::Object(body)).await
    }

    /// # Errors
    /// When the API refuses.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value> {
        self.call(Method::PUT, path, Body::Object(body)).await
    }

    /// # Errors
    /// When the API refuses.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        self.call(Method::PATCH, path, Body::Object(body)).await
    }

    /// Follows a link as a program of this name does, up to where it leads and no further.
    ///
    /// # Errors
    /// When it leads nowhere.
    pub async fn follow(&self, path: &str, agent: &str) -> Result<()> {
        // The client that remembers connections would go on to the business's own site.
        let once = Client::builder().redirect(reqwest::redirect::Policy::none());
        let request = once.build()?.get(format!("{}{path}", self.url));
        let status = request.header("user-agent", agent).send().await?.status();
        ensure!(status == StatusCode::FOUND, "GET {path}: {status}");
        Ok(())
    }

    /// Brings history along, a row a line, and expects that no row is refused.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn bring(&self, kind: &str, rows: impl Iterator<Item = Value>) -> Result<()> {
        let path = format!("/v1/imports?kind={kind}");
        let lines = rows.map(|row| format!("{row}\n")).collect();
        let import = self.call(Method::POST, &path, Body::Lines(lines)).await?;
        ensure!(import["rejected"] == 0, "{kind} are refused: {import}");
        Ok(())
    }

    async fn call(&self, method: Method, path: &str, body: Body<'_>) -> Result<Value> {
        for _ in 0..TRIES {
            let answer = self.request(method.clone(), path, &body).send().await?;
            let status = answer.status();
            if status == StatusCode::TOO_MANY_REQUESTS {
                sleep(pause(answer.headers().get(RETRY_AFTER))).await;
                continue;
            }
            let text = answer.text().await?;
            ensure!(status.is_success(), "{method} {path}: {status}: {text}");
            if text.is_empty() {
                return Ok(Value::Null);
            }
            return Ok(serde_json::from_str(&text)?);
        }
        bail!("{method} {path}: the API has no time")
    }

    fn request(&self, method: Method, path: &str, body: &Body<'_>) -> RequestBuilder {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        match body {
            Body::None => request,
            Body::Object(object) => request.json(object),
            Body::Lines(lines) => request
                .header(CONTENT_TYPE, "application/x-ndjson")
                .body(lines.clone()),
        }
    }
}

/// What the API asks to wait.
fn pause(retry_after: Option<&HeaderValue>) -> Duration {
    let secs = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_secs(secs.unwrap_or(1))
}
