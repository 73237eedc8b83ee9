//! An organisation, opened as its owner would, and whoever asks for it.

use crate::support::{
    client::{Answer, Api, do_work},
    rows,
};
use anyhow::{Context, Result, ensure};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::sync::Arc;
use tessera_cli::demo::wallet;
use tessera_domain::access::sign_in::{Message, parse};
use tessera_store::Key;

/// An organisation and its first admin key.
pub(crate) struct Tenant {
    /// The API.
    pub(crate) api: Arc<Api>,
    /// The Org's number in [`rows`].
    pub(crate) number: u8,
    /// The Org's authority, which is the owner.
    pub(crate) authority: Keypair,
    /// An admin key.
    pub(crate) admin_key: String,
}

impl Tenant {
    /// With a database of its own.
    pub(crate) async fn open() -> Result<Self> {
        Self::join(Arc::new(Api::start().await?), 1).await
    }

    /// One more organisation in the same database: that of Org and plan `number`.
    pub(crate) async fn join(api: Arc<Api>, number: u8) -> Result<Self> {
        let authority = Keypair::new();
        let mut conn = api.mirror.acquire().await?;
        let org = tessera_store::mirror::org::OrgRow {
            authority: Key(authority.pubkey().to_bytes()),
            ..rows::org(number)
        };
        rows::upsert(&mut conn, &[org]).await?;
        rows::upsert(&mut conn, &[rows::plan(number, number)]).await?;
        drop(conn);
        let session = sign_in(&api, &authority, None).await?;
        let body = json!({ "org": org_address(number), "name": format!("Organisation {number}") });
        let opened = call(
            &api,
            Method::POST,
            "/v1/organisations",
            &session,
            Some(&body),
        )
        .await?;
        ensure!(opened.status == StatusCode::CREATED, "{opened:?}");
        let admin_key = opened.json()?["admin_key"]["key"]
            .as_str()
            .context("a key")?
            .to_owned();
        Ok(Self {
            api,
            number,
            authority,
            admin_key,
        })
    }

    /// What came of a job that is asked for at `path`.
    pub(crate) async fn result_of(&self, path: &str, body: &Value) -> Result<Value> {
        let asked = self.post(path, body).await?;
        ensure!(asked.status == StatusCode::ACCEPTED, "{asked:?}");
        let id = asked.json()?["id"].as_str().context("an id")?.to_owned();
        do_work(&self.api.mirror).await?;
        let job = self.json(&format!("/v1/jobs/{id}")).await?;
        ensure!(job["status"] == "done" && job["progress"] == 100, "{job}");
        Ok(job["result"].clone())
    }

    /// The Org's address.
    pub(crate) fn org(&self) -> String {
        org_address(self.number)
    }

    /// An API key of a kind.
    pub(crate) async fn key(&self, kind: &str) -> Result<String> {
        let body = json!({ "name": kind, "kind": kind });
        let made = self.post("/v1/api-keys", &body).await?;
        ensure!(made.status == StatusCode::CREATED, "{made:?}");
        Ok(made.json()?["key"].as_str().context("a key")?.to_owned())
    }

    /// GETs with the admin key and expects JSON.
    pub(crate) async fn json(&self, path: &str) -> Result<Value> {
        let answer = self.get(path).await?;
        ensure!(answer.status == StatusCode::OK, "{path}: {answer:?}");
        answer.json()
    }

    /// GETs with the admin key.
    pub(crate) async fn get(&self, path: &str) -> Result<Answer> {
        call(&self.api, Method::GET, path, &self.admin_key, None).await
    }

    /// POSTs with the admin key.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        call(&self.api, Method::POST, path, &self.admin_key, Some(body)).await
    }

    /// POSTs with the admin key, and expects success and JSON.
    pub(crate) async fn posted(&self, path: &str, body: &Value) -> Result<Value> {
        let answer = self.post(path, body).await?;
        ensure!(answer.status.is_success(), "{path}: {answer:?}");
        answer.json()
    }

    /// Any other method with the admin key.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer> {
        call(&self.api, method, path, &self.admin_key, body).await
    }

    /// Captures events, each `(message_id, event, anonymous_id, properties)` now, with the admin key.
    pub(crate) async fn capture(&self, events: &[(&str, &str, &str, Value)]) -> Result<()> {
        let events: Vec<Value> = events
            .iter()
            .map(|(id, event, visitor, properties)| {
                json!({ "message_id": id, "event": event, "anonymous_id": visitor, "properties": properties })
            })
            .collect();
        let answer = self
            .post("/v1/events/batch", &json!({ "events": events }))
            .await?;
        ensure!(answer.status == StatusCode::OK, "{answer:?}");
        Ok(())
    }
}

/// The address of Org `number`.
pub(crate) fn org_address(number: u8) -> String {
    rows::key(rows::ORG, number).to_string()
}

/// Asks with a token.
pub(crate) async fn call(
    api: &Api,
    method: Method,
    path: &str,
    token: &str,
    body: Option<&Value>,
) -> Result<Answer> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    let request = match body {
        Some(body) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))?,
        None => request.body(Body::empty())?,
    };
    api.send(request).await
}

/// POSTs without a token.
pub(crate) async fn post(api: &Api, path: &str, body: &Value) -> Result<Answer> {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))?;
    api.send(request).await
}

/// The message that a wallet is to sign, with a fresh nonce.
pub(crate) async fn message(api: &Api, keypair: &Keypair) -> Result<Message> {
    let nonce = post(api, "/v1/auth/siws/nonce", &json!({})).await?.json()?;
    Ok(Message {
        statement: Some("Sign in to Tessera.".to_owned()),
        ..wallet::message(keypair, &nonce)?
    })
}

/// What the wallet sends for a message.
pub(crate) fn signed(message: &str, wallet: &Keypair, org: Option<&str>) -> Value {
    let signature = wallet.sign_message(message.as_bytes()).to_string();
    match org {
        Some(org) => json!({ "message": message, "signature": signature, "org": org }),
        None => json!({ "message": message, "signature": signature }),
    }
}

/// Signs a wallet in; the session's token.
pub(crate) async fn sign_in(api: &Api, wallet: &Keypair, org: Option<&str>) -> Result<String> {
    let message = message(api, wallet).await?.render()?;
    ensure!(parse(&message).is_ok());
    let answer = post(api, "/v1/auth/siws/verify", &signed(&message, wallet, org)).await?;
    ensure!(answer.status == StatusCode::CREATED, "{answer:?}");
    Ok(answer.json()?["token"]
        .as_str()
        .context("a token")?
        .to_owned())
}
