//! Endpoints: refused by field, at most fifty, with a secret that is shown once.

use super::{Endpoint, PATH, Receiver, deliver, local, move_a_deal};
use crate::support::tenant::{Tenant, call};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tessera_domain::automation::webhook::CATALOGUE;

const URL: &str = "https://example.com/hook";

#[tokio::test]
async fn an_endpoint_that_breaks_a_rule_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let good = json!({ "url": URL, "event_types": ["deal.moved"] });
    let made = tenant.posted(PATH, &good).await?;
    let path = format!(
        "{PATH}/{}",
        made["endpoint"]["id"].as_str().context("an id")?
    );
    for (field, value) in [
        ("url", json!("http://example.com/")),
        ("url", json!("http://127.0.0.1:8080/")),
        ("url", json!("https://127.0.0.1/")),
        ("url", json!("https://169.254.169.254/")),
        ("url", json!("https://user:password@example.com/")),
        ("url", json!("https://example.com:0/")),
        ("url", json!("javascript:alert(1)")),
        ("description", json!("a\nb")),
        ("description", json!("a".repeat(201))),
        ("event_types", json!([])),
        ("event_types", json!(["deal.moved", "deal.unheard_of"])),
    ] {
        let mut body = good.clone();
        body[field] = value.clone();
        let created = tenant.post(PATH, &body).await?;
        let changed = tenant
            .call(Method::PATCH, &path, Some(&json!({ field: value })))
            .await?;
        for (answer, path) in [(created, PATH), (changed, &path)] {
            let problem = answer.refusal(path, StatusCode::BAD_REQUEST)?;
            assert_eq!(problem["errors"][0]["field"], field, "{body}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_organisation_has_at_most_fifty_endpoints() -> Result<()> {
    let tenant = Tenant::open().await?;
    let body = json!({ "url": URL, "event_types": ["deal.moved"] });
    let mut last = Value::Null;
    for _ in 0..50 {
        last = tenant.posted(PATH, &body).await?;
    }
    tenant
        .post(PATH, &body)
        .await?
        .refusal(PATH, StatusCode::CONFLICT)?;
    let path = format!(
        "{PATH}/{}",
        last["endpoint"]["id"].as_str().context("an id")?
    );
    let removed = tenant.call(Method::DELETE, &path, None).await?;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    tenant
        .get(&path)
        .await?
        .refusal(&path, StatusCode::NOT_FOUND)?;
    tenant.posted(PATH, &body).await?;
    Ok(())
}

#[tokio::test]
async fn a_secret_is_shown_once_and_stored_sealed() -> Result<()> {
    let tenant = Tenant::open().await?;
    let endpoint = Endpoint::at(&tenant, URL, &["deal.moved"]).await?;
    assert!(endpoint.secret.starts_with("whsec_") && endpoint.secret.len() == 50);
    let rotated = tenant
        .posted(&format!("{}/rotate", endpoint.path), &json!({}))
        .await?;
    let next = rotated["secret"].as_str().context("a secret")?;
    assert_ne!(next, endpoint.secret);
    let shown = format!(
        "{}{}",
        endpoint.get(&tenant).await?,
        tenant.json(PATH).await?
    );
    let stored: String = sqlx::query_scalar(
        "select string_agg(to_jsonb(webhook_endpoint)::text, '')
                || string_agg(encode(secret, 'base64') || encode(previous_secret, 'base64'), '')
         from engine.webhook_endpoint",
    )
    .fetch_one(&tenant.api.mirror)
    .await?;
    for secret in [&endpoint.secret, next] {
        let bytes = secret.trim_start_matches("whsec_").trim_end_matches('=');
        assert!(!shown.contains(bytes) && !stored.contains(bytes));
    }
    Ok(())
}

#[tokio::test]
async fn after_a_rotation_both_secrets_sign_for_a_day() -> Result<()> {
    let (tenant, receiver) = (local().await?, Receiver::start().await?);
    let endpoint = Endpoint::at(&tenant, &receiver.url(), &["deal.moved"]).await?;
    let rotated = tenant
        .posted(&format!("{}/rotate", endpoint.path), &json!({}))
        .await?;
    assert!(rotated["endpoint"]["previous_secret_until"].is_string());
    let next = rotated["secret"].as_str().context("a secret")?;
    move_a_deal(&tenant).await?;
    deliver(&tenant).await?;
    let both = receiver.received().pop().context("a message")?;
    assert!(both.is_signed_with(next)? && both.is_signed_with(&endpoint.secret)?);
    assert_eq!(both.header("webhook-signature").split(' ').count(), 2);

    sqlx::query(
        "update engine.webhook_endpoint set previous_until = previous_until - interval '24 h'",
    )
    .execute(&tenant.api.mirror)
    .await?;
    move_a_deal(&tenant).await?;
    deliver(&tenant).await?;
    let one = receiver.received().pop().context("a message")?;
    assert!(one.is_signed_with(next)? && !one.is_signed_with(&endpoint.secret)?);
    Ok(())
}

#[tokio::test]
async fn nobody_else_sees_or_changes_an_endpoint() -> Result<()> {
    let (tenant, receiver) = (local().await?, Receiver::start().await?);
    let endpoint = Endpoint::at(&tenant, &receiver.url(), &["deal.moved"]).await?;
    move_a_deal(&tenant).await?;
    deliver(&tenant).await?;
    let id = endpoint.latest(&tenant).await?["delivery"]["id"].clone();
    let delivery = format!(
        "{}/deliveries/{}",
        endpoint.path,
        id.as_str().context("an id")?
    );
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    let change = json!({ "url": "https://example.org/" });
    let replay = format!("{delivery}/replay");
    let rotate = format!("{}/rotate", endpoint.path);
    let list = format!("{}/deliveries", endpoint.path);
    for (method, path, body) in [
        (Method::GET, endpoint.path.as_str(), None),
        (Method::PATCH, &endpoint.path, Some(&change)),
        (Method::DELETE, &endpoint.path, None),
        (Method::POST, &rotate, None),
        (Method::GET, &list, None),
        (Method::GET, &delivery, None),
        (Method::POST, &replay, None),
    ] {
        let answer = other.call(method.clone(), path, body).await?;
        answer.refusal(path, StatusCode::NOT_FOUND)?;
        // Who only reads has no part in it either.
        let reader = tenant.key("read").await?;
        let answer = call(&tenant.api, method, path, &reader, body).await?;
        answer.refusal(path, StatusCode::FORBIDDEN)?;
    }
    assert_eq!(other.json(PATH).await?["data"], json!([]));
    Ok(())
}

#[tokio::test]
async fn the_catalogue_shows_every_kind_with_an_example() -> Result<()> {
    let tenant = Tenant::open().await?;
    let listed = tenant.json("/v1/webhook-event-types").await?;
    let listed = listed.as_array().context("kinds")?;
    assert_eq!(listed.len(), CATALOGUE.len());
    for kind in listed {
        assert_eq!(kind["example"]["type"], kind["name"]);
    }
    let all: Vec<&Value> = listed.iter().map(|kind| &kind["name"]).collect();
    tenant
        .posted(PATH, &json!({ "url": URL, "event_types": all }))
        .await?;
    Ok(())
}
