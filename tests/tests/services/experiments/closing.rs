//! Phases that are over: they stay as they were, and cost nothing more.

use crate::support::{
    client::{do_work, do_work_of, master_key},
    experiments::{checked, define_metrics, design, launch_ago, stop_ago},
    people::ago,
    tenant::Tenant,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use tessera_domain::capture::KeptMonths;
use tessera_engine::{Engine, RulesCache};
use tessera_store::tenant;

const DAY: i64 = 86_400;

/// Lets everything go that is older than four months.
async fn forget(tenant: &Tenant) -> Result<()> {
    let engine = Engine {
        kept_months: Some(KeptMonths::try_from(4)?),
        ..Engine::new(tenant.api.mirror.clone(), master_key(), None)
    };
    assert_eq!(do_work_of(&engine).await?.failed, 0);
    Ok(())
}

/// An experiment that was begun 300 days ago, and seen 290 and 250 days ago.
async fn old(tenant: &Tenant) -> Result<()> {
    define_metrics(tenant).await?;
    launch_ago(tenant, "button", &design(), 300 * DAY).await?;
    let saw = |arm: &str| json!({ "experiment": "button", "arm": arm });
    tenant
        .witness(&[
            ("a", "experiment_exposed", ago(290 * DAY), saw("plain")),
            ("a", "bought", ago(289 * DAY), json!({ "size": 2 })),
            ("b", "experiment_exposed", ago(250 * DAY), saw("round")),
            ("c", "page_viewed", ago(320 * DAY), json!({})),
            ("d", "page_viewed", ago(DAY), json!({})),
        ])
        .await
}

/// What the experiment shows, but for the moment.
async fn shown(tenant: &Tenant) -> Result<Value> {
    let mut results = tenant.json("/v1/experiments/button/results").await?;
    assert_eq!(results["is_complete"], true);
    results["as_of"].take();
    Ok(results)
}

async fn count(tenant: &Tenant, query: &'static str) -> Result<i64> {
    Ok(sqlx::query_scalar(query)
        .fetch_one(&tenant.api.mirror)
        .await?)
}

const EVENTS: &str = "select count(*) from engine.event";
const BUNDLES: &str = "select count(*) from engine.projection_bundle";

#[tokio::test]
async fn a_phase_that_is_over_shows_the_same_when_its_events_are_gone() -> Result<()> {
    let tenant = Tenant::open().await?;
    old(&tenant).await?;
    stop_ago(&tenant, "button", 200 * DAY).await?;
    let before = shown(&tenant).await?;
    assert_eq!(before["people"]["exposed"], 2);
    forget(&tenant).await?;
    forget(&tenant).await?;
    assert_eq!(count(&tenant, EVENTS).await?, 1);
    assert_eq!(shown(&tenant).await?, before);
    Ok(())
}

#[tokio::test]
async fn what_a_phase_follows_from_is_kept_until_no_late_event_can_arrive() -> Result<()> {
    let tenant = Tenant::open().await?;
    old(&tenant).await?;
    let people = async || -> Result<Value> { Ok(shown(&tenant).await?["people"].clone()) };
    let before = people().await?;
    assert_eq!(before["exposed"], 2);
    for ended in [false, true] {
        if ended {
            stop_ago(&tenant, "button", 80 * DAY).await?;
        }
        forget(&tenant).await?;
        assert_eq!(people().await?, before);
        let found = checked(&tenant, "button/1").await?;
        assert_eq!((found.people, found.differing, found.sums), (2, 0, 0));
        assert_eq!(count(&tenant, EVENTS).await?, 4, "all since the start");
    }
    Ok(())
}

#[tokio::test]
async fn a_phase_that_is_over_is_applied_to_nothing_any_more() -> Result<()> {
    let tenant = Tenant::open().await?;
    old(&tenant).await?;
    stop_ago(&tenant, "button", 80 * DAY).await?;
    let before = shown(&tenant).await?;
    assert_eq!(count(&tenant, BUNDLES).await?, 2);
    // Eleven days pass.
    sqlx::query("update engine.experiment_phase set ended_at = ended_at - interval '11 days'")
        .execute(&tenant.api.mirror)
        .await?;
    // Once closed, once cleared away.
    do_work(&tenant.api.mirror).await?;
    do_work(&tenant.api.mirror).await?;
    assert_eq!(count(&tenant, BUNDLES).await?, 0);
    let organisation = tenant.organisation().await?;
    let mut reader = tenant::snapshot(&tenant.api.mirror, organisation).await?;
    let rules = RulesCache::default()
        .latest(&mut reader, organisation)
        .await?;
    assert!(
        !rules
            .projections
            .iter()
            .any(|it| it.definition.is_bundled())
    );
    drop(reader);
    assert_eq!(shown(&tenant).await?, before);
    // What is known of people who are not counted any more is nothing, and not that they are none.
    let overlaps = tenant.json("/v1/experiments/button/overlaps").await?;
    assert_eq!(overlaps["experiments"], json!([]));
    // A late event changes nothing, nor does an erasure, and a report can still be signed.
    let saw = json!({ "experiment": "button", "arm": "round" });
    tenant
        .witness(&[("e", "experiment_exposed", ago(240 * DAY), saw)])
        .await?;
    let person = tenant.person("a").await?;
    let erased = tenant
        .call(
            axum::http::Method::DELETE,
            &format!("/v1/persons/{person}"),
            None,
        )
        .await?;
    assert!(erased.status.is_success(), "{erased:?}");
    assert_eq!(shown(&tenant).await?, before);
    let report = tenant
        .posted("/v1/experiments/button/reports", &json!({}))
        .await?;
    let text = report["report"].as_str().context("a text")?;
    let body: Value = serde_json::from_str(text)?;
    assert_eq!(body["results"]["people"], before["people"]);
    Ok(())
}
