//! Inboxes: what people find where they are signed in.

use crate::support::{
    mail::{deliver, history, publish, send, template},
    tenant::{Tenant, call, sign_in},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use tessera_engine::Engine;

fn note(name: &str) -> Value {
    let texts = json!({ "en": {
        "title": "Hello {{ person.first_name }}", "body": "Your plan {{ event.plan }} ends.",
        "action_url": "https://hashrate.example/plans"
    } });
    let more = json!({ "channel": "inbox", "locales": texts,
                       "fallbacks": { "first_name": "friend", "event.plan": "here" } });
    template(name, more)
}

fn engine(tenant: &Tenant) -> Engine {
    let key = crate::support::client::master_key();
    Engine::new(tenant.api.mirror.clone(), key, None)
}

#[tokio::test]
async fn a_user_finds_what_is_theirs_and_nobody_else_does() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, &note("ending")).await?;
    let ada = json!({ "user_id": "ada", "traits": { "first_name": "Ada" } });
    let ada = tenant.posted("/v1/identify", &ada).await?;
    tenant
        .posted("/v1/identify", &json!({ "user_id": "bob" }))
        .await?;
    let ada = ada["person"].as_str().context("a person")?;
    let body = json!({ "person": ada, "template": "ending", "event": { "plan": "pro" } });
    let id = tenant.posted("/v1/messages", &body).await?["id"].clone();
    let id = id.as_str().context("an id")?;
    // An inbox needs no way out.
    deliver(&engine(&tenant)).await?;
    assert_eq!(history(&tenant, id).await?, ["intended", "delivered"]);
    let inbox = tenant.json("/v1/inbox?user_id=ada").await?;
    let found = &inbox["data"][0];
    assert_eq!(found["title"], "Hello Ada", "{inbox}");
    assert_eq!(found["body"], "Your plan pro ends.");
    assert_eq!(found["read_at"], Value::Null);
    assert_eq!(
        tenant.json("/v1/inbox?user_id=bob").await?["data"],
        json!([])
    );
    assert_eq!(
        tenant.json("/v1/inbox?user_id=eve").await?["data"],
        json!([])
    );
    let path = format!("/v1/inbox/{id}/read");
    let others = tenant
        .call(Method::POST, &format!("{path}?user_id=bob"), None)
        .await?;
    others.refusal(&path, StatusCode::NOT_FOUND)?;
    let read = tenant
        .call(Method::POST, &format!("{path}?user_id=ada"), None)
        .await?;
    assert_eq!(read.status, StatusCode::NO_CONTENT);
    let unread = tenant.json("/v1/inbox?user_id=ada&unread=true").await?;
    assert_eq!(unread["data"], json!([]));
    let reader = tenant.key("read").await?;
    let path = "/v1/inbox?user_id=ada";
    let refused = call(&tenant.api, Method::GET, path, &reader, None).await?;
    refused.refusal(path, StatusCode::FORBIDDEN)?;
    Ok(())
}

#[tokio::test]
async fn a_wallet_has_its_own_inbox_and_names_no_other() -> Result<()> {
    let tenant = Tenant::open().await?;
    let texts =
        json!({ "en": { "text": "Renew soon", "action_url": "https://hashrate.example/renew" } });
    let short = json!({ "channel": "wallet", "locales": texts, "fallbacks": {} });
    publish(&tenant, &template("renew", short)).await?;
    let wallet = Keypair::new();
    let session = sign_in(&tenant.api, &wallet, Some(&tenant.org())).await?;
    let known = call(
        &tenant.api,
        Method::POST,
        "/v1/identify",
        &session,
        Some(&json!({})),
    )
    .await?;
    let person = known.json()?["person"]
        .as_str()
        .context("a person")?
        .to_owned();
    send(&tenant, &person, "renew").await?;
    deliver(&engine(&tenant)).await?;
    let path = "/v1/inbox";
    let inbox = call(&tenant.api, Method::GET, path, &session, None)
        .await?
        .json()?;
    assert_eq!(inbox["data"][0]["body"], "Renew soon", "{inbox}");
    assert_eq!(inbox["data"][0]["title"], Value::Null);
    let other = call(
        &tenant.api,
        Method::GET,
        "/v1/inbox?user_id=ada",
        &session,
        None,
    )
    .await?;
    other.refusal(path, StatusCode::BAD_REQUEST)?;
    Ok(())
}
