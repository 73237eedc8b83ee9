//! How much a person is sent, when, and from which address.

use crate::support::{
    mail::{
        Relay, deliver, hurry, marketing, message, outcome, person, publish, send, sender, template,
    },
    tenant::Tenant,
};
use anyhow::{Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

async fn set_up() -> Result<(Tenant, Relay)> {
    let tenant = Tenant::open().await?;
    sender(&tenant).await?;
    publish(&tenant, &marketing("news")).await?;
    publish(&tenant, &template("receipt", json!({}))).await?;
    Ok((tenant, Relay::start().await?))
}

async fn policy(tenant: &Tenant, policy: Value) -> Result<()> {
    let path = "/v1/delivery-policy";
    let put = tenant.call(Method::PUT, path, Some(&policy)).await?;
    ensure!(put.status == StatusCode::NO_CONTENT, "{put:?}");
    Ok(())
}

#[tokio::test]
async fn a_policy_that_breaks_a_rule_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/delivery-policy";
    for (field, body) in [
        (
            "caps[0].days",
            json!({ "caps": [{ "days": 0, "most": 1 }] }),
        ),
        (
            "caps[0].most",
            json!({ "caps": [{ "days": 7, "most": 0 }] }),
        ),
        (
            "quiet_hours.until",
            json!({ "quiet_hours": { "from": "21:00", "until": "21:00", "zone": "UTC" } }),
        ),
        (
            "quiet_hours.zone",
            json!({ "quiet_hours": { "from": "21:00", "until": "08:00", "zone": "Mars/Olympus" } }),
        ),
        (
            "warm_up.growth_percent",
            json!({ "warm_up": { "first_day": 5, "growth_percent": 0 } }),
        ),
    ] {
        let refused = tenant.call(Method::PUT, path, Some(&body)).await?;
        let problem = refused.refusal(path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    Ok(())
}

#[tokio::test]
async fn nobody_gets_more_marketing_than_the_policy_allows() -> Result<()> {
    let (tenant, relay) = set_up().await?;
    policy(&tenant, json!({ "caps": [{ "days": 7, "most": 2 }] })).await?;
    let ada = person(&tenant, "ada@example.com", json!({})).await?;
    // Three in one page.
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(send(&tenant, &ada, "news").await?);
    }
    let receipt = send(&tenant, &ada, "receipt").await?;
    deliver(&relay.engine(&tenant)?).await?;
    let capped = ("failed".to_owned(), "capped".to_owned());
    assert_eq!(outcome(&tenant, &ids[2]).await?, capped);
    assert_eq!(outcome(&tenant, &ids[1]).await?.0, "sent");
    assert_eq!(outcome(&tenant, &receipt).await?.0, "sent");
    // And one in the next.
    let later = send(&tenant, &ada, "news").await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &later).await?, capped);
    sqlx::query("update engine.outbound_message set sent_at = now() - interval '8 days'")
        .execute(&tenant.api.mirror)
        .await?;
    let week_after = send(&tenant, &ada, "news").await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &week_after).await?.0, "sent");
    Ok(())
}

#[tokio::test]
async fn marketing_waits_for_the_persons_quiet_hours_to_end() -> Result<()> {
    let (tenant, relay) = set_up().await?;
    // All day but for a minute that is not now, wherever the clocks of UTC stand.
    let minute = chrono::Utc::now() - chrono::TimeDelta::hours(3);
    let until = minute.format("%H:%M").to_string();
    let from = (minute + chrono::TimeDelta::minutes(1))
        .format("%H:%M")
        .to_string();
    let quiet = json!({ "quiet_hours": { "from": from, "until": until, "zone": "UTC" } });
    policy(&tenant, quiet).await?;
    let ada = person(&tenant, "ada@example.com", json!({})).await?;
    let news = send(&tenant, &ada, "news").await?;
    let receipt = send(&tenant, &ada, "receipt").await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(
        outcome(&tenant, &news).await?,
        ("intended".to_owned(), "quiet_hours".to_owned())
    );
    assert_eq!(outcome(&tenant, &receipt).await?.0, "sent");
    let due = message(&tenant, &news).await?["due_at"].to_string();
    assert!(due.contains(&format!("T{until}:00")), "{due}");
    policy(&tenant, json!({})).await?;
    hurry(&tenant).await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &news).await?.0, "sent");
    Ok(())
}

