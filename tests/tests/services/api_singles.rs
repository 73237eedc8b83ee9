//! Single accounts: absent, present, closed, unchanged.

use crate::{
    api_client::Api,
    api_rows::{OTHER, key, org, plan, subscription},
};
use anyhow::Result;
use axum::http::{StatusCode, header};
use serde_json::json;
use tessera_store::{org::OrgRow, plan::PlanRow, subscription::SubscriptionRow};

#[tokio::test]
async fn absent_accounts_are_404() -> Result<()> {
    let api = Api::start().await?;
    let address = key(1, 1);
    for (route, name) in [
        ("orgs", "org"),
        ("plans", "plan"),
        ("subscriptions", "subscription"),
    ] {
        let path = format!("/v1/{route}/{address}");
        let problem = api.refusal(&path, StatusCode::NOT_FOUND).await?;
        assert_eq!(
            problem["detail"],
            format!("there is no {name} at {address}")
        );
    }
    Ok(())
}

#[tokio::test]
async fn an_org_tells_everything() -> Result<()> {
    let api = Api::start().await?;
    let row = OrgRow {
        pause_flags: 2,
        pending_authority: Some(key(OTHER, 60)),
        ..org(1)
    };
    tessera_store::org::upsert(&mut *api.mirror.acquire().await?, &[row]).await?;
    let unused = json!({
        "points_threshold": "18446744073709551615", "points_boost_bps": 0, "discount_bps": 0,
    });
    let tier = json!({ "points_threshold": "100", "points_boost_bps": 2500, "discount_bps": 0 });
    assert_eq!(
        api.json(&format!("/v1/orgs/{}", org(1).address)).await?,
        json!({
            "address": org(1).address.to_string(),
            "id": "1",
            "authority": key(OTHER, 1).to_string(),
            "pending_authority": key(OTHER, 60).to_string(),
            "quote_authority": key(OTHER, 2).to_string(),
            "treasury": key(OTHER, 3).to_string(),
            "tiers": [tier, unused, unused, unused],
            "commission_bps": [1000, 500, 250],
            "hold_secs": 60,
            "subscribe_paused": false,
            "charge_paused": true,
            "created_at": 1000,
            "slot": 5,
            "closed": false,
        })
    );
    Ok(())
}

#[tokio::test]
async fn a_closed_account_still_answers() -> Result<()> {
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    let row = PlanRow {
        closed: true,
        ..plan(1, 1)
    };
    tessera_store::plan::upsert(conn, &[row]).await?;
    let answer = api
        .json(&format!("/v1/plans/{}", plan(1, 1).address))
        .await?;
    assert_eq!(answer["closed"], true);
    assert_eq!(answer["price"], "10000");
    Ok(())
}

#[tokio::test]
async fn an_impossible_state_is_our_failure() -> Result<()> {
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    let row = SubscriptionRow {
        state: 9,
        ..subscription(1, 1, 1)
    };
    tessera_store::subscription::upsert(conn, &[row]).await?;
    let path = format!("/v1/subscriptions/{}", subscription(1, 1, 1).address);
    let problem = api
        .refusal(&path, StatusCode::INTERNAL_SERVER_ERROR)
        .await?;
    assert!(!problem.to_string().contains("impossible"), "{problem}");
    Ok(())
}

#[tokio::test]
async fn a_known_version_is_not_sent_again() -> Result<()> {
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    let row = subscription(1, 1, 1);
    let path = format!("/v1/subscriptions/{}", row.address);
    tessera_store::subscription::upsert(conn, std::slice::from_ref(&row)).await?;
    let first = api.get(&path).await?;
    assert_eq!(first.json()?["state"], "active");
    let tag = first.header(header::ETAG)?;
    let again = api.get_unless(&path, &format!("\"x\", {tag}")).await?;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert_eq!(
        (again.header(header::ETAG)?, again.text.as_str()),
        (tag, "")
    );
    let newer = SubscriptionRow {
        state: 4,
        slot: 6,
        ..row
    };
    tessera_store::subscription::upsert(conn, &[newer]).await?;
    let changed = api.get_unless(&path, tag).await?;
    assert_eq!(changed.status, StatusCode::OK);
    assert_eq!(changed.json()?["state"], "cancelled");
    Ok(())
}
