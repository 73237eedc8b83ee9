//! How many mails an hour go to one recipient's domain.

use crate::support::{
    mail::{Relay, deliver, hurry, message, outcome, person, publish, send, sender, template},
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tessera_domain::time::Timestamp;
use tessera_engine::automation::messages::{NewIntent, intend};
use tessera_store::tenant;

async fn set_up(rates: Value) -> Result<(Tenant, Relay)> {
    let tenant = Tenant::open().await?;
    sender(&tenant).await?;
    publish(&tenant, &template("receipt", json!({}))).await?;
    let path = "/v1/delivery-policy";
    let body = json!({ "domain_rates": rates });
    let put = tenant.call(Method::PUT, path, Some(&body)).await?;
    ensure!(put.status == StatusCode::NO_CONTENT, "{put:?}");
    let kept = tenant.json(path).await?;
    ensure!(
        kept["domain_rates"]["per_hour"] == rates["per_hour"],
        "{kept}"
    );
    Ok((tenant, Relay::start().await?))
}

async fn due(tenant: &Tenant, id: &str) -> Result<DateTime<Utc>> {
    let message = message(tenant, id).await?;
    Ok(message["due_at"].as_str().context("a moment")?.parse()?)
}

fn waits() -> (String, String) {
    ("intended".to_owned(), "domain_rate".to_owned())
}

#[tokio::test]
async fn rates_that_break_a_rule_are_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/delivery-policy";
    for (field, rates) in [
        ("domain_rates.per_hour", json!({ "per_hour": 0 })),
        (
            "domain_rates.domains",
            json!({ "domains": { "Gmail.com": 1 } }),
        ),
        ("domain_rates.minutes", json!({ "minutes": 1 })),
    ] {
        let body = json!({ "domain_rates": rates });
        let refused = tenant.call(Method::PUT, path, Some(&body)).await?;
        let problem = refused.refusal(path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_over_waits_and_goes_when_an_hour_is_over() -> Result<()> {
    let rates = json!({ "per_hour": 2, "domains": { "wide.example": 3 } });
    let (tenant, relay) = set_up(rates).await?;
    let ada = person(&tenant, "ada@narrow.example", json!({})).await?;
    let bob = person(&tenant, "bob@wide.example", json!({})).await?;
    let (mut narrow, mut wide) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        narrow.push(send(&tenant, &ada, "receipt").await?);
        wide.push(send(&tenant, &bob, "receipt").await?);
    }
    deliver(&relay.engine(&tenant)?).await?;
    for (ids, sent) in [(&narrow, 2), (&wide, 3)] {
        for id in &ids[..sent] {
            assert_eq!(outcome(&tenant, id).await?.0, "sent");
        }
        for id in &ids[sent..] {
            assert_eq!(outcome(&tenant, id).await?, waits());
        }
    }
    // Each gets a turn of its own, an hour after what makes room for it.
    let (first, second) = (
        due(&tenant, &narrow[2]).await?,
        due(&tenant, &narrow[3]).await?,
    );
    assert_eq!(second - first, TimeDelta::minutes(30));
    let left = first - Utc::now();
    assert!(
        left > TimeDelta::minutes(58) && left <= TimeDelta::minutes(60),
        "{left}"
    );
    // Looked at too early, they wait on.
    hurry(&tenant).await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &narrow[2]).await?, waits());
    sqlx::query("update engine.outbound_message set claimed_at = claimed_at - interval '1 hour'")
        .execute(&tenant.api.mirror)
        .await?;
    hurry(&tenant).await?;
    deliver(&relay.engine(&tenant)?).await?;
    for id in narrow.iter().chain(&wide) {
        assert_eq!(outcome(&tenant, id).await?.0, "sent");
    }
    assert_eq!(relay.mails()?.len(), 8);
    Ok(())
}

