//! What is kept of exposures: as they come, and the same as computed from the log.

use crate::support::{
    client::do_work,
    experiments::{assign, checked, define_metrics, design, launch},
    tenant::Tenant,
};
use anyhow::Result;
use axum::http::StatusCode;
use serde_json::{Value, json};

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
            ("5", "experiment_exposed", "c", saw("square")),
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
    let event = |id: &str, name: &str| -> Value {
        json!({ "message_id": id, "event": name, "anonymous_id": "v", "properties": {} })
    };
    let events = json!({ "events": [event("1", "experiment_exposed"), event("2", "page_viewed")] });
    let answer = tenant.posted("/v1/events/batch", &events).await?;
    assert_eq!(
        (&answer["accepted"], &answer["rejected"]),
        (&json!(1), &json!(1))
    );
    Ok(())
}
