//! Journeys to start from: each is put in force as it is listed, and walked.

use super::holdouts::sign_all_up;
use crate::support::{
    journeys::{publish, walk},
    mail,
    people::ago,
    rows,
    segments::define_and_build,
    subscribers::subscribe,
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::http::StatusCode;
use serde_json::json;
use tessera_domain::automation::{journey::Journey, retention::preset::Preset};
use tessera_store::mirror::subscription::SubscriptionRow;

/// People of a test.
const PEOPLE: u8 = 3;

/// Puts a preset in force, as it is listed.
async fn put_in_force(tenant: &Tenant, preset: Preset) -> Result<()> {
    let presets = tenant.json("/v1/journey-presets").await?;
    let mut presets = presets.as_array().into_iter().flatten();
    let listed = presets.find(|it| it["preset"] == preset.as_str());
    let listed = listed.with_context(|| format!("no {preset:?}"))?;
    if let Some(segment) = listed["segment"].as_object() {
        let name = segment["name"].as_str().context("a name")?;
        define_and_build(tenant, name, &segment["condition"]).await?;
    }
    for text in listed["templates"].as_array().into_iter().flatten() {
        let mut template = text["template"].clone();
        template["name"] = text["name"].clone();
        mail::publish(tenant, &template).await?;
    }
    publish(tenant, preset.as_str(), &listed["journey"]).await?;
    Ok(())
}

/// That each who entered is held out or waits at a node, and got a text if it is one behind a text.
async fn walked(tenant: &Tenant, preset: Preset, node: &str, text: Option<&str>) -> Result<()> {
    let name = preset.as_str();
    let journey: Journey = preset.journey();
    let runs = tenant.json(&format!("/v1/journeys/{name}/runs")).await?;
    let runs = runs["data"].as_array().context("rows")?;
    ensure!(runs.len() == usize::from(PEOPLE), "{preset:?}: {runs:?}");
    for run in runs {
        let person = run["person"].as_str().context("a person")?.parse()?;
        let is_let_in = !journey.holds_out(name, person);
        let expected = if is_let_in { json!(node) } else { json!("") };
        ensure!(run["node"] == expected, "{preset:?}: {run}");
        ensure!(
            (run["reason"] == "held_out") != is_let_in,
            "{preset:?}: {run}"
        );
        let sent: Vec<String> =
            sqlx::query_scalar("select template from engine.outbound_message where person = $1")
                .bind::<uuid::Uuid>(person)
                .fetch_all(&tenant.api.mirror)
                .await?;
        let expected: Vec<&str> = text.into_iter().filter(|_| is_let_in).collect();
        ensure!(sent == expected, "{preset:?}: {sent:?}");
    }
    Ok(())
}

#[tokio::test]
async fn leads_are_nurtured() -> Result<()> {
    let tenant = Tenant::open().await?;
    put_in_force(&tenant, Preset::Nurturing).await?;
    sign_all_up(&tenant, PEOPLE.into()).await?;
    walk(&tenant).await?;
    walked(
        &tenant,
        Preset::Nurturing,
        "look",
        Some("nurturing_welcome"),
    )
    .await
}

#[tokio::test]
async fn who_missed_a_payment_is_asked_for_it() -> Result<()> {
    let tenant = Tenant::open().await?;
    let missed = SubscriptionRow {
        state: 3,
        ..rows::subscription(1, 1, 1)
    };
    subscribe(&tenant, &missed, PEOPLE).await?;
    put_in_force(&tenant, Preset::PastDue).await?;
    walk(&tenant).await?;
    walked(
        &tenant,
        Preset::PastDue,
        "three_days",
        Some("past_due_wallet"),
    )
    .await
}

#[tokio::test]
async fn who_has_approved_too_little_is_asked_to_raise_it() -> Result<()> {
    let tenant = Tenant::open().await?;
    let nearly_used_up = SubscriptionRow {
        approved_periods: 1,
        periods_paid: 1,
        ..rows::subscription(1, 1, 1)
    };
    subscribe(&tenant, &nearly_used_up, PEOPLE).await?;
    put_in_force(&tenant, Preset::ApprovalRunningOut).await?;
    walk(&tenant).await?;
    walked(
        &tenant,
        Preset::ApprovalRunningOut,
        "week",
        Some("approval_wallet"),
    )
    .await
}

#[tokio::test]
async fn who_is_in_a_trial_hears_when_it_ends() -> Result<()> {
    let tenant = Tenant::open().await?;
    let ends_tomorrow = SubscriptionRow {
        state: 1,
        next_due: ago(-86_400).secs(),
        ..rows::subscription(1, 1, 1)
    };
    subscribe(&tenant, &ends_tomorrow, PEOPLE).await?;
    put_in_force(&tenant, Preset::TrialEnding).await?;
    walk(&tenant).await?;
    walked(&tenant, Preset::TrialEnding, "end", Some("trial_ending")).await
}

#[tokio::test]
async fn whose_subscriptions_have_ended_is_asked_back_after_a_week() -> Result<()> {
    let tenant = Tenant::open().await?;
    put_in_force(&tenant, Preset::WinBack).await?;
    for number in 0..PEOPLE {
        let visitor = format!("visitor{number}");
        let signed = json!({ "account": visitor, "wallet": visitor, "mint": "M", "amount": "5" });
        let events = [
            (visitor.as_str(), "subscribed", ago(60), signed.clone()),
            (visitor.as_str(), "cancelled", ago(30), signed),
        ];
        tenant.witness(&events).await?;
    }
    walk(&tenant).await?;
    walked(&tenant, Preset::WinBack, "week", None).await
}

#[tokio::test]
async fn texts_lead_to_actions_where_it_is_said_where_they_are() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/journey-presets";
    for (query, base) in [
        ("", None),
        (
            "?actions=https://pay.example.com/a",
            Some("https://pay.example.com/a/"),
        ),
    ] {
        let presets = tenant.json(&format!("{path}{query}")).await?;
        let texts = presets.as_array().into_iter().flatten();
        let texts = texts.flat_map(|it| it["templates"].as_array().into_iter().flatten());
        for text in texts {
            let leads = text["template"]["locales"]["en"]["action_url"].as_str();
            match base {
                None => assert_eq!(leads, None, "{text}"),
                Some(base) => assert!(leads.is_some_and(|it| it.starts_with(base)), "{text}"),
            }
        }
    }
    let plain = format!("{path}?actions=http://pay.example.com");
    let refused = tenant.get(&plain).await?;
    refused.refusal(&plain, StatusCode::BAD_REQUEST)?;
    Ok(())
}
