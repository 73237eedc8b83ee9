//! What is kept of exposures: as they come, and the same as computed from the log.

use crate::support::{
    client::do_work,
    experiments::{assign, checked, define_metrics, design, launch},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tessera_engine::{
    RulesCache,
    projection::{Touched, project},
};
use tessera_store::{people::person, projection, tenant};
use uuid::Uuid;

/// People and sums of each arm and metric.
async fn kept(tenant: &Tenant) -> Result<Vec<(String, i32, i64, String)>> {
    let rows = sqlx::query_as(
        "select label, measure, sum(people)::bigint, sum(amounts[1])::text from engine.projection_moment
         group by label, measure order by label, measure",
    );
    Ok(rows.fetch_all(&tenant.api.mirror).await?)
}

#[tokio::test]
async fn a_page_s_exposure_and_what_follows_count_in_whatever_order_they_come() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    let saw = |arm: &str| json!({ "experiment": "button", "arm": arm });
    tenant
        .capture(&[
            ("1", "experiment_exposed", "a", saw("plain")),
            ("2", "bought", "a", json!({ "size": "1.5" })),
            ("3", "bought", "a", json!({ "size": 2 })),
            ("4", "experiment_exposed", "b", saw("round")),
            ("6", "bought", "d", json!({ "size": 7 })),
        ])
        .await?;
    let of = |arm: &str, metric: i32, sum: &str| (arm.to_owned(), metric, 1, sum.to_owned());
    let expected = vec![
        of("plain", 0, "1000000"),
        of("plain", 1, "3500000"),
        of("round", 0, "0"),
        of("round", 1, "0"),
    ];
    assert_eq!(kept(&tenant).await?, expected);
    let found = checked(&tenant, "button/1").await?;
    assert_eq!((found.people, found.differing, found.sums), (2, 0, 0));
    // What a server exposes comes after what the visitor did.
    let seen = assign(&tenant, &json!([{ "anonymous_id": "d" }]), true).await?;
    assert_eq!(seen[0]["features"][0]["arm"]["seen_before"], false);
    let found = checked(&tenant, "button/1").await?;
    assert_eq!((found.people, found.differing, found.sums), (3, 0, 0));
    Ok(())
}

