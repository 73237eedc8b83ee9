//! Predictions: nothing is said on too little, and nothing is learned from after the decision.

use crate::support::{people::ago, tenant::Tenant};
use anyhow::{Context, Result};
use axum::http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tessera_domain::leads::prediction::Part;
use tessera_store::{capture::event, tenant::begin};
use uuid::Uuid;

const TRAIN: &str = "/v1/scoring/predictions/train";
const LATEST: &str = "/v1/scoring/predictions/latest";

#[tokio::test]
async fn too_few_outcomes_teach_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant
        .does("v1", "demo_requested", ago(600), json!({}))
        .await?;
    let person = tenant.person("v1").await?;
    tenant.decided(&[(person, true, ago(60))]).await?;
    let expected =
        json!({ "status": "abstained", "reason": "too_few_won", "needed": 50, "have": 1 });
    assert_eq!(tenant.result_of(TRAIN, &json!({})).await?, expected);
    let of_lead = format!("/v1/leads/{person}/prediction");
    for path in [LATEST, &of_lead] {
        tenant
            .get(path)
            .await?
            .refusal(path, StatusCode::NOT_FOUND)?;
    }
    Ok(())
}

#[tokio::test]
async fn parameters_out_of_their_range_are_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (body, field) in [
        (json!({ "l2": 0.0 }), "l2"),
        (json!({ "smoothing": -1.0 }), "smoothing"),
        (json!({ "seed": 1 }), "seed"),
        (json!({ "keep": [""] }), "keep"),
        (
            json!({ "keep": (0..21).map(|it| it.to_string()).collect::<Vec<_>>() }),
            "keep",
        ),
    ] {
        let refused = tenant.post(TRAIN, &body).await?;
        let problem = refused.refusal(TRAIN, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field);
    }
    Ok(())
}

#[tokio::test]
async fn several_deals_of_one_person_do_not_multiply_what_they_did() -> Result<()> {
    let tenant = Tenant::open().await?;
    for visitor in ["a", "b"] {
        for secs in [500, 600] {
            tenant
                .does(visitor, "page_viewed", ago(secs), json!({}))
                .await?;
        }
    }
    let (a, b) = (tenant.person("a").await?, tenant.person("b").await?);
    let organisation = tenant.organisation().await?;
    let mut transaction = begin(&tenant.api.mirror, organisation).await?;
    let histories = event::histories(&mut transaction, &[a, b, a]).await?;
    assert_eq!([histories[&a].len(), histories[&b].len()], [2, 2]);
    Ok(())
}

/// In which part of the split a person is, as a number.
fn part(person: Uuid) -> u8 {
    let digest = Sha256::digest(person);
    let first = digest.iter().take(8);
    Part::of(first.fold(0, |hash, byte| hash << 8 | u64::from(*byte))) as u8
}

#[tokio::test]
async fn a_model_learns_what_came_before_the_decision_and_nothing_after_it() -> Result<()> {
    let tenant = Tenant::open().await?;
    let closed = ago(1_000);
    let names: Vec<String> = (0..200).map(|index| format!("v{index}")).collect();
    let mut events: Vec<_> = names
        .iter()
        .map(|visitor| (visitor.as_str(), "page_viewed", ago(3_000), json!({})))
        .collect();
    tenant.witness(&events).await?;
    events.clear();
    // What visitors do is dealt out part by part: which part of the split somebody is in follows
    // from a random id, and every part is to look alike.
    let mut visitors = Vec::new();
    for name in &names {
        visitors.push((name.as_str(), tenant.person(name).await?));
    }
    visitors.sort_by_key(|(_, person)| part(*person));
    for (index, (visitor, _)) in visitors.iter().enumerate() {
        // Half are won. Of the won 9 in 10 asked for a demo, of the lost 1 in 10.
        let (won, tenth) = (index.is_multiple_of(2), index / 2 % 10);
        if (tenth == 0) != won {
            events.push((*visitor, "demo_requested", ago(2_000), json!({})));
        }
        let segment = if tenth < 5 { "trader" } else { "institution" };
        events.push((
            *visitor,
            "identified",
            ago(2_500),
            json!({ "segment": segment }),
        ));
        if won {
            // The sale was noted a while after it was made.
            events.push((*visitor, "subscribed", ago(1_200), json!({})));
            events.push((*visitor, "welcomed", ago(1_100), json!({})));
            events.push((*visitor, "onboarding_started", ago(900), json!({})));
        }
    }
    tenant.witness(&events).await?;
    let deals: Vec<_> = visitors
        .iter()
        .enumerate()
        .map(|(index, (_, person))| (*person, index.is_multiple_of(2), closed))
        .collect();
    tenant.decided(&deals).await?;
    let trained = tenant.result_of(TRAIN, &json!({})).await?;
    assert_eq!(
        (&trained["status"], &trained["version"]),
        (&json!("trained"), &json!(1))
    );
    let report = &trained["report"];
    assert_eq!(
        (&report["won"], &report["lost"]),
        (&json!(100), &json!(100))
    );
    let coefficients = report["coefficients"].as_object().context("coefficients")?;
    for known in [
        "had.demo_requested",
        "segment.trader",
        "segment.institution",
    ] {
        assert!(coefficients.contains_key(known), "{coefficients:?}");
    }
    for given_away in ["had.subscribed", "had.welcomed", "had.onboarding_started"] {
        assert!(!coefficients.contains_key(given_away), "{coefficients:?}");
    }
    assert_eq!(report["separating"], json!([]));
    // A demo parts 9 in 10 from 1 in 10; with the ties, an AUC of about 0.9.
    let auc = report["logistic"]["auc"].as_f64().context("an AUC")?;
    assert!(auc > 0.75, "{report}");
    assert_alike(&tenant.json(LATEST).await?["report"], report);

    tenant
        .does("keen", "demo_requested", ago(60), json!({}))
        .await?;
    tenant
        .does("idle", "page_viewed", ago(60), json!({}))
        .await?;
    let chance = async |visitor: &str| -> Result<(f64, Value)> {
        let person = tenant.person(visitor).await?;
        let path = format!("/v1/leads/{person}/prediction");
        let prediction = tenant.json(&path).await?;
        let of = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
        let parts = prediction["contributions"].as_array().context("parts")?;
        let sum: f64 = parts.iter().map(|part| of(&part["log_odds"])).sum();
        let log_odds = of(&prediction["baseline_log_odds"]) + sum;
        assert!((log_odds - of(&prediction["log_odds"])).abs() < 1e-9);
        let probability = of(&prediction["probability"]);
        assert!((probability - 1.0 / (1.0 + (-log_odds).exp())).abs() < 1e-9);
        Ok((probability, prediction["model"].clone()))
    };
    let ((keen, model), (idle, _)) = (chance("keen").await?, chance("idle").await?);
    assert!(keen > 0.7 && idle < 0.3, "{keen} {idle}");
    assert_eq!(model, json!(1));
    // The same deals give the same model, as another version.
    let again = tenant.result_of(TRAIN, &json!({})).await?;
    assert_eq!(again["version"], json!(2));
    assert_alike(&again["report"], report);
    Ok(())
}

