//! What people decide, and what is never exceeded however many decide.

use crate::support::{
    referrals::{Referring, rules},
    tenant::call,
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use futures::future::join_all;
use serde_json::{Value, json};

/// Both wallets that were referred have paid twice.
async fn qualified(rules: &Value) -> Result<Referring> {
    let mut shop = Referring::open(3).await?;
    shop.publish("spring", rules).await?;
    for (wallet, days) in [
        (2, ["2025-01-04", "2025-02-04"]),
        (3, ["2025-01-05", "2025-02-05"]),
    ] {
        for day in days {
            shop.pays(wallet, day, 70);
        }
    }
    shop.comes("2025-02-06").await?;
    Ok(shop)
}

fn sum(claims: &[Value], side: &str, unit: &str) -> Result<u64> {
    let amounts = claims.iter().map(|it| it["released"][side][unit].as_str());
    amounts
        .map(|it| Ok(it.context("an amount")?.parse::<u64>()?))
        .sum()
}

#[tokio::test]
async fn a_key_decides_nothing() -> Result<()> {
    let shop = qualified(&rules()).await?;
    let referral = &shop.referrals("spring").await?[0];
    let id = referral["id"].as_str().context("an id")?;
    for (what, body) in [
        ("release", json!({ "rewards": referral["due"] })),
        ("reject", json!({ "reason": "no" })),
    ] {
        let path = format!("/v1/referral-campaigns/spring/referrals/{id}/{what}");
        let refused = shop.tenant.post(&path, &body).await?;
        refused.refusal(&path, StatusCode::FORBIDDEN)?;
        let reader = shop.tenant.key("read").await?;
        let api = &shop.tenant.api;
        let refused = call(api, Method::POST, &path, &reader, Some(&body)).await?;
        refused.refusal(&path, StatusCode::FORBIDDEN)?;
    }
    Ok(())
}

#[tokio::test]
async fn what_has_not_qualified_or_was_not_seen_is_not_released() -> Result<()> {
    let mut shop = Referring::open(2).await?;
    shop.publish("spring", &rules()).await?;
    let pending = shop.referrals("spring").await?[0].clone();
    assert_eq!(pending["state"], "pending");
    let refused = shop.release("spring", &pending).await?;
    let problem = refused.problem(StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "state", "{problem}");
    shop.pays(2, "2025-01-04", 70);
    shop.pays(2, "2025-02-04", 70);
    shop.comes("2025-02-05").await?;
    // What is due now is not what was seen then.
    let refused = shop.release("spring", &pending).await?;
    refused.problem(StatusCode::CONFLICT)?;
    Ok(())
}

#[tokio::test]
async fn what_is_released_is_a_claim_and_what_is_refunded_later_is_claimed_back() -> Result<()> {
    let mut shop = qualified(&rules()).await?;
    assert_eq!(shop.states("spring").await?, ["qualified", "qualified"]);
    let referral = shop.referrals("spring").await?[0].clone();
    let due = json!({ "referrer": { "points": "0", "units": "10" }, "referred": { "points": "5", "units": "0" } });
    assert_eq!(referral["due"], due);
    let released = shop.release("spring", &referral).await?;
    assert_eq!(released.status, StatusCode::OK, "{released:?}");
    assert_eq!(released.json()?["state"], "released");
    let again = shop.release("spring", &referral).await?;
    again.problem(StatusCode::BAD_REQUEST)?;
    let path = "/v1/referral-campaigns/spring/claims";
    let claims = shop.tenant.json(path).await?["data"].clone();
    assert_eq!(claims[0]["released"], due);
    assert_eq!(claims[0]["mint"], rules()["mint"]);
    assert_eq!(claims[0]["clawback"]["referrer"]["units"], "0");
    shop.is_refunded(2, "2025-02-07", 70);
    shop.comes("2025-02-08").await?;
    let claims = shop.tenant.json(path).await?["data"].clone();
    assert_eq!(claims[0]["released"], due);
    assert_eq!(claims[0]["clawback"], due);
    let id = referral["id"].as_str().context("an id")?;
    let whole = format!("/v1/referral-campaigns/spring/referrals/{id}");
    let whole = shop.tenant.json(&whole).await?;
    assert_eq!(whole["decisions"][0]["kind"], "release");
    assert_eq!(whole["referral"]["qualifies"], false);
    Ok(())
}

#[tokio::test]
async fn what_is_rejected_stays_so_with_its_reason() -> Result<()> {
    let shop = qualified(&rules()).await?;
    let referral = shop.referrals("spring").await?[0].clone();
    let blank = json!({ "reason": " " });
    let refused = shop.decide("spring", &referral, "reject", &blank).await?;
    refused.problem(StatusCode::BAD_REQUEST)?;
    let why = json!({ "reason": "one person with two wallets" });
    let rejected = shop.decide("spring", &referral, "reject", &why).await?;
    assert_eq!(rejected.status, StatusCode::OK, "{rejected:?}");
    let refused = shop.release("spring", &referral).await?;
    refused.problem(StatusCode::BAD_REQUEST)?;
    shop.look().await?;
    let now = shop.referrals("spring").await?[0].clone();
    assert_eq!(now["state"], "rejected");
    assert_eq!(now["reason"]["why"], "one person with two wallets");
    Ok(())
}

#[tokio::test]
async fn the_budget_holds_however_many_release_and_evaluate_together() -> Result<()> {
    let mut rules = rules();
    rules["caps"]["budget"] = json!({ "units": "15", "points": "7" });
    let shop = qualified(&rules).await?;
    let referrals = shop.referrals("spring").await?;
    assert_eq!(referrals[1]["due"]["referrer"]["units"], "5");
    assert_eq!(referrals[1]["capped_by"], json!(["budget"]));
    let wake = "insert into engine.work (kind, key, organisation, due_at)
                select 'referral_campaigns', id::text, id, now() from engine.organisation
                on conflict (kind, key) do update set due_at = now()";
    sqlx::query(wake).execute(&shop.tenant.api.mirror).await?;
    let twice: Vec<&Value> = referrals.iter().chain(&referrals).collect();
    let releases = join_all(twice.iter().map(|it| shop.release("spring", it)));
    let (releases, looked) = tokio::join!(releases, shop.look());
    looked?;
    let mut taken = 0;
    for release in releases {
        taken += u8::from(release?.status == StatusCode::OK);
    }
    assert_eq!(taken, 2);
    let path = "/v1/referral-campaigns/spring/claims";
    let claims = shop.tenant.json(path).await?["data"].clone();
    let claims = claims.as_array().context("claims")?;
    assert_eq!(sum(claims, "referrer", "units")?, 15);
    assert_eq!(sum(claims, "referred", "points")?, 7);
    Ok(())
}
