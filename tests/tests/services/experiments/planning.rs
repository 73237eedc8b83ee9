//! How long experiments take, and what other policies would have earned.

use crate::support::{
    experiments::{define_metrics, design, draft, launch, play, refused},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn a_question_that_breaks_a_rule_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    draft(&tenant, "button", &design()).await?;
    for (body, field) in [
        (json!({ "people_a_day": 0 }), "people_a_day"),
        (
            json!({ "people_a_day": 5, "baselines": [
                { "metric": "bought", "mean": 0.1 }, { "metric": "bought", "mean": 0.2 },
            ] }),
            "baselines[1].metric",
        ),
        (
            json!({ "people_a_day": 5, "power_bps": 10_000 }),
            "power_bps",
        ),
        (json!({ "people_a_day": 5, "effect_bps": 0 }), "effect_bps"),
        (
            json!({ "people_a_day": 5, "baselines": [{ "metric": "bought", "mean": 1.5 }] }),
            "baselines[0].mean",
        ),
        (
            json!({ "people_a_day": 5, "baselines": [{ "metric": "spent", "mean": 1.5 }] }),
            "baselines[0].deviation",
        ),
        (
            json!({ "people_a_day": 5, "baselines": [{ "metric": "other", "mean": 0.5 }] }),
            "baselines[0].metric",
        ),
    ] {
        let path = "/v1/experiments/button/power";
        assert_eq!(refused(&tenant, path, &body).await?, field, "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn a_plan_says_how_many_days_an_effect_takes() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let mut fixed = design();
    fixed["statistics"] =
        json!({ "method": { "fixed": { "planned_people": 10_000 } }, "correction": "none" });
    draft(&tenant, "button", &fixed).await?;
    let asked = json!({ "people_a_day": 500, "effect_bps": 1_000,
                        "baselines": [{ "metric": "bought", "mean": 0.2 }] });
    let plan = tenant
        .posted("/v1/experiments/button/power", &asked)
        .await?;
    let bought = &plan["arms"][0];
    // Of a share of 0.2 against 0.22, by the usual formula: (1.96 + 0.8416)² · (0.16 + 0.1716) / 0.02².
    let people = bought["people"][0].as_i64().context("people")?;
    assert!((people - 6_507).abs() <= 2, "{bought}");
    assert_eq!(bought["days"], (2 * people + 499) / 500);
    let spent = &plan["arms"][1];
    assert_eq!(
        (&spent["baseline"], &spent["people"]),
        (&Value::Null, &Value::Null)
    );
    Ok(())
}

#[tokio::test]
async fn no_policy_earns_a_ratio_or_a_quantile() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let bought = json!({ "event": { "event": "bought" } });
    let spent = json!({ "event": { "event": "bought" }, "property": "size" });
    let mut wide = design();
    for (name, measure) in [
        (
            "basket",
            json!({ "ratio": { "numerator": spent, "denominator": bought } }),
        ),
        (
            "median",
            json!({ "quantile": { "value": spent, "quantile_bps": 5_000 } }),
        ),
    ] {
        let body = json!({ "name": name, "metric": { "measure": measure } });
        tenant.posted("/v1/metrics", &body).await?;
        let chosen = json!({ "metric": name, "role": "secondary" });
        wide["metrics"]
            .as_array_mut()
            .context("metrics")?
            .push(chosen);
    }
    launch(&tenant, "button", &wide).await?;
    for metric in ["basket", "median"] {
        let body = json!({ "metric": metric, "policy": { "round": 1.0 } });
        let path = "/v1/experiments/button/policy-value";
        assert_eq!(refused(&tenant, path, &body).await?, "metric", "{metric}");
    }
    Ok(())
}

#[tokio::test]
async fn a_policy_that_plays_the_better_arm_earns_what_that_arm_did() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    play(&tenant, 1_000, 10, 20).await?;
    let path = "/v1/experiments/button/policy-value";
    for (policy, field) in [
        (json!({ "round": 0.5 }), "policy"),
        (json!({ "square": 1.0 }), "policy.square"),
    ] {
        let body = json!({ "metric": "bought", "policy": policy });
        assert_eq!(refused(&tenant, path, &body).await?, field);
    }
    let body = json!({ "metric": "bought", "policy": { "round": 1.0 } });
    let found = tenant.posted(path, &body).await?;
    assert_eq!(found["people"], 1_000);
    for estimator in ["inverse_propensity", "self_normalised", "doubly_robust"] {
        let value = found[estimator]["value"].as_f64().context("a value")?;
        assert!((value - 0.2).abs() < 0.03, "{found}");
    }
    Ok(())
}

#[tokio::test]
async fn what_runs_is_planned_by_what_it_measures_whatever_became_of_the_names() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    let removed = tenant
        .call(Method::DELETE, "/v1/metrics/bought", None)
        .await?;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    let asked = json!({ "people_a_day": 500, "effect_bps": 1_000,
                        "baselines": [{ "metric": "bought", "mean": 0.2 }] });
    let plan = tenant
        .posted("/v1/experiments/button/power", &asked)
        .await?;
    assert!(plan["arms"][0]["days"].is_i64(), "{plan}");
    Ok(())
}
