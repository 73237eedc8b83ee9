//! What checks find, what is held, and that erasing oneself releases nothing.

use crate::support::referrals::{Referring, watchful};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::json;

/// Wallets 1 and 2 are people who use one browser; both that were referred have qualified.
async fn watched() -> Result<Referring> {
    let mut shop = Referring::open(3).await?;
    for wallet in [1, 2] {
        shop.is_seen_on(wallet, "the-only-browser").await?;
    }
    shop.publish("spring", &watchful()).await?;
    for wallet in [2, 3] {
        shop.pays(wallet, "2025-01-04", 70);
        shop.pays(wallet, "2025-02-04", 70);
    }
    shop.comes("2025-02-05").await?;
    Ok(shop)
}

#[tokio::test]
async fn people_on_one_browser_are_held_with_the_evidence() -> Result<()> {
    let shop = watched().await?;
    assert_eq!(shop.states("spring").await?, ["held", "qualified"]);
    let held = shop.referrals("spring").await?[0].clone();
    assert_eq!(held["held_by"], json!(["shared_device"]));
    let finding = &held["findings"][0];
    assert_eq!(finding["outcome"], "suspicious", "{finding}");
    assert_eq!(finding["evidence"][0]["kind"], "in_common");
    // They stay two people.
    assert_ne!(shop.person(1).await?, shop.person(2).await?);
    Ok(())
}

#[tokio::test]
async fn what_is_held_is_released_with_a_reason_alone() -> Result<()> {
    let shop = watched().await?;
    let held = shop.referrals("spring").await?[0].clone();
    let refused = shop.release("spring", &held).await?;
    let problem = refused.problem(StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "reason", "{problem}");
    let body = json!({ "rewards": held["due"], "reason": "two colleagues in one office" });
    let released = shop.decide("spring", &held, "release", &body).await?;
    assert_eq!(released.status, StatusCode::OK, "{released:?}");
    let id = held["id"].as_str().context("an id")?;
    let path = format!("/v1/referral-campaigns/spring/referrals/{id}");
    let decision = shop.tenant.json(&path).await?["decisions"][0].clone();
    assert_eq!(decision["reason"], "two colleagues in one office");
    assert_eq!(decision["despite"], json!(["shared_device"]));
    Ok(())
}

#[tokio::test]
async fn erasing_oneself_releases_nothing_and_takes_the_evidence() -> Result<()> {
    let shop = watched().await?;
    let person = shop.person(2).await?;
    let path = format!("/v1/persons/{person}");
    let erased = shop.tenant.call(Method::DELETE, &path, None).await?;
    assert!(erased.status.is_success(), "{erased:?}");
    let left: i64 = sqlx::query_scalar(
        "select (select count(*) from engine.shared_browser where person = $1)
              + (select count(*) from engine.referral where outcome::text like '%in_common%'
                 or outcome::text like '%' || $1::text || '%')",
    )
    .bind(person)
    .fetch_one(&shop.tenant.api.mirror)
    .await?;
    assert_eq!(left, 0);
    shop.look().await?;
    assert_eq!(shop.states("spring").await?, ["rejected", "qualified"]);
    let rejected = shop.referrals("spring").await?[0].clone();
    assert_eq!(rejected["reason"]["why"], "erased");
    let refused = shop.release("spring", &rejected).await?;
    refused.problem(StatusCode::BAD_REQUEST)?;
    Ok(())
}

#[tokio::test]
async fn a_merge_shows_wallets_of_one_person() -> Result<()> {
    let mut shop = Referring::open(2).await?;
    let mut rules = watchful();
    rules["checks"] = json!({ "merged_persons": { "same": 90, "known": 30 } });
    rules["holds"] = json!([{ "all": [{ "check": "merged_persons", "score": 90 }] }]);
    shop.publish("spring", &rules).await?;
    shop.pays(2, "2025-01-04", 70);
    shop.pays(2, "2025-02-04", 70);
    shop.comes("2025-02-05").await?;
    assert_eq!(shop.states("spring").await?, ["qualified"]);
    let (winner, loser) = (shop.person(1).await?, shop.person(2).await?);
    let body = json!({ "with": loser, "reason": "one person" });
    let path = format!("/v1/persons/{winner}/merge");
    let merged = shop.tenant.post(&path, &body).await?;
    assert!(merged.status.is_success(), "{merged:?}");
    // Released is what is due by all that is known at that moment.
    let seen = shop.referrals("spring").await?[0].clone();
    let refused = shop.release("spring", &seen).await?;
    let problem = refused.problem(StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "reason", "{problem}");
    shop.comes("2025-02-06").await?;
    assert_eq!(shop.states("spring").await?, ["held"]);
    Ok(())
}
