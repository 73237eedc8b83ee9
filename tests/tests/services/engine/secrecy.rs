//! What nobody may claim, and what the database does not reveal.

use crate::support::tenant::{Tenant, call, sign_in};
use anyhow::{Context, Result};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::json;
use solana_keypair::Keypair;

#[tokio::test]
async fn a_wallet_does_not_become_a_user_by_saying_so() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/identify";
    let victim = tenant
        .posted(
            path,
            &json!({ "user_id": "victim", "traits": { "name": "Victim" } }),
        )
        .await?["person"]
        .as_str()
        .context("a person")?
        .to_owned();
    let session = sign_in(&tenant.api, &Keypair::new(), Some(&tenant.org())).await?;
    for user in ["victim", "not-seen-yet"] {
        let body = json!({ "user_id": user, "traits": { "name": "Mallory" } });
        let answer = call(&tenant.api, Method::POST, path, &session, Some(&body)).await?;
        let problem = answer.refusal(path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], "user_id");
        let body = json!({ "anonymous_id": "mallory", "user_id": user });
        let answer = call(
            &tenant.api,
            Method::POST,
            "/v1/alias",
            &session,
            Some(&body),
        )
        .await?;
        answer.refusal("/v1/alias", StatusCode::FORBIDDEN)?;
    }
    let traits = tenant
        .json(&format!("/v1/persons/{victim}/personal-traits"))
        .await?;
    assert_eq!(traits, json!({ "name": "Victim" }));
    Ok(())
}

#[tokio::test]
async fn a_key_is_not_kept_in_the_answer_that_showed_it() -> Result<()> {
    let tenant = Tenant::open().await?;
    let ask = || {
        let request = Request::post("/v1/api-keys")
            .header(
                header::AUTHORIZATION,
                format!("Bearer {}", tenant.admin_key),
            )
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "order-1")
            .body(Body::from(
                json!({ "name": "k", "kind": "admin" }).to_string(),
            ));
        async { tenant.api.send(request?).await }
    };
    let first = ask().await?;
    assert_eq!(first.status, StatusCode::CREATED);
    let key = first.json()?["key"].as_str().context("a key")?.to_owned();
    let kept: Vec<u8> = sqlx::query_scalar("select body from engine.idempotency")
        .fetch_one(&tenant.api.mirror)
        .await?;
    assert!(!String::from_utf8_lossy(&kept).contains(&key));
    assert_eq!(ask().await?.text, first.text);
    Ok(())
}
