//! What experiments show.

use crate::support::{
    client::do_work,
    experiments::{define_metrics, design, draft, launch, play},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use axum::http::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn what_has_not_run_shows_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    let absent = tenant.get("/v1/experiments/button/results").await?;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    draft(&tenant, "button", &design()).await?;
    for of in ["results", "health"] {
        let idle = tenant.get(&format!("/v1/experiments/button/{of}")).await?;
        assert_eq!(idle.status, StatusCode::CONFLICT);
    }
    Ok(())
}

#[tokio::test]
async fn nothing_is_significant_of_nobody() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    let results = tenant.json("/v1/experiments/button/results").await?;
    let arm = &results["metrics"][0]["arms"][0];
    assert_eq!(arm["sequential"]["p"], Value::Null);
    assert_eq!(arm["sequential"]["reason"], "too_few_people");
    assert_eq!(arm["verdict"]["is_significant"], false);
    assert_eq!(arm["is_better"], Value::Null);
    assert_eq!(results["decision"]["action"], "keep_going");
    assert_eq!(results["health"]["state"], "fine");
    Ok(())
}

#[tokio::test]
async fn a_better_arm_is_found_and_can_be_shipped() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let mut quick = design();
    quick["decision"] = json!({ "min_days": 0 });
    launch(&tenant, "button", &quick).await?;
    play(&tenant, 3_000, 10, 20).await?;
    let results = tenant.json("/v1/experiments/button/results").await?;
    assert_eq!(results["people"]["exposed"], 3_000);
    let arm = &results["metrics"][0]["arms"][0];
    let effect = arm["sequential"]["absolute"]["value"]
        .as_f64()
        .context("an effect")?;
    assert!((effect - 0.1).abs() < 0.01, "{effect}");
    let low = arm["corrected_interval"]["low"]
        .as_f64()
        .context("a bound")?;
    assert!(low > 0.0 && low < effect, "{low}");
    assert_eq!(arm["is_better"], true);
    assert_eq!(arm["fixed"], Value::Null);
    let corrected = arm["verdict"]["corrected"]
        .as_f64()
        .context("a corrected p")?;
    assert!(corrected < 0.05, "{corrected}");
    let decision = &results["decision"];
    assert_eq!(
        (&decision["action"], &decision["arm"]),
        (&json!("ship"), &json!("round"))
    );
    assert_eq!(decision["reasons"][0]["code"], "better");
    let changed = &decision["would_change"][0];
    assert_eq!(
        (&changed["code"], &changed["bound"]),
        (&json!("evidence"), &json!(0.05))
    );
    Ok(())
}

#[tokio::test]
async fn a_closed_arm_that_was_seen_is_named_and_breaks_nothing_while_few_saw_it() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let mut closed = design();
    closed["allocation"]["arms"] = json!([
        { "key": "plain", "value": "plain", "weight_bps": 5000 },
        { "key": "round", "value": "round", "weight_bps": 5000 },
        { "key": "square", "value": "square", "weight_bps": 0 },
    ]);
    launch(&tenant, "button", &closed).await?;
    play(&tenant, 200, 10, 10).await?;
    let fine = tenant.json("/v1/experiments/button/health").await?;
    assert_eq!(fine["state"], "fine", "{fine}");
    let saw = json!({ "experiment": "button", "arm": "square" });
    tenant
        .capture(&[("x", "experiment_exposed", "stray", saw.clone())])
        .await?;
    let doubtful = tenant.json("/v1/experiments/button/health").await?;
    assert_eq!(doubtful["state"], "warning", "{doubtful}");
    assert_ne!(doubtful["mismatch"]["always_valid"], 0.0);
    let issues = doubtful["issues"].as_array().context("issues")?;
    assert_eq!(issues.len(), 1, "{doubtful}");
    assert_eq!(issues[0]["code"], "closed_arm");
    let many: Vec<String> = (0..30).map(|at| format!("stray-{at}")).collect();
    for stray in many.iter().map(String::as_str) {
        tenant
            .capture(&[(stray, "experiment_exposed", stray, saw.clone())])
            .await?;
    }
    let broken = tenant.json("/v1/experiments/button/health").await?;
    assert_eq!(broken["state"], "broken", "{broken}");
    assert_eq!(broken["issues"][0]["code"], "closed_arm");
    let results = tenant.json("/v1/experiments/button/results").await?;
    assert_eq!(results["decision"]["action"], "broken");
    Ok(())
}

#[tokio::test]
async fn results_stay_what_they_were_at_the_end() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    play(&tenant, 400, 10, 20).await?;
    let before = tenant.json("/v1/experiments/button/results").await?;
    tenant
        .posted(
            "/v1/experiments/button/stop",
            &json!({ "reason": "Enough." }),
        )
        .await?;
    let unfinished = tenant.json("/v1/experiments/button/results").await?;
    assert_eq!(unfinished["is_complete"], false);
    // Nothing is said by a part of what happened.
    let decision = &unfinished["decision"];
    assert_eq!(decision["reasons"][0]["code"], "incomplete", "{decision}");
    tenant
        .capture(&[("late", "bought", "visitor-1", json!({ "size": 9 }))])
        .await?;
    do_work(&tenant.api.mirror).await?;
    let after = tenant
        .json("/v1/experiments/button/results?phase=1")
        .await?;
    assert_eq!(after["is_complete"], true);
    assert_eq!(after["metrics"], before["metrics"]);
    Ok(())
}