#[tokio::test]
async fn an_exposure_that_says_nothing_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    let sent = [
        (json!({}), "properties.experiment"),
        (json!({ "experiment": "button" }), "properties.arm"),
        (
            json!({ "experiment": "button", "arm": 1 }),
            "properties.arm",
        ),
        (
            json!({ "experiment": "button", "arm": "square" }),
            "properties.arm",
        ),
        // Of a phase that has ended, or of an experiment that has.
        (
            json!({ "experiment": "button", "arm": "square", "phase": "7" }),
            "",
        ),
        (json!({ "experiment": "other", "arm": "square" }), ""),
    ];
    let events: Vec<Value> = sent
        .iter()
        .enumerate()
        .map(|(id, (properties, _))| {
            json!({ "message_id": id.to_string(), "event": "experiment_exposed", "anonymous_id": "a", "properties": properties })
        })
        .collect();
    let answer = tenant
        .posted("/v1/events/batch", &json!({ "events": events }))
        .await?;
    for ((properties, field), item) in sent
        .iter()
        .zip(answer["items"].as_array().context("items")?)
    {
        let status = if field.is_empty() {
            "accepted"
        } else {
            "rejected"
        };
        assert_eq!(item["status"], status, "{properties}: {item}");
        if !field.is_empty() {
            assert_eq!(item["field"], *field, "{properties}: {item}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn nothing_counts_after_the_end_and_the_rest_stays() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    assign(&tenant, &json!([{ "anonymous_id": "a" }]), true).await?;
    tenant
        .capture(&[("1", "bought", "a", json!({ "size": 3 }))])
        .await?;
    let before = kept(&tenant).await?;
    tenant
        .posted(
            "/v1/experiments/button/stop",
            &json!({ "reason": "Enough." }),
        )
        .await?;
    tenant
        .capture(&[("2", "bought", "a", json!({ "size": 3 }))])
        .await?;
    do_work(&tenant.api.mirror).await?;
    assert_eq!(kept(&tenant).await?, before);
    let found = checked(&tenant, "button/1").await?;
    assert_eq!((found.people, found.differing, found.sums), (1, 0, 0));
    Ok(())
}

#[tokio::test]
async fn a_strict_registry_knows_exposures() -> Result<()> {
    let tenant = Tenant::open().await?;
    let registry = json!({ "strict": true, "events": { "bought": {} } });
    let made = tenant.posted("/v1/event-registries", &registry).await?;
    let path = format!("/v1/event-registries/{}/publish", made["version"]);
    let published = tenant.post(&path, &json!({})).await?;
    assert_eq!(published.status, StatusCode::NO_CONTENT);
    let saw = json!({ "experiment": "button", "arm": "plain" });
    let event = |id: &str, name: &str| -> Value {
        json!({ "message_id": id, "event": name, "anonymous_id": "v", "properties": saw })
    };
    let events = json!({ "events": [event("1", "experiment_exposed"), event("2", "page_viewed")] });
    let answer = tenant.posted("/v1/events/batch", &events).await?;
    assert_eq!(
        (&answer["accepted"], &answer["rejected"]),
        (&json!(1), &json!(1))
    );
    Ok(())
}

/// People of whom measurements keep anything.
async fn people(tenant: &Tenant) -> Result<i64> {
    let count = sqlx::query_scalar("select count(*) from engine.projection_bundle");
    Ok(count.fetch_one(&tenant.api.mirror).await?)
}

/// Numbers of the measurements that keep something of a person, of all that there have been.
async fn measured(tenant: &Tenant, person: Uuid) -> Result<Vec<i32>> {
    let organisation = tenant.organisation().await?;
    let mut transaction = tenant::begin(&tenant.api.mirror, organisation).await?;
    let bundles = projection::bundles(&mut transaction, &[person]).await?;
    let bundle = bundles.get(&person).context("a bundle")?;
    Ok((0..1_000).filter(|id| bundle.get(*id).is_some()).collect())
}

#[tokio::test]
async fn what_is_no_longer_measured_is_cleared_away() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    launch(&tenant, "banner", &design()).await?;
    assign(&tenant, &json!([{ "anonymous_id": "a" }]), true).await?;
    let person = sqlx::query_scalar("select person from engine.projection_bundle")
        .fetch_one(&tenant.api.mirror)
        .await?;
    let before = measured(&tenant, person).await?;
    assert_eq!(before.len(), 2);
    let stop = json!({ "reason": "Enough." });
    tenant.posted("/v1/experiments/button/stop", &stop).await?;
    do_work(&tenant.api.mirror).await?;
    let after = measured(&tenant, person).await?;
    let kept: Vec<_> = before.iter().filter(|it| after.contains(it)).collect();
    assert_eq!((after.len(), kept.len()), (2, 1));
    for key in ["button", "banner"] {
        let found = checked(&tenant, &format!("{key}/1")).await?;
        assert_eq!((found.people, found.differing, found.sums), (1, 0, 0));
    }
    Ok(())
}

#[tokio::test]
async fn who_turn_out_to_be_one_person_are_measured_as_one() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    let visitors = json!([{ "anonymous_id": "a" }, { "user_id": "u" }]);
    let saw = json!({ "experiment": "button", "arm": "plain" });
    tenant
        .capture(&[("1", "experiment_exposed", "b", saw)])
        .await?;
    assign(&tenant, &visitors, true).await?;
    let before = people(&tenant).await?;
    for anonymous in ["a", "b"] {
        let same = json!({ "anonymous_id": anonymous, "user_id": "u" });
        tenant.posted("/v1/identify", &same).await?;
    }
    assert!(people(&tenant).await? < before);
    assert_eq!(people(&tenant).await?, 1);
    let found = checked(&tenant, "button/1").await?;
    assert_eq!((found.people, found.differing, found.sums), (1, 0, 0));
    Ok(())
}

#[tokio::test]
async fn a_window_that_is_over_counts_without_an_event() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let soon = json!({ "name": "soon", "metric": { "only_complete": true, "window_hours": 24,
        "measure": { "binomial": { "event": { "event": "bought" } } } } });
    tenant.posted("/v1/metrics", &soon).await?;
    let mut waiting = design();
    waiting["metrics"] = json!([{ "metric": "soon", "role": "primary" }]);
    launch(&tenant, "button", &waiting).await?;
    assign(&tenant, &json!([{ "anonymous_id": "a" }]), true).await?;
    assert_eq!(kept(&tenant).await?, vec![]);
    let organisation = tenant.organisation().await?;
    let mut transaction = tenant::begin(&tenant.api.mirror, organisation).await?;
    let rules = RulesCache::default()
        .current(&mut transaction, organisation)
        .await?;
    let now = chrono::Utc::now() + TimeDelta::hours(25);
    let due = projection::people_due(&mut transaction, now, 10).await?;
    assert_eq!(due.len(), 1);
    person::lock(&mut transaction, &due, &[]).await?;
    let touched = Touched {
        later: due.into_iter().collect(),
        ..Touched::default()
    };
    project(&mut transaction, organisation, &rules, &touched, now.into()).await?;
    let due = projection::people_due(&mut transaction, now, 10).await?;
    assert!(due.is_empty());
    transaction.commit().await?;
    assert_eq!(kept(&tenant).await?.len(), 1);
    Ok(())
}
