//! Versions of a campaign: what is refused, and for which one a registration counts.

use crate::support::{
    referrals::{Referring, rules},
    tenant::Tenant,
};
use anyhow::Result;
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_campaign_that_breaks_a_rule_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/referral-campaigns";
    let mut dateless = rules();
    dateless["until"] = dateless["from"].clone();
    let mut unbound = rules();
    unbound["caps"]["budget"] = json!({ "points": "1" });
    for (rules, field) in [
        (dateless, "campaign.until"),
        (unbound, "campaign.caps.budget.units"),
    ] {
        let body = json!({ "name": "spring", "campaign": rules });
        let refused = tenant.post(path, &body).await?;
        let problem = refused.refusal(path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    Ok(())
}

#[tokio::test]
async fn what_a_campaign_names_must_be_there_to_publish_it() -> Result<()> {
    let shop = Referring::open(1).await?;
    let mut elsewhere = rules();
    elsewhere["referrers"] = json!({ "segment": "nobody" });
    let mut coarse = rules();
    coarse["decimals"] = json!(2);
    let path = "/v1/referral-campaigns/spring/publish";
    for (rules, field) in [
        (elsewhere, "campaign.referrers.segment"),
        (coarse, "campaign.decimals"),
    ] {
        let version = shop.draft("spring", &rules).await?;
        let refused = shop.publish_version("spring", version).await?;
        let problem = refused.refusal(path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let absent = shop.publish_version("autumn", 1).await?;
    absent.refusal(
        "/v1/referral-campaigns/autumn/publish",
        StatusCode::NOT_FOUND,
    )?;
    Ok(())
}

#[tokio::test]
async fn a_version_is_published_once_and_takes_over() -> Result<()> {
    let mut shop = Referring::open(2).await?;
    shop.publish("spring", &rules()).await?;
    shop.comes("2025-02-01").await?;
    shop.publish("spring", &rules()).await?;
    let path = "/v1/referral-campaigns/spring/publish";
    for version in [1, 2] {
        let again = shop.publish_version("spring", version).await?;
        again.refusal(path, StatusCode::CONFLICT)?;
    }
    let first = shop
        .tenant
        .json("/v1/referral-campaigns/spring?version=1")
        .await?;
    let second = shop.tenant.json("/v1/referral-campaigns/spring").await?;
    assert_eq!(first["status"], "retired");
    assert_eq!(first["ends_at"], "2025-02-01T00:00:00Z");
    assert_eq!(second["version"], 2);
    assert_eq!(second["starts_at"], first["ends_at"]);
    // A registration counts for the version that was in force when it happened.
    let referrals = shop.referrals("spring").await?;
    assert_eq!(referrals.len(), 1);
    assert_eq!(referrals[0]["version"], 1);
    Ok(())
}

#[tokio::test]
async fn registrations_after_the_end_count_no_longer_and_earlier_ones_can_still_qualify()
-> Result<()> {
    let mut shop = Referring::open(2).await?;
    shop.publish("spring", &rules()).await?;
    let path = "/v1/referral-campaigns/spring/end";
    let ended = shop.tenant.posted(path, &json!({})).await?;
    assert_eq!(ended["ends_at"], "2025-01-03T00:00:00Z");
    shop.pays(2, "2025-01-04", 70);
    shop.pays(2, "2025-02-04", 70);
    shop.comes("2025-02-05").await?;
    assert_eq!(shop.states("spring").await?, ["qualified"]);
    let never = "/v1/referral-campaigns/autumn/end";
    shop.draft("autumn", &rules()).await?;
    let refused = shop.tenant.post(never, &json!({})).await?;
    refused.refusal(never, StatusCode::CONFLICT)?;
    Ok(())
}

#[tokio::test]
async fn no_version_ends_while_the_mirror_is_filled_again() -> Result<()> {
    let mut shop = Referring::open(2).await?;
    shop.publish("spring", &rules()).await?;
    shop.comes("2025-01-05").await?;
    let next = shop.draft("spring", &rules()).await?;
    shop.happens("2024-12-01").await?;
    let end = "/v1/referral-campaigns/spring/end";
    let refused = shop.tenant.post(end, &json!({})).await?;
    refused.refusal(end, StatusCode::CONFLICT)?;
    let publish = "/v1/referral-campaigns/spring/publish";
    let refused = shop.publish_version("spring", next).await?;
    refused.refusal(publish, StatusCode::CONFLICT)?;
    shop.comes("2025-01-06").await?;
    let running = shop.tenant.json("/v1/referral-campaigns/spring").await?;
    assert_eq!(running["version"], 1);
    assert_eq!(running["ends_at"], "2025-03-01T00:00:00Z");
    assert_eq!(shop.states("spring").await?, ["pending"]);
    Ok(())
}

#[tokio::test]
async fn other_organisations_see_nothing() -> Result<()> {
    let shop = Referring::open(2).await?;
    shop.publish("spring", &rules()).await?;
    let other = Tenant::join(shop.tenant.api.clone(), 2).await?;
    let listed = other.json("/v1/referral-campaigns").await?;
    assert_eq!(listed["data"], json!([]));
    let path = "/v1/referral-campaigns/spring/referrals";
    other
        .get(path)
        .await?
        .refusal(path, StatusCode::NOT_FOUND)?;
    Ok(())
}
