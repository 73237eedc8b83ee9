//! Designs: what may be drafted, changed and removed.

use crate::support::{
    experiments::{define_metrics, design, draft, launch, refused},
    tenant::Tenant,
};
use anyhow::Result;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut body = json!({ "key": "button", "design": design() });
    change(&mut body);
    body
}

#[tokio::test]
async fn a_design_that_breaks_a_rule_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (body, field) in [
        (with(|it| it["key"] = json!("A b")), "key"),
        (with(|it| it["key"] = json!("$holdout:x")), "key"),
        (with(|it| it["design"]["name"] = json!("")), "design.name"),
        (
            with(|it| it["design"]["allocation"]["arms"][0]["weight_bps"] = json!(4_000)),
            "design.allocation.arms",
        ),
        (
            with(|it| it["design"]["allocation"]["bucket_version"] = json!(1)),
            "design.allocation.bucket_version",
        ),
        (
            with(|it| {
                it["design"]["metrics"] = json!([{ "metric": "bought", "role": "secondary" }]);
            }),
            "design.metrics",
        ),
        (
            with(|it| it["design"]["metrics"][1]["metric"] = json!("bought")),
            "design.metrics[1].metric",
        ),
        (
            with(|it| {
                it["design"]["statistics"] = json!({ "method": { "fixed": { "planned_people": 100 } }, "correction": "e_benjamini_hochberg" });
            }),
            "design.statistics.correction",
        ),
        (
            with(|it| {
                it["design"]["factors"] = json!([
                    { "name": "colour", "levels": ["red", "blue"] },
                    { "name": "size", "levels": ["small", "large"] },
                ]);
            }),
            "design.allocation.arms",
        ),
        (
            with(|it| {
                it["design"]["bandit"] = json!({ "algorithm": "thompson", "floor_bps": 5_001 });
            }),
            "design.bandit.floor_bps",
        ),
        (
            with(|it| it["design"]["preset"] = json!("pricing_display")),
            "design.allocation.hash_attribute",
        ),
    ] {
        assert_eq!(
            refused(&tenant, "/v1/experiments", &body).await?,
            field,
            "{body}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn presentations_of_a_discount_come_to_one_price() -> Result<()> {
    let tenant = Tenant::open().await?;
    let discounts = |amount: &str| {
        with(|it| {
            let percent =
                json!({ "presentation": "percentage", "list_price": "99", "percent": "15" });
            let amount =
                json!({ "presentation": "dollar_amount", "list_price": "99.00", "amount": amount });
            let price = json!({ "presentation": "value_prop", "list_price": "99", "price": "84.15",
                                "text": "Two months for free" });
            let allocation = &mut it["design"]["allocation"];
            allocation["hash_attribute"] = json!("wallet");
            allocation["arms"] = json!([
                { "key": "percent", "value": percent, "weight_bps": 3333 },
                { "key": "amount", "value": amount, "weight_bps": 3333 },
                { "key": "price", "value": price, "weight_bps": 3334 },
            ]);
            it["design"]["preset"] = json!("discount_presentation");
        })
    };
    let field = refused(&tenant, "/v1/experiments", &discounts("14.84")).await?;
    assert_eq!(field, "design.allocation.arms[1].value");
    tenant
        .posted("/v1/experiments", &discounts("14.85"))
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_key_is_taken_once_and_a_draft_can_be_removed() -> Result<()> {
    let tenant = Tenant::open().await?;
    let made = draft(&tenant, "button", &design()).await?;
    assert_eq!(
        (&made["status"], &made["phase"]),
        (&json!("draft"), &json!(0))
    );
    let again = tenant.post("/v1/experiments", &with(|_| ())).await?;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let gone = tenant
        .call(Method::DELETE, "/v1/experiments/button", None)
        .await?;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let absent = tenant.get("/v1/experiments/button").await?;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn what_results_depend_on_stays_while_a_phase_runs() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    let running = tenant.json("/v1/experiments/button").await?["design"].clone();
    let put = async |change: fn(&mut Value)| -> Result<_> {
        let mut body = json!({ "design": running });
        change(&mut body["design"]);
        tenant
            .call(Method::PUT, "/v1/experiments/button", Some(&body))
            .await
    };
    for (change, field) in [
        (
            (|it: &mut Value| it["allocation"]["arms"][0]["weight_bps"] = json!(6_000))
                as fn(&mut Value),
            "design.allocation.arms",
        ),
        (
            |it| it["metrics"] = json!([{ "metric": "spent", "role": "primary" }]),
            "design.metrics",
        ),
        (
            |it| it["statistics"]["method"] = json!({ "sequential": { "tuned_for": 5_000 } }),
            "design.statistics",
        ),
        (
            |it| it["decision"]["automatic"] = json!(true),
            "design.decision",
        ),
        (
            |it| it["allocation"]["coverage_bps"] = json!(5_000),
            "design.allocation",
        ),
    ] {
        let answer = put(change).await?;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field}");
        assert_eq!(answer.json()?["errors"][0]["field"], field);
    }
    let renamed = put(|it| it["hypothesis"] = json!("Round is better")).await?;
    assert_eq!(renamed.status, StatusCode::OK, "{renamed:?}");
    let stays = tenant
        .call(Method::DELETE, "/v1/experiments/button", None)
        .await?;
    assert_eq!(stays.status, StatusCode::CONFLICT);
    Ok(())
}

#[tokio::test]
async fn what_is_left_out_of_the_statistics_follows_the_method() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (key, method, correction) in [
        (
            "a",
            json!({ "sequential": { "tuned_for": 500 } }),
            "e_benjamini_hochberg",
        ),
        ("b", json!({ "fixed": { "planned_people": 500 } }), "holm"),
        ("c", json!({ "bayesian": {} }), "none"),
    ] {
        let mut wanted = design();
        wanted["statistics"] = json!({ "method": method });
        let made = draft(&tenant, key, &wanted).await?;
        assert_eq!(made["design"]["statistics"]["correction"], correction);
    }
    Ok(())
}

#[tokio::test]
async fn another_name_in_mid_run_is_noted() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    let mut renamed = design();
    renamed["name"] = json!("Other buttons");
    let path = "/v1/experiments/button";
    let body = json!({ "design": renamed });
    let answer = tenant.call(Method::PUT, path, Some(&body)).await?;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let changes = tenant.json("/v1/experiments/button/changes").await?;
    let noted = &changes["data"][1];
    assert_eq!(noted["kind"], "redesigned");
    assert_eq!(noted["body"]["from"]["name"], design()["name"]);
    assert_eq!(noted["body"]["to"]["name"], "Other buttons");
    Ok(())
}
