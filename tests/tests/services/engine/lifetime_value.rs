//! Lifetime value: warnings rather than failures, and the figures of `lifetimes`.

use super::{
    past::{Fact, chain, day, mint_address},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};

const PATH: &str = "/v1/query/lifetime-value";
const FIXTURE: &str = include_str!("../../../oracles/fixtures/lifetime_value.json");
/// The last day of the sample.
const LAST_DAY: i64 = 280;

fn kinds(fit: &Value) -> Vec<&str> {
    let warnings = fit["warnings"].as_array().into_iter().flatten();
    warnings.filter_map(|it| it["kind"].as_str()).collect()
}

/// Payments of a fifth of CDNOW's customers, whose first one is worth nothing to the models.
fn cdnow() -> Result<Vec<Result<Fact>>> {
    let fixture: Value = serde_json::from_str(FIXTURE)?;
    let groups = fixture["cdnow"]["groups"].as_array().context("groups")?;
    let mut facts = Vec::new();
    for (index, group) in groups.iter().enumerate().step_by(5) {
        let whole = |at: usize| group[at].as_i64().unwrap_or(0);
        #[expect(clippy::cast_possible_truncation, reason = "weeks of a year")]
        let days = |at: usize| (group[at].as_f64().unwrap_or(0.0) * 7.0).round() as i64;
        let (frequency, recency, age) = (whole(0), days(1), days(2));
        let spend = u64::try_from(whole(3))?;
        for copy in 0..whole(4).min(6) {
            let name = format!("{index}-{copy}");
            let first = LAST_DAY - age;
            facts.push(chain(&name, first, "subscribed", &name, 1, 1));
            for repeat in 1..=frequency {
                let day = first + recency * repeat / frequency;
                facts.push(chain(&name, day, "charged", &name, 1, spend));
            }
        }
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
    other.happened(cdnow()?).await?;
    let nobody = tenant.posted(PATH, &json!({})).await?;
    assert_eq!(nobody["totals"]["customers"], 0);
    assert_eq!(nobody["mint"], Value::Null);
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
    assert_eq!(tenant.refused_fields(PATH, &json!({})).await?, ["mint"]);
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
    tenant.happened(cdnow()?).await?;
    let body = json!({ "observation_end": day(LAST_DAY), "customers": 3 });
    let answer = tenant.posted(PATH, &body).await?;
    let near = |found: &Value, expected: f64, tolerance: f64| {
        let found = found
            .as_f64()
            .or_else(|| found.as_str()?.parse().ok())
            .with_context(|| found.to_string())?;
        assert!(
            (found / expected - 1.0).abs() < tolerance,
            "{found} is not {expected}"
        );
        anyhow::Ok(())
    };
    // lifetimes 0.11.3 on the same sample.
    let purchases = &answer["purchases"];
    assert_eq!(purchases["customers"], 291);
    assert_eq!(purchases["repeat_customers"], 189);
    assert_eq!(kinds(purchases), ["contractual_setting"]);
    for (parameter, expected) in [
        ("r", 0.654_797_5),
        ("alpha", 56.827_186),
        ("a", 0.607_913_9),
        ("b", 1.583_998_5),
    ] {
        near(&purchases["parameters"][parameter], expected, 1e-4)?;
    }
    assert_eq!(kinds(&answer["spend"]), [""; 0]);
    near(&answer["spend"]["parameters"]["q"], 3.253_201, 1e-3)?;
    // Its amounts are in millions of our units.
    near(&answer["totals"]["expected_purchases"], 423.012_07, 1e-4)?;
    near(&answer["totals"]["value"], 13_873.726_75e6, 1e-4)?;
    for (customer, frequency, purchases, alive, value) in [
        ("top_customers", 10, 8.765_873, 0.934_413, 514.235_675e6),
        ("likely_lost", 5, 0.078_102, 0.015_628, 2.614_477e6),
    ] {
        let shown = answer[customer].as_array().context("customers")?;
        assert_eq!(shown.len(), 3);
        let first = &shown[0];
        assert_eq!(first["frequency"], frequency, "{first}");
        near(&first["expected_purchases"], purchases, 1e-4)?;
        near(&first["probability_alive"], alive, 1e-4)?;
        near(&first["value"], value, 1e-4)?;
    }
    Ok(())
}
