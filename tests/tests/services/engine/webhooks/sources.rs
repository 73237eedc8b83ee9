//! What happens on the chain, to people and in experiments, as messages.

use super::{Endpoint, Receiver, deliver, local};
use crate::support::{
    history::History,
    rows,
    segments::{define_and_build, keen},
};
use anyhow::{Context, Result};
use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

fn of_kind(receiver: &Receiver, kind: &str) -> Result<Value> {
    let all: Result<Vec<Value>> = receiver
        .received()
        .iter()
        .map(super::Received::json)
        .collect();
    let found = all?.into_iter().find(|message| message["type"] == kind);
    found.context(kind.to_owned())
}

#[tokio::test]
async fn what_the_chain_says_is_sent_by_the_names_of_the_event_log() -> Result<()> {
    let (tenant, receiver) = (local().await?, Receiver::start().await?);
    let kinds = ["subscription.subscribed", "subscription.trial_started"];
    Endpoint::at(&tenant, &receiver.url(), &kinds).await?;
    let mut history = History::of(&[rows::org(1)]);
    history.open(&[rows::plan(1, 1)]);
    history.open(&[rows::subscription(1, 1, 1)]);
    history.store(&tenant.api.mirror).await?;
    deliver(&tenant).await?;
    deliver(&tenant).await?;
    let logged: (Uuid, Uuid, Value) = sqlx::query_as(
        "select message_key, person, properties from engine.event where name = 'subscribed'",
    )
    .fetch_one(&tenant.api.mirror)
    .await?;
    let subscribed = of_kind(&receiver, "subscription.subscribed")?;
    let data = &subscribed["data"];
    assert_eq!(data["event"], json!(logged.0));
    assert_eq!(data["person"], json!(logged.1));
    for same in ["plan", "wallet", "account", "mint", "decimals", "amount"] {
        assert_eq!(data[same], logged.2[same], "{same}");
    }
    assert!(logged.2["seq"].is_number());
    assert_eq!(data["seq"], logged.2["seq"].to_string());
    assert!(data["period_secs"].is_string());
    let wallet = rows::key(rows::WALLET, 1).to_string();
    assert!(!subscribed.to_string().contains(&wallet));
    Ok(())
}

#[tokio::test]
async fn who_enters_a_segment_is_reported_and_forgotten_when_erased() -> Result<()> {
    let (tenant, receiver) = (local().await?, Receiver::start().await?);
    let kinds = ["segment.entered", "segment.exited"];
    let endpoint = Endpoint::at(&tenant, &receiver.url(), &kinds).await?;
    define_and_build(&tenant, "keen", &keen()).await?;
    tenant
        .capture(&[("1", "docs", "v", json!({})), ("2", "docs", "v", json!({}))])
        .await?;
    deliver(&tenant).await?;
    let entered = of_kind(&receiver, "segment.entered")?;
    assert_eq!(entered["data"]["segment"], "keen");
    let person = entered["data"]["person"].as_str().context("a person")?;
    let path = format!("/v1/persons/{person}");
    assert_eq!(tenant.json(&path).await?["id"], person);
    tenant.call(Method::DELETE, &path, None).await?;
    assert!(endpoint.deliveries(&tenant).await?.is_empty());
    Ok(())
}
