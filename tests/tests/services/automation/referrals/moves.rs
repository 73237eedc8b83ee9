//! Moves of referrals are events, which journeys enter by, and follow what is final and in time.

use crate::support::{
    client::do_work,
    journeys::{a_day, of_node, publish, runs},
    payments::day,
    referrals::{Referring, rules},
};
use anyhow::Result;
use axum::http::StatusCode;
use serde_json::{Value, json};

async fn events(shop: &Referring, name: &str) -> Result<Vec<Value>> {
    Ok(sqlx::query_scalar(
        "select properties from engine.event where name = $1 order by properties ->> 'side' desc",
    )
    .bind(name)
    .fetch_all(&shop.tenant.api.mirror)
    .await?)
}

#[tokio::test]
async fn no_client_can_say_that_a_referral_qualified() -> Result<()> {
    let shop = Referring::open(1).await?;
    for event in ["referral_qualified", "referral_released"] {
        let body = json!({ "message_id": event, "event": event, "anonymous_id": "ann" });
        let refused = shop.tenant.post("/v1/events", &body).await?;
        refused.refusal("/v1/events", StatusCode::BAD_REQUEST)?;
    }
    Ok(())
}

#[tokio::test]
async fn nothing_qualifies_by_what_may_still_vanish() -> Result<()> {
    let mut shop = Referring::open(2).await?;
    shop.publish("spring", &rules()).await?;
    shop.pays(2, "2025-01-04", 70);
    shop.comes("2025-01-05").await?;
    shop.pays(2, "2025-02-04", 70);
    shop.happens("2025-02-05").await?;
    for (step, state) in [(-1, "pending"), (1, "qualified")] {
        sqlx::query("update cursor set final_slot = final_slot + $1")
            .bind(i64::from(step))
            .execute(&shop.tenant.api.mirror)
            .await?;
        shop.look().await?;
        assert_eq!(shop.states("spring").await?, [state]);
    }
    Ok(())
}

#[tokio::test]
async fn both_sides_hear_of_a_move_once_and_a_journey_begins() -> Result<()> {
    let mut shop = Referring::open(2).await?;
    shop.publish("spring", &rules()).await?;
    let mut journey = of_node(a_day());
    journey["entry"] = json!({ "event": { "event": "referral_qualified" } });
    publish(&shop.tenant, "thanks", &journey).await?;
    shop.pays(2, "2025-01-04", 70);
    shop.pays(2, "2025-02-04", 70);
    shop.comes("2025-02-05").await?;
    shop.look().await?;
    let said = |side: &str| json!({ "campaign": "spring", "version": 1, "side": side });
    assert_eq!(
        events(&shop, "referral_qualified").await?,
        [said("referrer"), said("referred")]
    );
    assert_eq!(runs(&shop.tenant, "thanks").await?.len(), 2);
    let referral = shop.referrals("spring").await?[0].clone();
    shop.release("spring", &referral).await?;
    assert_eq!(events(&shop, "referral_released").await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn who_does_not_qualify_in_time_expires_by_the_networks_clock() -> Result<()> {
    let mut shop = Referring::open(2).await?;
    shop.publish("spring", &rules()).await?;
    shop.comes("2025-03-02").await?;
    assert_eq!(shop.states("spring").await?, ["pending"]);
    shop.comes("2025-03-04").await?;
    assert_eq!(shop.states("spring").await?, ["expired"]);
    assert_eq!(events(&shop, "referral_expired").await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_mirror_that_is_filled_again_takes_nothing_back() -> Result<()> {
    let mut shop = Referring::open(2).await?;
    shop.publish("spring", &rules()).await?;
    shop.pays(2, "2025-01-04", 70);
    shop.pays(2, "2025-02-04", 70);
    shop.comes("2025-02-05").await?;
    shop.comes("2025-01-01").await?;
    assert_eq!(shop.states("spring").await?, ["qualified"]);
    let referral = shop.referrals("spring").await?[0].clone();
    let refused = shop.release("spring", &referral).await?;
    refused.problem(StatusCode::CONFLICT)?;
    Ok(())
}

#[tokio::test]
async fn a_look_that_a_decision_was_ahead_of_comes_again() -> Result<()> {
    let mut shop = Referring::open(2).await?;
    shop.publish("spring", &rules()).await?;
    // As a decision leaves it that is made while the work holds an older moment of the network's clock.
    let ahead = day("2025-01-04");
    sqlx::query("update engine.referral_campaign set evaluated_at = $1")
        .bind(ahead)
        .execute(&shop.tenant.api.mirror)
        .await?;
    shop.look().await?;
    let next: Option<i64> = sqlx::query_scalar(
        "select network_due_at from engine.work where kind = 'referral_campaigns'",
    )
    .fetch_one(&shop.tenant.api.mirror)
    .await?;
    assert_eq!(next, Some(ahead.timestamp()));
    shop.comes("2025-03-04").await?;
    assert_eq!(shop.states("spring").await?, ["expired"]);
    Ok(())
}

#[tokio::test]
async fn receipts_wake_nothing_once_all_campaigns_are_settled() -> Result<()> {
    let mut shop = Referring::open(2).await?;
    shop.publish("spring", &rules()).await?;
    shop.comes("2025-03-04").await?;
    let mirror = shop.tenant.api.mirror.clone();
    sqlx::query("update engine.referral_campaign set settled_at = ends_at")
        .execute(&mirror)
        .await?;
    shop.pays(2, "2025-03-05", 70);
    shop.happens("2025-03-06").await?;
    do_work(&mirror).await?;
    let woken: i64 =
        sqlx::query_scalar("select count(*) from engine.work where kind = 'referral_campaigns'")
            .fetch_one(&mirror)
            .await?;
    assert_eq!(woken, 0);
    Ok(())
}
