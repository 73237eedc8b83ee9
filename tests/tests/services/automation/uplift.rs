//! What a journey changes, from runs and what arrived of their people.

use super::holdouts::{holding_out, sign_all_up};
use crate::support::{
    journeys::{nurturing, publish, walk},
    people::ago,
    tenant::{Tenant, call},
};
use anyhow::Result;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tessera_domain::automation::journey::Journey;
use uuid::Uuid;

const PATH: &str = "/v1/journeys/welcome/uplift";

async fn sql(tenant: &Tenant, statement: &'static str) -> Result<()> {
    sqlx::query(statement).execute(&tenant.api.mirror).await?;
    Ok(())
}

/// Everybody entered two days ago, and what has happened since happened half a day later.
async fn two_days_pass(tenant: &Tenant) -> Result<()> {
    for statement in [
        "select engine.open_event_month(date_trunc('month', now() - interval '40 days')::date)",
        "update engine.journey_run set entered_at = entered_at - interval '48 hours'",
        "update engine.event set received_at = received_at - interval '36 hours'
         where name in ('paid', 'charged', 'refunded')",
    ] {
        sql(tenant, statement).await?;
    }
    Ok(())
}

/// What so many visitors with an odd number do, who were held out or let in.
async fn some_do(tenant: &Tenant, visitors: usize, event: &str, amount: &str) -> Result<()> {
    let names: Vec<String> = (0..visitors).map(|it| format!("visitor{it}")).collect();
    let properties = json!({ "mint": "M", "amount": amount });
    let events: Vec<_> = names
        .iter()
        .skip(1)
        .step_by(2)
        .map(|it| (it.as_str(), event, ago(0), properties.clone()))
        .collect();
    tenant.witness(&events).await
}

/// How many of so many visitors are held out, and of those with an odd number.
async fn held_out(tenant: &Tenant, visitors: usize) -> Result<(u64, u64)> {
    let journey: Journey = serde_json::from_value(holding_out())?;
    let (mut all, mut odd) = (0, 0);
    for number in 0..visitors {
        let person = tenant.person(&format!("visitor{number}")).await?;
        if journey.holds_out("welcome", person) {
            all += 1;
            odd += u64::from(number % 2 == 1);
        }
    }
    Ok((all, odd))
}

#[tokio::test]
async fn what_cannot_be_compared_is_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    let refused = async |tenant: &Tenant, status: StatusCode| {
        let answer = tenant.post(PATH, &json!({})).await?;
        answer.refusal(PATH, status)
    };
    refused(&tenant, StatusCode::NOT_FOUND).await?;
    publish(&tenant, "welcome", &nurturing()).await?;
    refused(&tenant, StatusCode::CONFLICT).await?;
    let mut journey = holding_out();
    journey["goal"] = Value::Null;
    publish(&tenant, "welcome", &journey).await?;
    for (wanted, field) in [
        (json!({ "outcome": "goal" }), "outcome"),
        (json!({ "outcome": "happiness" }), "outcome"),
        (json!({ "window_days": 0 }), "window_days"),
        (json!({ "window_days": 367 }), "window_days"),
        (json!({ "version": 0 }), "version"),
    ] {
        let answer = tenant.post(PATH, &wanted).await?;
        let refusal = answer.refusal(PATH, StatusCode::BAD_REQUEST)?;
        assert_eq!(refusal["errors"][0]["field"], field, "{refusal}");
    }
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    refused(&other, StatusCode::NOT_FOUND).await?;
    Ok(())
}

#[tokio::test]
async fn who_only_reads_has_it_computed_in_the_background_so_often_and_no_more() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &holding_out()).await?;
    let reader = tenant.key("read").await?;
    let body = json!({});
    let ask = async || call(&tenant.api, Method::POST, PATH, &reader, Some(&body)).await;
    let job = ask().await?;
    assert_eq!(job.status, StatusCode::ACCEPTED, "{job:?}");
    let job = job.json()?;
    assert_eq!(
        (&job["kind"], &job["result"]),
        (&json!("uplift"), &Value::Null)
    );
    for _ in 1..5 {
        assert_eq!(ask().await?.status, StatusCode::ACCEPTED);
    }
    let refused = ask().await?;
    refused.refusal(PATH, StatusCode::TOO_MANY_REQUESTS)?;
    Ok(())
}

