//! What plans are worth to leads' farms: refused by field, computed as the rules do, kept with the lead.

use crate::support::{team::identify, tenant::Tenant};
use anyhow::Result;
use axum::http::StatusCode;
use serde_json::{Value, json};
use tessera_domain::leads::mining::{Inputs, report};

fn farm() -> Value {
    json!({
        "terahashes": "10000", "watts": "300000", "power_price": "0.06", "pool_fee": "0.02",
        "network": { "kind": "difficulty", "difficulty": "100000000000000" },
        "block_reward": "3.125", "block_fees": "0.05", "coin_price": "60000", "hardware_price": "200000",
        "uptime": "0.95", "difficulty_growth": "0.02",
        "plan": { "monthly_price": "500", "power_saved": "0.05", "uptime_gained": "0.02" },
    })
}

#[tokio::test]
async fn a_farm_that_breaks_a_rule_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let person = identify(&tenant, "ann@acme.com", "mining_farm").await?;
    let path = format!("/v1/leads/{person}/roi");
    for (field, value) in [
        ("uptime", json!("1.5")),
        ("watts", json!(300_000)),
        ("difficulty_growth", json!("0.6")),
        (
            "network.difficulty",
            json!({ "kind": "difficulty", "difficulty": "0" }),
        ),
    ] {
        let mut body = farm();
        let name = field.split('.').next().unwrap_or_default();
        body[name] = value;
        let answer = tenant.post(&path, &body).await?;
        let problem = answer.refusal(&path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let nobody = "/v1/leads/0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f60/roi";
    tenant
        .post(nobody, &farm())
        .await?
        .refusal(nobody, StatusCode::NOT_FOUND)?;
    Ok(())
}

#[tokio::test]
async fn what_was_computed_is_kept_with_the_lead() -> Result<()> {
    let tenant = Tenant::open().await?;
    let person = identify(&tenant, "ann@acme.com", "mining_farm").await?;
    let path = format!("/v1/leads/{person}/roi");
    let first = tenant.posted(&path, &farm()).await?;
    let inputs: Inputs = serde_json::from_value(farm())?;
    let expected = serde_json::to_value(report(&inputs)?)?;
    assert_eq!(first["report"], expected);
    let mut dearer = farm();
    dearer["power_price"] = json!("0.12");
    let second = tenant.posted(&path, &dearer).await?;
    let listed = tenant.json(&path).await?;
    assert_eq!(listed["data"], json!([second, first]));
    Ok(())
}
