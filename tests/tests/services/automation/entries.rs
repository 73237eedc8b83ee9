//! Who enters a journey, and how often.

use crate::support::{
    funnel_events::{capture, happened},
    journeys::{a_day, act, nurturing, of_node, publish, runs, sign_up, walk},
    people::ago,
    segments::{define_and_build, keen},
    tenant::Tenant,
};
use anyhow::Result;
use serde_json::{Value, json};

#[tokio::test]
async fn a_person_enters_once() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &nurturing()).await?;
    sign_up(&tenant, "ann").await?;
    sign_up(&tenant, "ann").await?;
    tenant
        .capture(&[("another", "signed_up", "ann", json!({}))])
        .await?;
    walk(&tenant).await?;
    assert_eq!(runs(&tenant, "welcome").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn each_value_of_the_key_enters_once() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mut journey = of_node(a_day());
    journey["key"] = json!({ "property": "team" });
    publish(&tenant, "teams", &journey).await?;
    let events = [("1", "a"), ("2", "b"), ("3", "a")];
    for (id, team) in events {
        tenant
            .capture(&[(id, "signed_up", "ann", json!({ "team": team }))])
            .await?;
    }
    tenant
        .capture(&[("4", "signed_up", "ann", json!({}))])
        .await?;
    assert_eq!(runs(&tenant, "teams").await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn history_begins_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &nurturing()).await?;
    tenant
        .does("ann", "signed_up", ago(90_000), json!({}))
        .await?;
    tenant
        .does("bob", "signed_up", ago(80_000), json!({}))
        .await?;
    assert_eq!(runs(&tenant, "welcome").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn who_becomes_a_member_of_the_segment_enters() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_and_build(&tenant, "keen", &keen()).await?;
    let mut journey = of_node(a_day());
    journey["entry"] = json!({ "segment": "keen" });
    publish(&tenant, "readers", &journey).await?;
    capture(
        &tenant,
        &[happened("ann", "docs", 0), happened("bob", "docs", 0)],
    )
    .await?;
    assert_eq!(runs(&tenant, "readers").await?, []);
    capture(&tenant, &[happened("ann", "docs", 5)]).await?;
    walk(&tenant).await?;
    assert_eq!(
        runs(&tenant, "readers").await?,
        [(1, json!("node"), Value::Null)]
    );
    Ok(())
}

#[tokio::test]
async fn members_enter_when_the_hour_of_a_schedule_comes() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_and_build(&tenant, "keen", &keen()).await?;
    capture(
        &tenant,
        &[happened("ann", "docs", 0), happened("ann", "docs", 5)],
    )
    .await?;
    let mut journey = of_node(a_day());
    // An hour that came half an hour ago.
    let hour = chrono::DateTime::<chrono::Utc>::from(ago(1_800));
    journey["entry"] = json!({ "schedule": { "segment": "keen", "on": "daily",
        "at": hour.format("%H:%M").to_string(), "zone": "UTC" } });
    publish(&tenant, "daily", &journey).await?;
    walk(&tenant).await?;
    assert_eq!(runs(&tenant, "daily").await?, [], "it came before");
    let back = "update engine.journey_clock set through = through - interval '1 hour'";
    for _ in 0..2 {
        sqlx::query(back).execute(&tenant.api.mirror).await?;
        sqlx::query("update engine.work set due_at = now() where kind = 'journeys'")
            .execute(&tenant.api.mirror)
            .await?;
        walk(&tenant).await?;
        assert_eq!(
            runs(&tenant, "daily").await?,
            [(1, json!("node"), Value::Null)]
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_payment_that_was_missed_begins_a_run() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mut journey = of_node(a_day());
    journey["entry"] = json!({ "subscription": "past_due" });
    journey["key"] = json!({ "property": "account" });
    journey["holdout"] = json!({ "holdout_bps": 1 });
    publish(&tenant, "dunning", &journey).await?;
    let missed = |account: &str| json!({ "account": account });
    let events = [
        ("ann", "past_due", ago(0), missed("a")),
        ("ann", "past_due", ago(5), missed("b")),
        ("ann", "charged", ago(0), missed("c")),
    ];
    tenant.witness(&events).await?;
    assert_eq!(runs(&tenant, "dunning").await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn other_organisations_enter_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    publish(&tenant, "welcome", &nurturing()).await?;
    publish(&other, "welcome", &of_node(a_day())).await?;
    act(&other, "ann", "signed_up").await?;
    walk(&tenant).await?;
    assert_eq!(runs(&tenant, "welcome").await?, []);
    assert_eq!(
        runs(&other, "welcome").await?,
        [(1, json!("node"), Value::Null)]
    );
    Ok(())
}
