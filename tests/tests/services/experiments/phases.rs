//! Phases: started, widened, ended, and begun again.

use crate::support::{
    client::do_work,
    experiments::{arm, assign, define_metrics, design, draft, launch, refused, start},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use axum::http::StatusCode;
use serde_json::{Value, json};

fn visitors(count: usize) -> Value {
    (0..count)
        .map(|it| json!({ "anonymous_id": format!("visitor-{it}") }))
        .collect()
}

#[tokio::test]
async fn a_metric_that_is_not_there_keeps_an_experiment_from_starting() -> Result<()> {
    let tenant = Tenant::open().await?;
    draft(&tenant, "button", &design()).await?;
    let field = refused(&tenant, "/v1/experiments/button/start", &json!({})).await?;
    assert_eq!(field, "design.metrics[0].metric");
    Ok(())
}

#[tokio::test]
async fn urgency_that_no_offer_enforces_keeps_an_experiment_from_starting() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let mut urgent = design();
    urgent["preset"] = json!("urgency");
    urgent["allocation"]["hash_attribute"] = json!("wallet");
    urgent["allocation"]["arms"] = json!([
        { "key": "calm", "value": { "tactic": "none" }, "weight_bps": 5000 },
        { "key": "urgent", "value": { "tactic": "capacity_limited", "offer": "FEW" }, "weight_bps": 5000 },
    ]);
    draft(&tenant, "urgency", &urgent).await?;
    let field = refused(&tenant, "/v1/experiments/urgency/start", &json!({})).await?;
    assert_eq!(field, "design.allocation.arms[1].value.offer");
    Ok(())
}

#[tokio::test]
async fn offers_that_take_off_different_amounts_keep_an_experiment_from_starting() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    for (code, factor) in [("FEW", "0.8"), ("MANY", "0.7"), ("SOME", "0.80")] {
        let offer = json!({
            "code": code, "urgency": { "kind": "capacity_limited", "stock": 5 },
            "segments": ["individual"], "reduction": { "kind": "factor", "factor": factor }
        });
        tenant.posted("/v1/offers", &offer).await?;
    }
    let mut urgent = design();
    urgent["preset"] = json!("urgency");
    urgent["allocation"]["hash_attribute"] = json!("wallet");
    let tactic = |offer: &str| json!({ "tactic": "capacity_limited", "offer": offer });
    urgent["allocation"]["arms"][0]["value"] = tactic("FEW");
    urgent["allocation"]["arms"][1]["value"] = tactic("MANY");
    draft(&tenant, "urgency", &urgent).await?;
    let field = refused(&tenant, "/v1/experiments/urgency/start", &json!({})).await?;
    assert_eq!(field, "design.allocation.arms[1].value.offer");
    urgent["allocation"]["arms"][1]["value"] = tactic("SOME");
    launch(&tenant, "same", &urgent).await
}

#[tokio::test]
async fn an_experiment_runs_once_at_a_time_and_ends_once() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    draft(&tenant, "button", &design()).await?;
    let stop = json!({ "reason": "It cost too much." });
    let idle = tenant.post("/v1/experiments/button/stop", &stop).await?;
    assert_eq!(idle.status, StatusCode::CONFLICT);
    let running = start(&tenant, "button").await?;
    assert_eq!(
        (&running["status"], &running["phase"]),
        (&json!("running"), &json!(1))
    );
    let again = tenant
        .post("/v1/experiments/button/start", &json!({}))
        .await?;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let stopped = tenant.posted("/v1/experiments/button/stop", &stop).await?;
    assert_eq!(stopped["status"], "stopped");
    let again = tenant.post("/v1/experiments/button/stop", &stop).await?;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let second = start(&tenant, "button").await?;
    assert_eq!(second["phase"], 2);
    let phases = tenant.json("/v1/experiments/button/phases").await?;
    assert!(phases[0]["ended_at"].is_string() && phases[1]["ended_at"].is_null());
    let changes = tenant.json("/v1/experiments/button/changes").await?;
    let kinds: Vec<&Value> = changes["data"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| &it["kind"])
        .collect();
    assert_eq!(kinds, ["started", "stopped", "started"]);
    assert_eq!(changes["data"][1]["body"]["reason"], "It cost too much.");
    Ok(())
}

#[tokio::test]
async fn a_ramp_only_adds_visitors() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let mut narrow = design();
    narrow["allocation"]["coverage_bps"] = json!(3_000);
    launch(&tenant, "button", &narrow).await?;
    let before = assign(&tenant, &visitors(200), false).await?;
    for (coverage, field) in [
        (2_000, "coverage_bps"),
        (3_000, "coverage_bps"),
        (0, "coverage_bps"),
        (10_001, "coverage_bps"),
    ] {
        let body = json!({ "coverage_bps": coverage });
        assert_eq!(
            refused(&tenant, "/v1/experiments/button/ramp", &body).await?,
            field
        );
    }
    tenant
        .posted(
            "/v1/experiments/button/ramp",
            &json!({ "coverage_bps": 8_000 }),
        )
        .await?;
    let after = assign(&tenant, &visitors(200), false).await?;
    let count = |seen: &[Value]| {
        seen.iter()
            .filter(|it| arm(it, "button").is_string())
            .count()
    };
    assert!((30..90).contains(&count(&before)), "{}", count(&before));
    assert!((130..190).contains(&count(&after)), "{}", count(&after));
    for (before, after) in before.iter().zip(&after) {
        if arm(before, "button").is_string() {
            assert_eq!(arm(before, "button"), arm(after, "button"));
        }
    }
    let phases = tenant.json("/v1/experiments/button/phases").await?;
    assert_eq!(phases[0]["allocations"][1]["coverage_bps"], 8_000);
    Ok(())
}