#[tokio::test]
async fn until_windows_close_there_are_counts_alone() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &holding_out()).await?;
    sign_all_up(&tenant, 20).await?;
    walk(&tenant).await?;
    some_do(&tenant, 20, "charged", "5").await?;
    let wanted = json!({ "outcome": "charged" });
    let uplift = tenant.result_of(PATH, &wanted).await?;
    let (held, _) = held_out(&tenant, 20).await?;
    assert_eq!(uplift["verdict"], "not_enough_yet");
    assert_eq!(
        (&uplift["fewest_people"], &uplift["change"]),
        (&json!(100), &Value::Null)
    );
    for (side, people) in [("held_out", held), ("let_in", 20 - held)] {
        let expected = json!({ "entered": people, "open": people, "forgotten": 0, "measured": 0,
            "with_outcome": 0 });
        assert_eq!(uplift[side], expected);
    }
    assert_eq!(uplift["kept"], json!([]));
    Ok(())
}

#[tokio::test]
async fn those_who_were_let_in_are_compared_with_those_who_were_not() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &holding_out()).await?;
    sign_all_up(&tenant, 300).await?;
    walk(&tenant).await?;
    some_do(&tenant, 300, "charged", "18446744073709551615").await?;
    some_do(&tenant, 300, "refunded", "18446744073709551610").await?;
    two_days_pass(&tenant).await?;
    let wanted = json!({ "outcome": "charged", "window_days": 1 });
    let uplift = tenant.result_of(PATH, &wanted).await?;
    let (held, paying) = held_out(&tenant, 300).await?;
    assert_eq!(uplift["held_out"]["measured"], json!(held), "{uplift}");
    assert_eq!(uplift["held_out"]["with_outcome"], json!(paying));
    assert_eq!(uplift["let_in"]["with_outcome"], json!(150 - paying));
    let kept = &uplift["kept"][0];
    assert_eq!(kept["held_out"], json!((5 * paying).to_string()));
    assert_eq!(kept["let_in"], json!((5 * (150 - paying)).to_string()));
    // Enough unless the draw is far off, which it is once in millions of times.
    assert_eq!(uplift["verdict"], "no_difference_shown", "{uplift}");
    let change = &uplift["change"]["always_valid"]["absolute"];
    let [value, low, high] = ["value", "low", "high"].map(|it| change[it].as_f64());
    assert!(
        low < value && value < high && low < Some(0.0) && high > Some(0.0),
        "{change}"
    );
    let wide = high.unwrap_or_default() - low.unwrap_or_default();
    let fixed = &uplift["change"]["fixed_horizon"]["absolute"];
    let bound = |name: &str| fixed[name].as_f64().unwrap_or_default();
    assert!(
        bound("high") - bound("low") < wide,
        "one look is worth more than many"
    );
    assert_eq!(uplift["mismatch"]["is_found"], false);
    // Nobody did what the journey is for.
    let wanted = json!({ "window_days": 1 });
    let goal = tenant.result_of(PATH, &wanted).await?;
    assert_eq!(
        (&goal["outcome"], &goal["let_in"]["with_outcome"]),
        (&json!("goal"), &json!(0))
    );
    Ok(())
}

#[tokio::test]
async fn who_became_one_person_from_both_sides_is_on_neither() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &holding_out()).await?;
    sign_all_up(&tenant, 20).await?;
    walk(&tenant).await?;
    let journey: Journey = serde_json::from_value(holding_out())?;
    let (mut held, mut let_in): (Vec<Uuid>, Vec<Uuid>) = Default::default();
    for number in 0..20 {
        let person = tenant.person(&format!("visitor{number}")).await?;
        match journey.holds_out("welcome", person) {
            true => held.push(person),
            false => let_in.push(person),
        }
    }
    // One side is empty once in half a million times.
    let (Some(winner), Some(loser)) = (held.first(), let_in.first()) else {
        return Ok(());
    };
    let path = format!("/v1/persons/{winner}/merge");
    let body = json!({ "with": loser, "reason": "the same customer" });
    let merge = tenant.posted(&path, &body).await?;
    let merged = tenant.result_of(PATH, &json!({})).await?;
    assert_eq!(merged["crossed"], 1, "{merged}");
    assert_eq!(merged["held_out"]["entered"], json!(held.len() - 1));
    let path = format!("/v1/persons/{winner}/unmerge");
    tenant
        .posted(&path, &json!({ "merge": merge["id"] }))
        .await?;
    let again = tenant.result_of(PATH, &json!({})).await?;
    assert_eq!(
        (&again["crossed"], &again["held_out"]["entered"]),
        (&json!(0), &json!(held.len()))
    );
    Ok(())
}
