//! What happens to experiments by itself: bandits weigh, decisions are noted and carried out.

use crate::support::{
    client::do_work,
    experiments::{define_metrics, design, launch, play},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};

/// Has the experiments looked at.
async fn look(tenant: &Tenant) -> Result<()> {
    sqlx::query("update engine.work set due_at = now() where kind = 'experiment_look'")
        .execute(&tenant.api.mirror)
        .await?;
    do_work(&tenant.api.mirror).await?;
    Ok(())
}

async fn kinds(tenant: &Tenant) -> Result<Vec<String>> {
    let changes = tenant.json("/v1/experiments/button/changes").await?;
    let rows = changes["data"].as_array().into_iter().flatten();
    Ok(rows
        .map(|it| it["kind"].as_str().unwrap_or_default().to_owned())
        .collect())
}

#[tokio::test]
async fn a_decision_is_noted_once_and_left_to_the_team() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let mut quick = design();
    quick["decision"] = json!({ "min_days": 0 });
    launch(&tenant, "button", &quick).await?;
    let endpoint =
        json!({ "url": "https://example.invalid/", "event_types": ["experiment.decided"] });
    tenant.posted("/v1/webhook-endpoints", &endpoint).await?;
    look(&tenant).await?;
    assert_eq!(kinds(&tenant).await?, ["started"]);
    play(&tenant, 2_000, 10, 25).await?;
    look(&tenant).await?;
    look(&tenant).await?;
    assert_eq!(kinds(&tenant).await?, ["started", "decided"]);
    let experiment = tenant.json("/v1/experiments/button").await?;
    assert_eq!(
        (&experiment["status"], &experiment["shipped"]),
        (&json!("running"), &Value::Null)
    );
    let sent: Vec<String> = sqlx::query_scalar("select message from engine.webhook_delivery")
        .fetch_all(&tenant.api.mirror)
        .await?;
    assert_eq!(sent.len(), 1, "once, too");
    let sent: Value = serde_json::from_str(&sent[0])?;
    assert_eq!(sent["data"]["experiment"], "button");
    assert_eq!(sent["data"]["action"], "ship");
    Ok(())
}

#[tokio::test]
async fn a_decision_is_carried_out_if_the_team_said_so_at_launch() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let mut quick = design();
    quick["decision"] = json!({ "min_days": 0, "automatic": true });
    launch(&tenant, "button", &quick).await?;
    play(&tenant, 2_000, 10, 25).await?;
    look(&tenant).await?;
    assert_eq!(kinds(&tenant).await?, ["started", "decided", "shipped"]);
    let experiment = tenant.json("/v1/experiments/button").await?;
    assert_eq!(
        (&experiment["status"], &experiment["shipped"]),
        (&json!("stopped"), &json!("round"))
    );
    let changes = tenant.json("/v1/experiments/button/changes").await?;
    let shipped = &changes["data"][2];
    assert_eq!(
        (&shipped["actor"], &shipped["body"]["decision"]["action"]),
        (&json!("engine"), &json!("ship"))
    );
    // What has ended is reported, and then nothing is looked at.
    look(&tenant).await?;
    look(&tenant).await?;
    let last = reported(&tenant).await?.pop();
    assert_eq!(last, Some((json!(1), false)));
    let left: i64 =
        sqlx::query_scalar("select count(*) from engine.work where kind = 'experiment_look'")
            .fetch_one(&tenant.api.mirror)
            .await?;
    assert_eq!(left, 0);
    Ok(())
}

/// The phase and the status at its moment of each report, oldest first.
async fn reported(tenant: &Tenant) -> Result<Vec<(Value, bool)>> {
    let list = tenant.json("/v1/experiments/button/reports").await?;
    let mut found = Vec::new();
    for row in list["data"].as_array().context("rows")? {
        assert_eq!(row["created_by"], "engine");
        let id = row["id"].as_str().context("an id")?;
        let report = tenant
            .json(&format!("/v1/experiments/button/reports/{id}"))
            .await?;
        let text = report["report"].as_str().context("a text")?;
        let body: Value = serde_json::from_str(text)?;
        found.push((row["phase"].clone(), body["results"]["ended_at"].is_null()));
    }
    Ok(found)
}

/// Makes all reports older.
async fn age(tenant: &Tenant, days: i32) -> Result<()> {
    sqlx::query("update engine.experiment_report set as_of = as_of - make_interval(days => $1)")
        .bind(days)
        .execute(&tenant.api.mirror)
        .await?;
    Ok(())
}

#[tokio::test]
async fn what_runs_is_reported_every_week_and_what_has_ended_once() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let mut quick = design();
    quick["decision"] = json!({ "min_days": 0 });
    launch(&tenant, "button", &quick).await?;
    look(&tenant).await?;
    look(&tenant).await?;
    assert_eq!(reported(&tenant).await?, [(json!(1), true)]);
    // Not a week has passed, and nothing is decided.
    age(&tenant, 6).await?;
    look(&tenant).await?;
    assert_eq!(reported(&tenant).await?.len(), 1);
    play(&tenant, 2_000, 10, 25).await?;
    look(&tenant).await?;
    look(&tenant).await?;
    look(&tenant).await?;
    assert_eq!(reported(&tenant).await?.len(), 2, "one of the decision");
    age(&tenant, 8).await?;
    look(&tenant).await?;
    look(&tenant).await?;
    assert_eq!(reported(&tenant).await?.len(), 3, "one of the week");
    tenant
        .posted(
            "/v1/experiments/button/stop",
            &json!({ "reason": "enough" }),
        )
        .await?;
    do_work(&tenant.api.mirror).await?;
    look(&tenant).await?;
    look(&tenant).await?;
    let all = reported(&tenant).await?;
    assert_eq!(all.len(), 4);
    assert_eq!(all[3], (json!(1), false));
    Ok(())
}

#[tokio::test]
async fn a_bandit_moves_weights_where_the_next_batch_begins() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let mut bandit = design();
    bandit["bandit"] = json!({ "algorithm": "thompson", "batch_hours": 1 });
    launch(&tenant, "button", &bandit).await?;
    play(&tenant, 1_000, 10, 25).await?;
    look(&tenant).await?;
    look(&tenant).await?;
    let phases = tenant.json("/v1/experiments/button/phases").await?;
    let rows = phases[0]["allocations"].as_array().context("rows")?.clone();
    assert_eq!(rows.len(), 2, "{phases}");
    let weights = &rows[1]["weights_bps"];
    assert!(weights[1].as_i64() > Some(9_500), "{weights}");
    assert!(weights[0].as_i64() >= Some(100), "{weights}");
    let begins = rows[1]["from"].as_str().context("a moment")?;
    assert!(begins.ends_with(":00:00Z"), "{begins}");
    let ranges = async || -> Result<Value> {
        let features = tenant.json("/v1/features").await?;
        Ok(features["features"]["button"]["rules"][0]["ranges"].clone())
    };
    assert_eq!(ranges().await?, json!([[0.0, 0.5], [0.5, 1.0]]));
    // An hour passes.
    for change in [
        "update engine.experiment_allocation set from_at = from_at - interval '1 hour'",
        "update engine.organisation set revision = revision + 1",
    ] {
        sqlx::query(change).execute(&tenant.api.mirror).await?;
    }
    assert_ne!(ranges().await?, json!([[0.0, 0.5], [0.5, 1.0]]));
    Ok(())
}
