//! Who is held out of a journey, and what is recorded of them.

use crate::support::{
    journeys::{
        a_day, announced, draft, flow, nurturing, of_node, pass, publish, publish_version, runs,
        sign_up, walk,
    },
    people::ago,
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tessera_domain::automation::journey::Journey;

/// The nurturing journey with half of those who enter held out.
pub(super) fn holding_out() -> Value {
    let mut journey = nurturing();
    journey["holdout"] = json!({ "holdout_bps": 5_000 });
    journey
}

/// So many visitors sign up, `visitor0` first.
pub(super) async fn sign_all_up(tenant: &Tenant, visitors: usize) -> Result<()> {
    let names: Vec<String> = (0..visitors).map(|it| format!("visitor{it}")).collect();
    for batch in names.chunks(200) {
        let events: Vec<_> = batch
            .iter()
            .map(|it| (it.as_str(), "signed_up", it.as_str(), json!({})))
            .collect();
        tenant.capture(&events).await?;
    }
    Ok(())
}

/// The reason of each person's run, by person.
async fn reasons(tenant: &Tenant, name: &str) -> Result<BTreeMap<String, Value>> {
    let answer = tenant
        .json(&format!("/v1/journeys/{name}/runs?limit=200"))
        .await?;
    let rows = answer["data"].as_array().context("rows")?;
    let reasons = rows.iter().map(|row| {
        let person = row["person"].as_str().unwrap_or_default().to_owned();
        (person, row["reason"].clone())
    });
    Ok(reasons.collect())
}

#[tokio::test]
async fn a_journey_that_retains_and_holds_nobody_out_is_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    let refused = |holdout: Value| {
        let tenant = &tenant;
        async move {
            let mut journey = of_node(a_day());
            journey["entry"] = json!({ "subscription": "past_due" });
            journey["holdout"] = holdout;
            let body = json!({ "name": "dunning", "journey": journey });
            let answer = tenant.post("/v1/journeys", &body).await?;
            ensure!(answer.status == StatusCode::BAD_REQUEST, "{answer:?}");
            Ok(answer.json()?["errors"][0]["field"].clone())
        }
    };
    assert_eq!(refused(Value::Null).await?, "journey.holdout");
    for holdout_bps in [0, 5_001] {
        let field = refused(json!({ "holdout_bps": holdout_bps })).await?;
        assert_eq!(field, "journey.holdout.holdout_bps");
    }
    Ok(())
}

#[tokio::test]
async fn a_draft_from_before_the_rule_is_not_published() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mut journey = of_node(a_day());
    journey["entry"] = json!({ "subscription": "past_due" });
    journey["holdout"] = json!({ "holdout_bps": 1 });
    let version = draft(&tenant, "dunning", &journey).await?;
    sqlx::query("update engine.rule_set set body = body - 'holdout' where name = 'dunning'")
        .execute(&tenant.api.mirror)
        .await?;
    let path = "/v1/journeys/dunning/publish";
    let answer = tenant.post(path, &json!({ "version": version })).await?;
    let refusal = answer.refusal(path, StatusCode::BAD_REQUEST)?;
    assert_eq!(refusal["errors"][0]["field"], "journey.holdout");
    Ok(())
}

#[tokio::test]
async fn nothing_is_done_to_who_is_held_out() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &holding_out()).await?;
    sign_all_up(&tenant, 40).await?;
    walk(&tenant).await?;
    let journey: Journey = serde_json::from_value(holding_out())?;
    let mut held = 0;
    for (person, reason) in reasons(&tenant, "welcome").await? {
        let expected = journey.holds_out("welcome", person.parse()?);
        assert_eq!(reason == "held_out", expected, "{person}");
        held += i64::from(expected);
    }
    let flow_now = tenant.json("/v1/journeys/welcome/flow").await?;
    assert_eq!(
        flow_now["ended"]["held_out"].as_i64().unwrap_or_default(),
        held
    );
    assert_eq!(
        flow(&tenant, "welcome", "wait").await?,
        (40 - held, 40 - held)
    );
    pass(&tenant, 400_000).await?;
    assert_eq!(flow(&tenant, "welcome", "remind").await?.0, 40 - held);
    for number in 0..40 {
        let visitor = format!("visitor{number}");
        let person = tenant.person(&visitor).await?;
        let is_silent = announced(&tenant, &visitor).await?.is_empty();
        assert_eq!(is_silent, journey.holds_out("welcome", person), "{visitor}");
    }
    Ok(())
}

#[tokio::test]
async fn who_reaches_the_goal_before_the_first_step_is_drawn_all_the_same() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &holding_out()).await?;
    sign_all_up(&tenant, 20).await?;
    for number in 0..20 {
        let visitor = format!("visitor{number}");
        tenant.does(&visitor, "paid", ago(0), json!({})).await?;
    }
    walk(&tenant).await?;
    let uplift = tenant
        .result_of("/v1/journeys/welcome/uplift", &json!({}))
        .await?;
    let entered = |side: &str| uplift[side]["entered"].as_i64().unwrap_or_default();
    assert_eq!(entered("held_out") + entered("let_in"), 20, "{uplift}");
    Ok(())
}

#[tokio::test]
async fn a_version_without_a_holdout_draws_nobody_and_one_with_it_those_who_begin() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &nurturing()).await?;
    sign_up(&tenant, "ann").await?;
    walk(&tenant).await?;
    let second = draft(&tenant, "welcome", &holding_out()).await?;
    // Who is under way moves, and was let in by no draw.
    publish_version(&tenant, "welcome", second, "move").await?;
    walk(&tenant).await?;
    assert_eq!(runs(&tenant, "welcome").await?[0].0, second);
    let uplift = tenant
        .result_of("/v1/journeys/welcome/uplift", &json!({}))
        .await?;
    assert_eq!(
        (&uplift["version"], &uplift["let_in"]["entered"]),
        (&json!(second), &json!(0))
    );
    Ok(())
}

#[tokio::test]
async fn erasing_a_person_forgets_what_their_ended_runs_were_about() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mut journey = of_node(a_day());
    journey["entry"] = json!({ "subscription": "past_due" });
    journey["key"] = json!({ "property": "account" });
    journey["holdout"] = json!({ "holdout_bps": 5_000 });
    publish(&tenant, "dunning", &journey).await?;
    let missed = json!({ "account": "their account" });
    for number in 0..10 {
        let visitor = format!("visitor{number}");
        let events = [(visitor.as_str(), "past_due", ago(0), missed.clone())];
        tenant.witness(&events).await?;
    }
    walk(&tenant).await?;
    for number in 0..10 {
        let person = tenant.person(&format!("visitor{number}")).await?;
        let path = format!("/v1/persons/{person}");
        let erased = tenant.call(Method::DELETE, &path, None).await?;
        ensure!(erased.status == StatusCode::NO_CONTENT, "{erased:?}");
    }
    let kept: Vec<String> = sqlx::query_scalar("select run::text from engine.journey_run run")
        .fetch_all(&tenant.api.mirror)
        .await?;
    assert_eq!(kept.len(), 10);
    assert!(
        kept.iter().all(|it| !it.contains("their account")),
        "{kept:?}"
    );
    Ok(())
}
