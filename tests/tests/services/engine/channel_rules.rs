//! The rules of channels: versions that an organisation publishes, and questions follow.

use crate::support::{
    past::{chain, event},
    tenant::{Tenant, call},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

const PATH: &str = "/v1/channel-rules";

/// The channel that the only conversion is credited to.
async fn credited(tenant: &Tenant) -> Result<String> {
    let body = json!({ "models": ["last"] });
    let answer = tenant.posted("/v1/query/attribution", &body).await?;
    let channels = answer["models"][0]["channels"]
        .as_array()
        .context("channels")?;
    let credited = channels
        .iter()
        .find(|it| it["conversion_micros"] == "1000000");
    let channel = credited.context("a channel")?["channel"].as_str();
    Ok(channel.context("a name")?.to_owned())
}

#[tokio::test]
async fn rules_that_could_never_match_are_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (field, body) in [
        (
            "own_hosts",
            json!({ "own_hosts": ["https://shop.example"] }),
        ),
        (
            "referrers",
            json!({ "referrers": { "a.example": "Mixed Case" } }),
        ),
        ("click_ids", json!({ "click_ids": { "a b": "paid" } })),
        ("guess", json!({ "guess": 1 })),
    ] {
        assert_eq!(tenant.refused_fields(PATH, &body).await?, [field], "{body}");
    }
    let absent = tenant
        .post(&format!("{PATH}/9/publish"), &json!({}))
        .await?;
    absent.refusal(&format!("{PATH}/9/publish"), StatusCode::NOT_FOUND)?;
    Ok(())
}

#[tokio::test]
async fn a_read_key_changes_no_channel() -> Result<()> {
    let tenant = Tenant::open().await?;
    let key = tenant.key("read").await?;
    let answer = call(&tenant.api, Method::POST, PATH, &key, Some(&json!({}))).await?;
    answer.refusal(PATH, StatusCode::FORBIDDEN)?;
    Ok(())
}

#[tokio::test]
async fn an_organisation_begins_with_the_usual_rules() -> Result<()> {
    let tenant = Tenant::open().await?;
    let first = tenant.json(&format!("{PATH}/1")).await?;
    assert_eq!(first["status"], "published");
    let click_ids = first["rules"]["click_ids"].as_object().context("ids")?;
    for id in [
        "gclid",
        "gbraid",
        "wbraid",
        "msclkid",
        "fbclid",
        "ttclid",
        "twclid",
        "li_fat_id",
    ] {
        assert_eq!(click_ids[id], "paid");
    }
    assert_eq!(first["rules"]["own_hosts"], json!([]));
    Ok(())
}

#[tokio::test]
async fn a_visit_that_returns_from_paying_keeps_its_channel() -> Result<()> {
    let tenant = Tenant::open().await?;
    let page = |properties: Value| event("ann", 0, "page_viewed", properties);
    let facts = vec![
        page(json!({ "url": "https://shop.example/?utm_medium=email", "referrer": "" })),
        event(
            "ann",
            1,
            "page_viewed",
            json!({ "referrer": "https://checkout.stripe.com/", "path": "/thanks" }),
        ),
        event(
            "ann",
            2,
            "page_viewed",
            json!({ "referrer": "https://accounts.google.com/", "path": "/account" }),
        ),
        chain("ann", 3, "subscribed", "a", 1, 100),
    ];
    tenant.happened(facts).await?;
    assert_eq!(credited(&tenant).await?, "email");
    Ok(())
}

#[tokio::test]
async fn published_rules_hold_for_the_past_too_and_for_one_organisation() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    let facts = || {
        vec![
            event("ann", 0, "page_viewed", json!({ "path": "/?gclid=x" })),
            event(
                "ann",
                1,
                "page_viewed",
                json!({ "referrer": "https://app.shop.example/", "path": "/pricing" }),
            ),
            chain("ann", 2, "subscribed", "a", 1, 100),
        ]
    };
    tenant.happened(facts()).await?;
    other.happened(facts()).await?;
    assert_eq!(credited(&tenant).await?, "referral");
    let rules = json!({ "own_hosts": ["shop.example"], "click_ids": { "gclid": "google ads" } });
    let draft = tenant.posted(PATH, &rules).await?;
    assert_eq!(draft["version"], 2);
    assert_eq!(credited(&tenant).await?, "referral");
    let published = tenant
        .post(&format!("{PATH}/2/publish"), &json!({}))
        .await?;
    assert_eq!(published.status, StatusCode::NO_CONTENT);
    assert_eq!(credited(&tenant).await?, "google ads");
    assert_eq!(credited(&other).await?, "referral");
    Ok(())
}

#[tokio::test]
async fn a_channel_is_one_whatever_case_or_blanks_it_is_typed_with() -> Result<()> {
    let tenant = Tenant::open().await?;
    let typed = ["Google Ads", "google  ads", " GOOGLE\u{a0}ADS"];
    for (visitor, channel) in ["a", "b", "c"].into_iter().zip(typed) {
        let event = (
            visitor,
            "page_viewed",
            visitor,
            json!({ "channel": channel }),
        );
        tenant.capture(&[event]).await?;
    }
    let funnels = tenant.json("/v1/funnels").await?;
    let path = format!("/v1/funnels/{}", funnels["data"][0]["id"]);
    for channel in ["Google%20Ads", "google%20ads", "GOOGLE%20%20ADS"] {
        let results = tenant
            .json(&format!("{path}/results?breakdown={channel}"))
            .await?;
        assert_eq!(results["report"]["steps"][0]["persons"], 3, "{channel}");
        let people = tenant
            .json(&format!("{path}/people?breakdown={channel}"))
            .await?;
        assert_eq!(
            people["data"].as_array().map(Vec::len),
            Some(3),
            "{channel}"
        );
    }
    let body = json!({ "anonymous_id": "a", "traits": { "channel": "Google  Ads" } });
    let person = tenant.posted("/v1/identify", &body).await?;
    let id = person["person"].as_str().unwrap_or_default();
    let person = tenant.json(&format!("/v1/persons/{id}")).await?;
    assert_eq!(person["traits"]["channel"], "google ads");
    Ok(())
}