#[tokio::test]
async fn what_waited_for_two_weeks_waits_no_longer() -> Result<()> {
    let (tenant, relay) = set_up(json!({ "per_hour": 1 })).await?;
    let ada = person(&tenant, "ada@narrow.example", json!({})).await?;
    send(&tenant, &ada, "receipt").await?;
    let later = send(&tenant, &ada, "receipt").await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &later).await?, waits());
    sqlx::query(
        "update engine.outbound_message set first_due_at = first_due_at - interval '14 days'",
    )
    .execute(&tenant.api.mirror)
    .await?;
    hurry(&tenant).await?;
    deliver(&relay.engine(&tenant)?).await?;
    let expired = ("failed".to_owned(), "expired".to_owned());
    assert_eq!(outcome(&tenant, &later).await?, expired);
    Ok(())
}

#[tokio::test]
async fn five_hundred_mails_to_a_slow_domain_delay_no_other() -> Result<()> {
    let (tenant, relay) = set_up(json!({ "domains": { "slow.example": 1 } })).await?;
    let urgent = template("code", json!({ "priority": 9 }));
    publish(&tenant, &urgent).await?;
    let ada = person(&tenant, "ada@slow.example", json!({})).await?;
    let bob = person(&tenant, "bob@fast.example", json!({})).await?;
    let organisation = tenant.organisation().await?;
    let engine = relay.engine(&tenant)?;
    let mut transaction = tenant::begin(&tenant.api.mirror, organisation).await?;
    for number in 0..500 {
        let new = NewIntent {
            person: ada.parse()?,
            template: "receipt",
            cause: &format!("backlog:{number}"),
            run: None,
            context: json!({}),
            due_at: Timestamp::from(Utc::now()),
        };
        intend(&engine, &mut transaction, organisation, &new).await?;
    }
    transaction.commit().await?;
    let other = send(&tenant, &bob, "receipt").await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &other).await?.0, "sent");
    let counted: Vec<(String, Option<String>, i64, i64)> = sqlx::query_as(
        "select status, reason, count(*), count(distinct due_at) from engine.outbound_message
         where cause like 'backlog:%' group by status, reason order by 3",
    )
    .fetch_all(&tenant.api.mirror)
    .await?;
    let waiting = (
        "intended".to_owned(),
        Some("domain_rate".to_owned()),
        499,
        499,
    );
    assert_eq!(counted, [("sent".to_owned(), None, 1, 1), waiting]);
    // Each was looked at a single time, and is looked at again when its turn comes.
    let looks: i64 = sqlx::query_scalar(
        "select count(*) from engine.message_transition where reason = 'domain_rate'",
    )
    .fetch_one(&tenant.api.mirror)
    .await?;
    assert_eq!(looks, 499);
    // What is urgent waits for the domain, but behind nothing that is less so.
    let code = send(&tenant, &ada, "code").await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &code).await?, waits());
    let least: DateTime<Utc> = sqlx::query_scalar(
        "select min(due_at) from engine.outbound_message where cause like 'backlog:%' and status = 'intended'",
    )
    .fetch_one(&tenant.api.mirror)
    .await?;
    assert!(due(&tenant, &code).await? <= least);
    Ok(())
}

#[tokio::test]
async fn no_domain_is_stored_in_the_clear() -> Result<()> {
    let (tenant, relay) = set_up(json!({ "per_hour": 1 })).await?;
    let ada = person(&tenant, "ada@lovelace.example", json!({})).await?;
    for _ in 0..2 {
        send(&tenant, &ada, "receipt").await?;
    }
    deliver(&relay.engine(&tenant)?).await?;
    let rows: Vec<(String, i32)> = sqlx::query_as(
        "select to_jsonb(outbound_message)::text, octet_length(domain) from engine.outbound_message",
    )
    .fetch_all(&tenant.api.mirror)
    .await?;
    assert_eq!(rows.len(), 2);
    let plain = hex("lovelace.example");
    for (row, length) in rows {
        assert_eq!(length, 32);
        assert!(!row.contains("lovelace") && !row.contains(&plain), "{row}");
    }
    Ok(())
}

fn hex(text: &str) -> String {
    text.bytes().map(|it| format!("{it:02x}")).collect()
}
