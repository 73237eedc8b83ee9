//! Organisations, keys and roles: whoever is let in sees one organisation and does what they may.

use super::tenant::{Tenant, call, org_address, sign_in};
use anyhow::Result;
use axum::http::{Method, StatusCode};
use serde_json::json;
use solana_keypair::Keypair;

#[tokio::test]
async fn only_the_orgs_authority_opens_its_organisation_and_once() -> Result<()> {
    let tenant = Tenant::open().await?;
    let body = json!({ "org": org_address(1), "name": "Mine" });
    let path = "/v1/organisations";
    let stranger = sign_in(&tenant.api, &Keypair::new(), None).await?;
    let refused = call(&tenant.api, Method::POST, path, &stranger, Some(&body)).await?;
    refused.refusal(path, StatusCode::FORBIDDEN)?;
    let owner = sign_in(&tenant.api, &tenant.authority, None).await?;
    let again = call(&tenant.api, Method::POST, path, &owner, Some(&body)).await?;
    again.refusal(path, StatusCode::CONFLICT)?;
    Ok(())
}
