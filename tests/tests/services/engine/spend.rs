//! Spend: one amount a day, channel and currency.

use crate::support::tenant::{Tenant, call};
use anyhow::Result;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

const PATH: &str = "/v1/spend";

fn entry(day: &str, channel: &str, currency: &str, amount: &str) -> Value {
    json!({ "day": day, "channel": channel, "currency": currency, "amount": amount })
}

#[tokio::test]
async fn spend_that_breaks_a_rule_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (field, wrong) in [
        ("day", entry("2025-1-5", "ads", "USD", "1")),
        ("channel", entry("2025-01-05", "", "USD", "1")),
        ("channel", entry("2025-01-05", " - ", "USD", "1")),
        ("currency", entry("2025-01-05", "ads", "usd", "1")),
        ("amount", entry("2025-01-05", "ads", "USD", "-1")),
        ("amount", entry("2025-01-05", "ads", "USD", "1e3")),
        (
            "amount",
            json!({ "day": "2025-01-05", "channel": "ads", "currency": "USD", "amount": 1.5 }),
        ),
    ] {
        let answer = tenant.call(Method::PUT, PATH, Some(&wrong)).await?;
        let problem = answer.refusal(PATH, StatusCode::BAD_REQUEST)?;
        let errors = problem["errors"].as_array().map_or(0, Vec::len);
        assert_eq!((&problem["errors"][0]["field"], errors), (&json!(field), 1));
    }
    Ok(())
}

#[tokio::test]
async fn a_read_key_records_no_spend() -> Result<()> {
    let tenant = Tenant::open().await?;
    let key = tenant.key("read").await?;
    let body = entry("2025-01-05", "ads", "USD", "1");
    let answer = call(&tenant.api, Method::PUT, PATH, &key, Some(&body)).await?;
    answer.refusal(PATH, StatusCode::FORBIDDEN)?;
    Ok(())
}

#[tokio::test]
async fn an_entry_replaces_that_of_its_day_channel_and_currency() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    for body in [
        entry("2025-01-05", "ads", "USD", "1.50"),
        entry("2025-01-04", "ads", "EUR", "3"),
        entry("2025-01-04", "ads", "USD", "2"),
        entry("2025-01-06", "fairs", "USD", "9"),
        entry("2025-01-05", "ads", "USD", "7.25"),
    ] {
        let answer = tenant.call(Method::PUT, PATH, Some(&body)).await?;
        assert_eq!((answer.status, answer.json()?), (StatusCode::OK, body));
    }
    let first = tenant.json("/v1/spend?through=2025-01-05&limit=2").await?;
    assert_eq!(
        first["data"],
        json!([
            entry("2025-01-04", "ads", "EUR", "3"),
            entry("2025-01-04", "ads", "USD", "2"),
        ])
    );
    let cursor = first["next_cursor"].as_str().unwrap_or_default();
    let path = format!("/v1/spend?through=2025-01-05&limit=2&cursor={cursor}");
    let last = json!({ "data": [entry("2025-01-05", "ads", "USD", "7.25")], "next_cursor": null });
    assert_eq!(tenant.json(&path).await?, last);
    let later = tenant.json("/v1/spend?from=2025-01-06").await?;
    assert_eq!(
        later["data"],
        json!([entry("2025-01-06", "fairs", "USD", "9")])
    );
    assert_eq!(other.json(PATH).await?["data"], json!([]));
    Ok(())
}

#[tokio::test]
async fn a_channel_is_one_whatever_case_and_blanks_it_is_typed_with() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (channel, amount) in [
        (" Google  Ads", "1"),
        ("google ads", "2"),
        ("GOOGLE ADS ", "3"),
    ] {
        let body = entry("2025-01-05", channel, "USD", amount);
        let answer = tenant.call(Method::PUT, PATH, Some(&body)).await?;
        assert_eq!(answer.json()?["channel"], "google ads");
    }
    let listed = tenant.json(PATH).await?;
    assert_eq!(
        listed["data"],
        json!([entry("2025-01-05", "google ads", "USD", "3")])
    );
    Ok(())
}
