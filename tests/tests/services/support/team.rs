//! Sales teams of a tenant, and leads that are identified.

use super::{client::do_work, tenant::Tenant};
use anyhow::{Context, Result, ensure};
use axum::http::Method;
use serde_json::{Value, json};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// The wallet of somebody new.
pub(crate) fn wallet() -> String {
    Keypair::new().pubkey().to_string()
}

/// A member who can take some leads at any hour.
pub(crate) fn member(weight: u32) -> Value {
    json!({ "name": "Ada", "capacity": 100, "weight": weight })
}

/// Adds a member, or changes one.
pub(crate) async fn put_member(tenant: &Tenant, wallet: &str, member: &Value) -> Result<Value> {
    let path = format!("/v1/sales-team/members/{wallet}");
    let answer = tenant.call(Method::PUT, &path, Some(member)).await?;
    ensure!(answer.status.is_success(), "{answer:?}");
    answer.json()
}

/// A new member of a weight; their wallet.
pub(crate) async fn hire(tenant: &Tenant, weight: u32) -> Result<String> {
    let wallet = wallet();
    put_member(tenant, &wallet, &member(weight)).await?;
    Ok(wallet)
}

/// States the settings of the team.
pub(crate) async fn set_team(tenant: &Tenant, settings: &Value) -> Result<()> {
    let answer = tenant
        .call(Method::PUT, "/v1/sales-team", Some(settings))
        .await?;
    ensure!(answer.status.is_success(), "{answer:?}");
    Ok(())
}

/// Somebody who is known by a user id, an address and a segment; their person.
pub(crate) async fn identify(tenant: &Tenant, email: &str, segment: &str) -> Result<String> {
    let body = json!({
        "user_id": email.replace('@', "-"), "email": email, "traits": { "segment": segment },
    });
    let identified = tenant.posted("/v1/identify", &body).await?;
    let person = identified["person"].as_str().context("a person")?;
    Ok(person.to_owned())
}

/// Assigns a lead by the rules.
pub(crate) async fn assign(tenant: &Tenant, person: &str) -> Result<Value> {
    tenant
        .posted(&format!("/v1/leads/{person}/assign"), &json!({}))
        .await
}

/// Where a lead is, and why.
pub(crate) async fn held(tenant: &Tenant, person: &str) -> Result<Value> {
    let lead = tenant.json(&format!("/v1/leads/{person}")).await?;
    Ok(lead["assignment"].clone())
}

/// How many rows a table has, or a part of it.
pub(crate) async fn count(tenant: &Tenant, what: &str) -> Result<i64> {
    let count = format!("select count(*) from engine.{what}");
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(count))
        .fetch_one(&tenant.api.mirror)
        .await?)
}

/// Does what is due, of which nothing fails.
pub(crate) async fn work(tenant: &Tenant) -> Result<()> {
    let drained = do_work(&tenant.api.mirror).await?;
    ensure!(drained.failed == 0, "{drained:?}");
    Ok(())
}
