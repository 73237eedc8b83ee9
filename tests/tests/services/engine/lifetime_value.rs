//! Lifetime value: warnings rather than failures, and the figures of `lifetimes`.

use crate::support::{
    past::{Fact, chain, day, mint_address},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PATH: &str = "/v1/query/lifetime-value";
const FIXTURE: &str = include_str!("../../../oracles/fixtures/lifetime_value.json");

fn kinds(fit: &Value) -> Vec<&str> {
    let warnings = fit["warnings"].as_array().into_iter().flatten();
    warnings.filter_map(|it| it["kind"].as_str()).collect()
}

/// The sample that lifetimes was asked about, and its answers.
fn subscribers() -> Result<Value> {
    let mut fixture: Value = serde_json::from_str(FIXTURE)?;
    Ok(fixture["subscribers"].take())
}

/// The sample's payments: the first of each customer makes the subscription.
fn payments(sample: &Value) -> Result<Vec<Result<Fact>>> {
    let mut known = BTreeSet::new();
    let mut facts = Vec::new();
    for payment in sample["payments"].as_array().context("payments")? {
        let name = payment[0].as_str().context("a customer")?;
        let day = payment[1].as_i64().context("a day")?;
        let amount = payment[2].as_u64().context("an amount")?;
        let event = if known.insert(name) {
            "subscribed"
        } else {
            "charged"
        };
        facts.push(chain(name, day, event, name, 1, amount));
    }
    Ok(facts)
}

#[tokio::test]
async fn questions_that_mean_nothing_are_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let horizon = |steps: u32, periods: f64, rate: f64| {
        json!({ "horizon": { "steps": steps, "periods_per_step": periods,
            "discount_rate_per_step": rate } })
    };
    for (body, field) in [
        (
            json!({ "observation_end": "2999-01-01T00:00:00Z" }),
            "observation_end",
        ),
        (json!({ "period_secs": 3_599 }), "period_secs"),
        (json!({ "period_secs": 0 }), "period_secs"),
        (json!({ "customers": 101 }), "customers"),
        (json!({ "penalizer": -1 }), "penalizer"),
        (json!({ "mint": "usdc" }), "mint"),
        (horizon(0, 30.0, 0.01), "horizon.steps"),
        (horizon(12, 0.0, 0.01), "horizon.periods_per_step"),
        (horizon(12, 30.0, -0.5), "horizon.discount_rate_per_step"),
    ] {
        let fields = tenant.refused_fields(PATH, &body).await?;
        assert_eq!(fields, [field], "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn few_data_are_warned_of_and_never_a_failure() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    other.happened(payments(&subscribers()?)?).await?;
    let nobody = tenant.posted(PATH, &json!({})).await?;
    assert_eq!(nobody["totals"]["customers"], 0);
    assert_eq!(nobody["mint"], Value::Null);
    assert_eq!(nobody["new_customer_purchases"], Value::Null);
    let facts = vec![
        chain("ann", 0, "subscribed", "a", 1, 5),
        chain("bob", 3, "subscribed", "b", 1, 7),
        // A trial, a payment refunded whole, and one after the observation.
        chain("cid", 3, "subscribed", "c", 1, 0),
        chain("dan", 3, "subscribed", "d", 1, 9),
        chain("dan", 4, "refunded", "d", 1, 9),
        chain("ann", 31, "charged", "a", 1, 5),
    ];
    tenant.happened(facts).await?;
    let body = json!({ "observation_end": day(30) });
    let answer = tenant.posted(PATH, &body).await?;
    assert_eq!(answer["totals"]["customers"], 2);
    assert_eq!(answer["totals"]["without_value"], 2);
    for fit in ["purchases", "spend"] {
        assert_eq!(answer[fit]["parameters"], Value::Null);
    }
    let warnings = kinds(&answer["purchases"]);
    assert_eq!(warnings, ["no_repeat_purchases", "contractual_setting"]);
    assert_eq!(kinds(&answer["spend"]), ["no_repeat_purchases"]);
    assert_eq!(answer["totals"]["value"], Value::Null);
    assert_eq!(answer["top_customers"], json!([]));
    assert_eq!(answer["likely_lost"], json!([]));
    Ok(())
}

#[tokio::test]
async fn amounts_of_two_mints_are_never_added() -> Result<()> {
    let tenant = Tenant::open().await?;
    let facts = vec![
        chain("ann", 0, "subscribed", "a", 1, 5),
        chain("ann", 0, "subscribed", "b", 2, 7),
        chain("ann", 30, "charged", "b", 2, 7),
    ];
    tenant.happened(facts).await?;
    let answer = tenant.posted(PATH, &json!({})).await?;
    assert_eq!(answer["currency"], "USD");
    assert_eq!(answer["without_rate"].as_array().map(Vec::len), Some(2));
    assert_eq!(answer["totals"]["customers"], 1);
    for unknown in [&answer["totals"]["value"], &answer["spend"]["parameters"]] {
        assert_eq!(unknown, &Value::Null);
    }
    let body = json!({ "mint": mint_address(2) });
    let answer = tenant.posted(PATH, &body).await?;
    assert_eq!(answer["purchases"]["repeat_customers"], 1);
    // One repeat customer says next to nothing.
    assert!(kinds(&answer["purchases"]).contains(&"few_repeat_customers"));
    Ok(())
}

#[tokio::test]
async fn a_known_sample_is_fitted_as_by_lifetimes() -> Result<()> {
    let tenant = Tenant::open().await?;
    let sample = subscribers()?;
    tenant.happened(payments(&sample)?).await?;
    let last_day = sample["last_day"].as_i64().context("a day")?;
    let body =
        json!({ "observation_end": day(last_day), "customers": 3, "horizon": sample["horizon"] });
    let answer = tenant.posted(PATH, &body).await?;
    let number = |value: &Value| -> Result<f64> {
        value
            .as_f64()
            .or_else(|| value.as_str()?.parse().ok())
            .with_context(|| value.to_string())
    };
    let near = |found: &Value, expected: &Value, tolerance: f64| {
        let (found, expected) = (number(found)?, number(expected)?);
        assert!(
            (found / expected - 1.0).abs() < tolerance,
            "{found} is not {expected}"
        );
        anyhow::Ok(())
    };
    let purchases = &answer["purchases"];
    for counted in ["customers", "repeat_customers"] {
        assert_eq!(purchases[counted], sample[counted]);
    }
    assert_eq!(kinds(purchases), ["contractual_setting"]);
    for parameter in ["r", "alpha", "a", "b"] {
        let of_lifetimes = &sample["bg_nbd"]["parameters"][parameter];
        near(&purchases["parameters"][parameter], of_lifetimes, 1e-4)?;
    }
    assert_eq!(kinds(&answer["spend"]), [""; 0]);
    let of_lifetimes = &sample["gamma_gamma"]["parameters"]["q"];
    near(&answer["spend"]["parameters"]["q"], of_lifetimes, 1e-3)?;
    let newcomer = "new_customer_purchases";
    near(&answer[newcomer], &sample[newcomer], 1e-4)?;
    for total in ["expected_purchases", "value"] {
        near(&answer["totals"][total], &sample["totals"][total], 1e-4)?;
    }
    for list in ["top_customers", "likely_lost"] {
        let shown = answer[list].as_array().context("customers")?;
        assert_eq!(shown.len(), 3);
        let (first, of_lifetimes) = (&shown[0], &sample["first"][list]);
        assert_eq!(first["frequency"], of_lifetimes["frequency"], "{first}");
        for estimate in ["expected_purchases", "probability_alive", "value"] {
            near(&first[estimate], &of_lifetimes[estimate], 1e-4)?;
        }
    }
    Ok(())
}