#[tokio::test]
async fn everybody_sees_what_was_shipped_and_the_base_after_a_stop() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    let ship = |arm: &str| json!({ "arm": arm, "reason": "It won." });
    let field = refused(&tenant, "/v1/experiments/button/ship", &ship("square")).await?;
    assert_eq!(field, "arm");
    tenant
        .posted("/v1/experiments/button/ship", &ship("round"))
        .await?;
    do_work(&tenant.api.mirror).await?;
    for seen in assign(&tenant, &visitors(20), false).await? {
        assert_eq!(
            seen["features"],
            json!([{ "feature": "button", "value": "round", "arm": null }])
        );
    }
    start(&tenant, "button").await?;
    tenant
        .posted(
            "/v1/experiments/button/stop",
            &json!({ "reason": "Enough." }),
        )
        .await?;
    let features = tenant.json("/v1/features").await?;
    assert_eq!(features["features"], json!({}));
    Ok(())
}

#[tokio::test]
async fn what_was_shipped_can_be_taken_back() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    let won = json!({ "arm": "round", "reason": "It won." });
    tenant.posted("/v1/experiments/button/ship", &won).await?;
    let worse = json!({ "reason": "It was a mistake." });
    let back = tenant.posted("/v1/experiments/button/stop", &worse).await?;
    assert_eq!(
        (&back["status"], &back["shipped"]),
        (&json!("stopped"), &Value::Null)
    );
    let features = tenant.json("/v1/features").await?;
    assert_eq!(features["features"], json!({}));
    let again = tenant.post("/v1/experiments/button/stop", &worse).await?;
    assert_eq!(again.status, StatusCode::CONFLICT);
    Ok(())
}

#[tokio::test]
async fn an_experiment_has_at_most_a_hundred_phases() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    draft(&tenant, "button", &design()).await?;
    sqlx::query("update engine.experiment set phase = 100, status = 'stopped'")
        .execute(&tenant.api.mirror)
        .await?;
    let more = tenant
        .post("/v1/experiments/button/start", &json!({}))
        .await?;
    assert_eq!(more.status, StatusCode::CONFLICT, "{more:?}");
    Ok(())
}

#[tokio::test]
async fn experiments_of_a_namespace_share_nobody() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let part = |from: u16, to: u16| {
        let mut design = design();
        design["allocation"]["namespace"] =
            json!({ "key": "page", "from_bps": from, "to_bps": to });
        design
    };
    launch(&tenant, "one", &part(0, 5_000)).await?;
    draft(&tenant, "two", &part(4_999, 10_000)).await?;
    let field = refused(&tenant, "/v1/experiments/two/start", &json!({})).await?;
    assert_eq!(field, "design.allocation.namespace");
    launch(&tenant, "three", &part(5_000, 10_000)).await?;
    for seen in assign(&tenant, &visitors(200), false).await? {
        let (one, three) = (arm(&seen, "one"), arm(&seen, "three"));
        assert!(one.is_string() != three.is_string(), "{seen}");
    }
    Ok(())
}

#[tokio::test]
async fn arms_of_experiments_that_run_side_by_side_do_not_depend_on_each_other() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "one", &design()).await?;
    let mut same = design();
    same["allocation"]["seed"] = json!("one/1");
    launch(&tenant, "copy", &same).await?;
    launch(&tenant, "other", &design()).await?;
    for some in visitors(400).as_array().context("visitors")?.chunks(200) {
        assign(&tenant, &json!(some), true).await?;
    }
    let answer = tenant.json("/v1/experiments/one/overlaps").await?;
    let of = |key: &str| {
        let mut all = answer["experiments"].as_array().into_iter().flatten();
        all.find(|it| it["experiment"] == key)
            .cloned()
            .unwrap_or_default()
    };
    assert_eq!(of("other")["people"], 400);
    assert!(of("other")["p"].as_f64() > Some(0.001), "{answer}");
    // The seed of the first makes the same arms of the same visitors.
    assert!(of("copy")["p"].as_f64() < Some(1e-6), "{answer}");
    assert_eq!(of("copy")["table"][0][1], 0);
    Ok(())
}

#[tokio::test]
async fn a_bandit_does_not_start_by_a_value_without_a_cap() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let mean =
        json!({ "mean": { "value": { "event": { "event": "bought" }, "property": "size" } } });
    for (name, metric) in [
        ("open", json!({ "measure": mean })),
        ("capped", json!({ "measure": mean, "cap": "100" })),
    ] {
        let body = json!({ "name": name, "metric": metric });
        tenant.posted("/v1/metrics", &body).await?;
        let mut bandit = design();
        bandit["bandit"] = json!({ "algorithm": "thompson" });
        bandit["metrics"] = json!([{ "metric": name, "role": "primary" }]);
        draft(&tenant, name, &bandit).await?;
    }
    let field = refused(&tenant, "/v1/experiments/open/start", &json!({})).await?;
    assert_eq!(field, "design.metrics[0].metric");
    start(&tenant, "capped").await?;
    Ok(())
}
