//! Survival of subscriptions.

use crate::support::{
    past::{chain, day, event, visit},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use axum::http::Method;
use serde_json::{Value, json};

const PATH: &str = "/v1/query/survival";

async fn four_subscriptions() -> Result<Tenant> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    other
        .happened(vec![chain("zoe", 0, "subscribed", "z", 1, 5)])
        .await?;
    let facts = vec![
        chain("ann", 0, "subscribed", "a", 1, 5),
        chain("ann", 10, "cancelled", "a", 1, 0),
        chain("bob", 0, "subscribed", "b", 1, 5),
        chain("bob", 20, "past_due", "b", 1, 5),
        chain("cid", 5, "subscribed", "c", 1, 5),
        chain("cid", 25, "past_due", "c", 1, 5),
        chain("cid", 26, "charged", "c", 1, 5),
        chain("dan", 0, "subscribed", "d", 1, 5),
        visit("dan", -1, "mail"),
        event("dan", 1, "identified", json!({ "segment": "trader" })),
    ];
    tenant.happened(facts).await?;
    Ok(tenant)
}

#[tokio::test]
async fn questions_that_mean_nothing_are_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (body, field) in [
        (json!({ "as_of": "2999-01-01T00:00:00Z" }), "as_of"),
        (json!({ "from": day(2), "until": day(1) }), "until"),
        (json!({ "breakdown": "planet" }), "breakdown"),
    ] {
        assert_eq!(tenant.refused_fields(PATH, &body).await?, [field]);
    }
    let nobody = tenant.posted(PATH, &json!({})).await?;
    assert_eq!(nobody["all"]["subscriptions"], 0);
    assert_eq!(nobody["all"]["median_days"], Value::Null);
    assert_eq!(nobody["all"]["points"], json!([]));
    Ok(())
}

#[tokio::test]
async fn the_curve_is_that_of_kaplan_and_meier_by_hand() -> Result<()> {
    let tenant = four_subscriptions().await?;
    // Noon of day 30.
    let body = json!({ "as_of": "2026-02-04T12:00:00Z" });
    let all = tenant.posted(PATH, &body).await?["all"].take();
    let count = |name: &str| all[name].as_u64();
    assert_eq!(count("subscriptions"), Some(4));
    assert_eq!((count("cancelled"), count("lapsed")), (Some(1), Some(1)));
    assert_eq!(count("median_days"), Some(20));
    let points = all["points"].as_array().context("points")?;
    let found: Vec<Value> = points
        .iter()
        .map(|it| json!([it["duration"], it["at_risk"], it["events"], it["censored"]]))
        .collect();
    let expected = [[10, 4, 1, 0], [20, 3, 1, 0], [25, 2, 0, 1], [30, 1, 0, 1]];
    assert_eq!(found, expected.map(|it| json!(it)));
    // 3/4, and 3/4 times 2/3.
    for (point, survival) in points.iter().zip([0.75, 0.5, 0.5, 0.5]) {
        let found = point["survival"].as_f64().context("a share")?;
        assert!((found - survival).abs() < 1e-12, "{point}");
    }
    Ok(())
}

#[tokio::test]
async fn what_had_not_happened_by_then_is_not_known() -> Result<()> {
    let tenant = four_subscriptions().await?;
    let body = json!({ "as_of": day(26) });
    let all = tenant.posted(PATH, &body).await?["all"].take();
    // cid's payment came at noon.
    assert_eq!(all["lapsed"], 2);
    let body = json!({ "as_of": day(26), "from": day(5) });
    assert_eq!(tenant.posted(PATH, &body).await?["all"]["subscriptions"], 1);
    Ok(())
}

#[tokio::test]
async fn groups_add_up_to_all() -> Result<()> {
    let tenant = four_subscriptions().await?;
    for (breakdown, expected) in [
        ("segment", json!({ "trader": 1, "unknown": 3 })),
        ("channel", json!({ "direct": 3, "mail": 1 })),
        ("plan", json!({ "plan": 4 })),
    ] {
        let body = json!({ "breakdown": breakdown });
        let answer = tenant.posted(PATH, &body).await?;
        let groups = answer["groups"].as_object().context("groups")?;
        let found: Value = groups
            .iter()
            .map(|(name, curve)| (name.clone(), curve["subscriptions"].clone()))
            .collect();
        assert_eq!(found, expected);
    }
    Ok(())
}

#[tokio::test]
async fn a_change_of_plan_is_one_life() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant
        .happened(vec![
            chain("ann", 0, "subscribed", "a", 1, 5),
            chain("ann", 10, "cancelled", "a", 1, 0),
            chain("ann", 15, "subscribed", "b", 1, 5),
            // Longer than a month later, and so another customer.
            chain("bob", 0, "subscribed", "c", 1, 5),
            chain("bob", 10, "cancelled", "c", 1, 0),
            chain("bob", 41, "subscribed", "d", 1, 5),
        ])
        .await?;
    let count = async |grace: Value| {
        let settings = json!({ "plan_change_grace_secs": grace });
        let path = "/v1/organisation";
        tenant.call(Method::PATCH, path, Some(&settings)).await?;
        let all = tenant.posted(PATH, &json!({})).await?["all"].take();
        anyhow::Ok((all["subscriptions"].clone(), all["cancelled"].clone()))
    };
    assert_eq!(count(json!(null)).await?, (json!(3), json!(1)));
    assert_eq!(count(json!(4 * 86_400)).await?, (json!(4), json!(2)));
    assert_eq!(count(json!(31 * 86_400)).await?, (json!(2), json!(0)));
    Ok(())
}
