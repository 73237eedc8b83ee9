//! Single accounts: absent, present, closed, unchanged.

use crate::support::{
    client::Api,
    history::follow,
    rows::{self, OTHER, key, org, plan, subscription},
};
use anyhow::Result;
use axum::http::{StatusCode, header};
use serde_json::json;
use tessera_store::mirror::{
    cursor::{self, Moment},
    org::OrgRow,
    plan::PlanRow,
    subscription::SubscriptionRow,
};

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
    rows::upsert(&mut *api.mirror.acquire().await?, &[row]).await?;
    let unused = json!({
        "points_threshold": "18446744073709551615", "points_boost_bps": 0, "discount_bps": 0,
    });
    let tier = json!({ "points_threshold": "100", "points_boost_bps": 2500, "discount_bps": 0 });
    assert_eq!(
        api.json(&format!("/v1/orgs/{}", org(1).address)).await?,
        json!({
            "address": org(1).address.to_string(),
            "life": "4",
            "rent_payer": key(OTHER, 1).to_string(),
            "receipt_seq": "1",
            "receipt_head": format!("5a{}0a", "07".repeat(30)),
            "creator": key(OTHER, 1).to_string(),
            "id": "1",
            "cluster_tag": "636c757374657231",
            "authority": key(OTHER, 1).to_string(),
            "pending_authority": key(OTHER, 60).to_string(),
            "quote_authority": key(OTHER, 2).to_string(),
            "meter_authority": null,
            "treasury": key(OTHER, 3).to_string(),
            "tiers": [tier, unused, unused, unused],
            "commission_bps": [1000, 500, 250],
            "hold_secs": 60,
            "points_epoch_secs": 0,
            "points_expiry_epochs": 0,
            "subscribe_paused": false,
            "charge_paused": true,
            "created_at": 1000,
            "slot": 5,
            "finality": "confirmed",
            "closed": false,
        })
    );
    // What the program's admin paused is paused, too.
    let row = OrgRow {
        admin_pause_flags: 1,
        slot: 6,
        ..org(1)
    };
    rows::upsert(&mut *api.mirror.acquire().await?, &[row]).await?;
    let paused = api.json(&format!("/v1/orgs/{}", org(1).address)).await?;
    assert_eq!(
        (&paused["subscribe_paused"], &paused["charge_paused"]),
        (&json!(true), &json!(false))
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
    rows::upsert(conn, &[row]).await?;
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
    rows::upsert(conn, &[row]).await?;
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
    rows::upsert(conn, std::slice::from_ref(&row)).await?;
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
    rows::upsert(conn, &[newer]).await?;
    let changed = api.get_unless(&path, tag).await?;
    assert_eq!(changed.status, StatusCode::OK);
    assert_eq!(changed.json()?["state"], "cancelled");
    Ok(())
}

#[tokio::test]
async fn a_time_that_never_comes_is_null() -> Result<()> {
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    let path = format!("/v1/plans/{}", plan(1, 1).address);
    // Above 2^53 a JSON number loses digits.
    for (slot, ends_at, shown) in [
        (6, i64::MAX, json!(null)),
        (7, 1 << 53, json!(null)),
        (8, (1 << 53) - 1, json!(9_007_199_254_740_991_i64)),
    ] {
        let row = PlanRow {
            ends_at,
            slot,
            ..plan(1, 1)
        };
        rows::upsert(conn, &[row]).await?;
        assert_eq!(api.json(&path).await?["ends_at"], shown, "{ends_at}");
    }
    Ok(())
}

#[tokio::test]
async fn a_status_that_the_clock_changed_is_sent_although_nothing_happened() -> Result<()> {
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    rows::upsert(conn, &[plan(1, 1)]).await?;
    rows::upsert(conn, &[subscription(1, 1, 1)]).await?;
    follow(conn).await?;
    let path = format!("/v1/subscriptions/{}", subscription(1, 1, 1).address);
    let before = api.get(&path).await?;
    assert_eq!(before.json()?["status"], "active");
    let applied = Moment {
        slot: 10,
        at: 8_200,
    };
    cursor::complete(conn, applied).await?;
    let after = api
        .get_unless(&path, before.header(header::ETAG)?)
        .await?
        .json()?;
    assert_eq!(
        (&after["state"], &after["status"]),
        (&json!("active"), &json!("lapsed"))
    );
    Ok(())
}
