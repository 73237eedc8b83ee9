//! Questions about the chain on a network whose clock is ahead of this machine's, or behind it.

use crate::support::{
    history::follow,
    past::{Fact, MONDAY_SECS, chain},
    shop::in_secs,
    tenant::Tenant,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use tessera_domain::time::Timestamp;
use tessera_store::mirror::cursor::{self, Moment};

const DAY_SECS: i64 = 86_400;

/// An organisation on a network whose clock is so many days ahead.
async fn ahead_by(days: i64) -> Result<Tenant> {
    let tenant = Tenant::open().await?;
    let mut conn = tenant.api.mirror.acquire().await?;
    follow(&mut conn).await?;
    let at = in_secs(days * DAY_SECS).secs();
    cursor::complete(&mut conn, Moment { slot: 10, at }).await?;
    Ok(tenant)
}

/// What happened to a subscription, so many days from today.
fn on(day: i64, name: &str, what: &'static str) -> Result<Fact> {
    let today = (in_secs(0).secs() - MONDAY_SECS) / DAY_SECS;
    chain(name, today + day, what, name, 1, 5)
}

/// How far a moment is from the network's clock, which is so many days ahead; seconds.
fn off(moment: &Value, days: i64) -> Result<i64> {
    let moment: Timestamp = serde_json::from_value(moment.clone())?;
    Ok((moment.secs() - in_secs(days * DAY_SECS).secs()).abs())
}

#[tokio::test]
async fn what_lies_behind_both_clocks_is_no_past() -> Result<()> {
    let tenant = ahead_by(60).await?;
    let body = json!({ "as_of": in_secs(61 * DAY_SECS) });
    let path = "/v1/query/survival";
    assert_eq!(tenant.refused_fields(path, &body).await?, ["as_of"]);
    let body = json!({ "observation_end": in_secs(61 * DAY_SECS) });
    let path = "/v1/query/lifetime-value";
    let refused = tenant.refused_fields(path, &body).await?;
    assert_eq!(refused, ["observation_end"]);
    Ok(())
}

#[tokio::test]
async fn a_network_that_is_ahead_is_asked_up_to_its_own_clock() -> Result<()> {
    let tenant = ahead_by(60).await?;
    let facts = vec![
        on(-5, "cid", "subscribed"),
        on(10, "ann", "subscribed"),
        on(40, "ann", "charged"),
        on(20, "bob", "subscribed"),
        on(30, "bob", "cancelled"),
    ];
    tenant.happened(facts).await?;

    let survival = tenant.posted("/v1/query/survival", &json!({})).await?;
    assert_eq!(survival["all"]["subscriptions"], 3, "{survival}");
    assert_eq!(survival["all"]["cancelled"], 1);
    assert!(off(&survival["as_of"], 60)? < 60);

    let value = tenant
        .posted("/v1/query/lifetime-value", &json!({}))
        .await?;
    assert_eq!(value["purchases"]["customers"], 3, "{value}");
    assert_eq!(value["purchases"]["repeat_customers"], 1);
    assert!(off(&value["observation_end"], 60)? < 60);

    let weeks = json!({
        "cohort": "signup", "period": "week", "periods": 20, "returned_by": [{ "event": "charged" }],
    });
    let retention = tenant.posted("/v1/query/retention", &weeks).await?;
    let rows = retention["rows"].as_array().context("rows")?;
    let people: u64 = rows.iter().filter_map(|row| row["size"].as_u64()).sum();
    assert_eq!(people, 3, "{retention}");

    let kpis = tenant.json("/v1/kpis").await?;
    assert!(off(&kpis["until"], 60)? < 60, "{kpis}");

    // To subscribe gives points, also when this machine's clock is not there yet.
    let leads = tenant.json("/v1/leads").await?;
    let leads = leads["data"].as_array().context("leads")?;
    assert_eq!(leads.len(), 3, "{leads:?}");
    for lead in leads {
        assert!(off(&lead["scored_at"], 60)? < 60, "{lead}");
        assert!(lead["score"].as_f64() > Some(0.0), "{lead}");
        let path = format!("/v1/leads/{}/score", lead["person"].as_str().context("id")?);
        let own = tenant.json(&path).await?;
        assert_eq!(own["total"], lead["score"], "{own}");
    }
    Ok(())
}

#[tokio::test]
async fn a_network_that_is_behind_has_seen_its_subscriptions_for_less_long() -> Result<()> {
    let tenant = ahead_by(-30).await?;
    tenant.happened(vec![on(-40, "ann", "subscribed")]).await?;
    let survival = tenant.posted("/v1/query/survival", &json!({})).await?;
    assert!(off(&survival["as_of"], -30)? < 60, "{survival}");
    let seen = survival["all"]["points"][0]["duration"].as_u64();
    assert!(
        seen.is_some_and(|days| (9..=10).contains(&days)),
        "{survival}"
    );
    // Visitors still come.
    let kpis = tenant.json("/v1/kpis").await?;
    assert!(off(&kpis["until"], 0)? < 60, "{kpis}");
    Ok(())
}