#[tokio::test]
async fn a_new_sender_begins_with_few_mails() -> Result<()> {
    let (tenant, relay) = set_up().await?;
    policy(
        &tenant,
        json!({ "warm_up": { "first_day": 2, "growth_percent": 100 } }),
    )
    .await?;
    let ada = person(&tenant, "ada@example.com", json!({})).await?;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(send(&tenant, &ada, "receipt").await?);
    }
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &ids[1]).await?.0, "sent");
    assert_eq!(
        outcome(&tenant, &ids[2]).await?,
        ("intended".to_owned(), "warm_up".to_owned())
    );
    hurry(&tenant).await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &ids[2]).await?.1, "warm_up");
    Ok(())
}

#[tokio::test]
async fn only_a_proved_address_is_written_to() -> Result<()> {
    let (tenant, relay) = set_up().await?;
    let known = json!({ "user_id": "u1", "traits": { "email": "claimed@example.com" } });
    let known = tenant.posted("/v1/identify", &known).await?;
    let nothing = tenant
        .posted("/v1/identify", &json!({ "user_id": "u2" }))
        .await?;
    let mut ids = Vec::new();
    for person in [&known["person"], &nothing["person"]] {
        let person = person.as_str().unwrap_or_default();
        ids.push(send(&tenant, person, "receipt").await?);
    }
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &ids[0]).await?.1, "not_proved");
    assert_eq!(outcome(&tenant, &ids[1]).await?.1, "no_address");
    assert_eq!(relay.mails()?.len(), 0);
    // The address that is proved is the one that is kept, whatever else is stated with it.
    let proved = json!({ "user_id": "u1", "email": "Ada@example.com",
                         "traits": { "email": "claimed@example.com" } });
    tenant.posted("/v1/identify", &proved).await?;
    let person = known["person"].as_str().unwrap_or_default();
    let id = send(&tenant, person, "receipt").await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &id).await?.0, "sent");
    assert!(relay.mail()?.contains("To: ada@example.com"));
    Ok(())
}

#[tokio::test]
async fn without_a_sender_no_mail_goes_out() -> Result<()> {
    let tenant = Tenant::open().await?;
    let relay = Relay::start().await?;
    tenant.api.get("/v1/mail-sender").await?;
    publish(&tenant, &template("receipt", json!({}))).await?;
    let ada = person(&tenant, "ada@example.com", json!({})).await?;
    let id = send(&tenant, &ada, "receipt").await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(
        outcome(&tenant, &id).await?,
        ("failed".to_owned(), "no_sender".to_owned())
    );
    Ok(())
}

#[tokio::test]
async fn the_key_that_signs_is_sealed_and_its_record_shown() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/mail-sender";
    tenant
        .get(path)
        .await?
        .refusal(path, StatusCode::NOT_FOUND)?;
    let bad = json!({ "from_name": "Hashrate\r\nBcc: x", "from_address": "news@hashrate.example" });
    let refused = tenant.call(Method::PUT, path, Some(&bad)).await?;
    let problem = refused.refusal(path, StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "from_name", "{problem}");
    sender(&tenant).await?;
    let shown = tenant.json(path).await?;
    assert_eq!(shown["dkim"]["name"], "tessera._domainkey.hashrate.example");
    let record = shown["dkim"]["value"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(record.starts_with("v=DKIM1; k=rsa; p=MII"), "{record}");
    // The same domain keeps its key, another one gets another.
    let renamed = json!({ "from_name": "Other", "from_address": "hello@hashrate.example" });
    tenant.call(Method::PUT, path, Some(&renamed)).await?;
    assert_eq!(tenant.json(path).await?["dkim"]["value"], record);
    let stored: String =
        sqlx::query_scalar("select encode(dkim_key, 'escape') from engine.mail_sender")
            .fetch_one(&tenant.api.mirror)
            .await?;
    assert!(!stored.contains("PRIVATE KEY"));
    Ok(())
}