#[tokio::test]
async fn what_only_the_won_have_is_reported_and_not_learned_from() -> Result<()> {
    let tenant = Tenant::open().await?;
    let names: Vec<String> = (0..160).map(|index| format!("v{index}")).collect();
    let page = |visitor, secs| (visitor, "page_viewed", ago(secs), json!({}));
    let seen: Vec<_> = names.iter().map(|it| page(it.as_str(), 5_000)).collect();
    tenant.witness(&seen).await?;
    let mut visitors = Vec::new();
    for name in &names {
        visitors.push((name.as_str(), tenant.person(name).await?));
    }
    visitors.sort_by_key(|(_, person)| part(*person));
    let mut events = Vec::new();
    let mut deals = Vec::new();
    for (index, (visitor, person)) in visitors.iter().enumerate() {
        let won = index.is_multiple_of(2);
        if index / 2 % 2 == 0 {
            events.push((*visitor, "demo_requested", ago(3_000), json!({})));
        }
        // No conversion that is known as one.
        if won {
            events.push((*visitor, "licence_countersigned", ago(2_000), json!({})));
        }
        deals.push((*person, won, ago(1_000)));
    }
    tenant.witness(&events).await?;
    tenant.decided(&deals).await?;
    let trained = tenant.result_of(TRAIN, &json!({})).await?;
    let report = &trained["report"];
    let separating = |kept: bool| {
        let of = |name: &str| json!({ "feature": name, "auc": 1.0, "kept": kept && name.starts_with("had") });
        json!([
            of("had.licence_countersigned"),
            of("log_count.licence_countersigned")
        ])
    };
    assert_eq!(report["separating"], separating(false), "{report}");
    let auc = report["logistic"]["auc"].as_f64().context("an AUC")?;
    assert!(auc < 0.75, "{report}");
    let keep = json!({ "keep": ["had.licence_countersigned"] });
    let kept = tenant.result_of(TRAIN, &keep).await?;
    assert_eq!(kept["report"]["separating"], separating(true), "{kept}");
    assert_eq!(kept["report"]["logistic"]["auc"], 1.0, "{kept}");
    Ok(())
}

/// The same but for the last digits of numbers, which the database and the answer spell differently.
#[track_caller]
fn assert_alike(found: &Value, expected: &Value) {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            assert!(found.keys().eq(expected.keys()), "{found:?} {expected:?}");
            for (key, value) in expected {
                assert_alike(&found[key], value);
            }
        }
        (Value::Array(found), Value::Array(expected)) => {
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                assert_alike(found, expected);
            }
        }
        (Value::Number(found), Value::Number(expected)) => {
            let [found, expected] = [found, expected].map(serde_json::Number::as_f64);
            let (found, expected) = (found.unwrap_or(f64::NAN), expected.unwrap_or(f64::NAN));
            let most = 1e-12 * expected.abs().max(1.0);
            assert!((found - expected).abs() <= most, "{found} {expected}");
        }
        (found, expected) => assert_eq!(found, expected),
    }
}
