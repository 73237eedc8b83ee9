//! Rights: nobody gives one that they do not have, and one that is lost gives nothing any more.

use crate::support::{
    client::Api,
    tenant::{Tenant, call, org_address, sign_in},
};
use anyhow::{Context, Result};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use serde_json::json;
use solana_keypair::Keypair;
use solana_signer::Signer;

#[tokio::test]
async fn nobody_grants_a_role_that_can_do_more_than_they_can() -> Result<()> {
    let tenant = Tenant::open().await?;
    let narrow = json!({ "name": "narrow", "kind": "admin", "scopes": ["administer", "read"] });
    let narrow = tenant.posted("/v1/api-keys", &narrow).await?;
    let narrow = narrow["key"].as_str().context("a key")?;
    let wallet = Keypair::new();
    let path = format!("/v1/roles/{}", wallet.pubkey());
    let grant = async |role: &str| {
        let role = json!({ "role": role });
        call(&tenant.api, Method::PUT, &path, narrow, Some(&role)).await
    };
    for role in ["owner", "sales", "analyst"] {
        grant(role).await?.refusal(&path, StatusCode::FORBIDDEN)?;
    }
    let granted = grant("auditor").await?;
    assert_eq!(granted.status, StatusCode::NO_CONTENT, "{granted:?}");
    let token = sign_in(&tenant.api, &wallet, Some(&tenant.org())).await?;
    let session = call(&tenant.api, Method::GET, "/v1/session", &token, None).await?;
    assert_eq!(session.json()?["scopes"], json!(["read"]));
    Ok(())
}

#[tokio::test]
async fn a_lost_right_no_longer_repeats_its_answers() -> Result<()> {
    let tenant = Tenant::open().await?;
    let wallet = Keypair::new();
    let role = format!("/v1/roles/{}", wallet.pubkey());
    let owner = json!({ "role": "owner" });
    let granted = tenant.call(Method::PUT, &role, Some(&owner)).await?;
    assert_eq!(granted.status, StatusCode::NO_CONTENT, "{granted:?}");
    let token = sign_in(&tenant.api, &wallet, Some(&org_address(1))).await?;
    let make = async || make_key(&tenant.api, &token).await;
    let made = make().await?;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let key = made.json()?["key"].as_str().context("a key")?.to_owned();
    assert_eq!(make().await?.json()?["key"], json!(key));
    let withdrawn = tenant.call(Method::DELETE, &role, None).await?;
    assert_eq!(withdrawn.status, StatusCode::NO_CONTENT, "{withdrawn:?}");
    let again = make().await?;
    assert!(!again.status.is_success(), "{again:?}");
    assert!(!format!("{again:?}").contains(&key));
    Ok(())
}

#[tokio::test]
async fn what_nobody_needs_any_more_is_forgotten() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mirror = &tenant.api.mirror;
    let wallets = [Keypair::new(), Keypair::new(), Keypair::new()];
    let mut tokens = Vec::new();
    for wallet in &wallets {
        tokens.push(sign_in(&tenant.api, wallet, None).await?);
    }
    make_key(&tenant.api, &tenant.admin_key).await?;
    for (wallet, change) in [
        (&wallets[0], "expires_at = now() - interval '31 days'"),
        (&wallets[1], "revoked_at = now() - interval '31 days'"),
        (&wallets[2], "revoked_at = now() - interval '29 days'"),
    ] {
        let change = format!("update engine.session set {change} where wallet = $1");
        sqlx::query(sqlx::AssertSqlSafe(change))
            .bind(wallet.pubkey().to_bytes().as_slice())
            .execute(mirror)
            .await?;
    }
    let count = async |table: &str| -> Result<i64> {
        let count = format!("select count(*) from engine.{table}");
        let count = sqlx::query_scalar(sqlx::AssertSqlSafe(count));
        Ok(count.fetch_one(mirror).await?)
    };
    // The authority's own session is the fourth.
    assert_eq!(
        (count("session").await?, count("idempotency").await?),
        (4, 1)
    );
    let clear = async || -> Result<()> {
        let mut conn = mirror.acquire().await?;
        Ok(tessera_engine::clear(&mut conn).await?)
    };
    clear().await?;
    assert_eq!(
        (count("session").await?, count("idempotency").await?),
        (2, 1)
    );
    sqlx::query("update engine.idempotency set created_at = now() - interval '8 days'")
        .execute(mirror)
        .await?;
    for message in ["m1", "m2"] {
        let refused = json!({ "message_id": message, "event": "Bad Name", "anonymous_id": "v" });
        tenant.post("/v1/events", &refused).await?;
    }
    sqlx::query(
        "update engine.dead_letter set received_at = now() - interval '91 days' where id = 1",
    )
    .execute(mirror)
    .await?;
    clear().await?;
    assert_eq!(
        (count("idempotency").await?, count("dead_letter").await?),
        (0, 1)
    );
    Ok(())
}

/// Makes the same key once more.
async fn make_key(api: &Api, token: &str) -> Result<crate::support::client::Answer> {
    let body = json!({ "name": "mine", "kind": "read" }).to_string();
    let request = Request::post("/v1/api-keys")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("idempotency-key", "one-and-the-same");
    api.send(request.body(Body::from(body))?).await
}
