//! Requests that are in each other's way: each is answered as if it had come alone, and none is
//! refused because another one was first.

use crate::support::{client::Api, tenant::Tenant};
use anyhow::{Result, ensure};
use axum::http::StatusCode;
use futures::future::try_join_all;
use serde_json::{Value, json};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};
use tessera_api::ApiConfig;
use tessera_engine::capture::QuotaLimits;
use tessera_store::capture::quota_use::Amount;

/// Senders that are at work at the same time.
const SENDERS: usize = 8;
/// Batches of each.
const BATCHES: usize = 6;

/// Sends what `batch` gives for each sender and number, those of a number at the same time.
async fn send_all(
    tenant: &Arc<Tenant>,
    path: &'static str,
    batch: impl Fn(usize, usize) -> Value + Clone + Send + 'static,
) -> Result<()> {
    for number in 0..BATCHES {
        let senders = (0..SENDERS).map(|sender| {
            let (tenant, batch) = (tenant.clone(), batch.clone());
            tokio::spawn(async move { tenant.post(path, &batch(sender, number)).await })
        });
        for answer in try_join_all(senders).await? {
            let answer = answer?;
            ensure!(answer.status == StatusCode::OK, "{number}: {answer:?}");
        }
    }
    Ok(())
}

async fn count(tenant: &Tenant, of: &'static str) -> Result<i64> {
    Ok(sqlx::query_scalar(of).fetch_one(&tenant.api.mirror).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_the_same_new_visitors_are_all_captured() -> Result<()> {
    let tenant = Arc::new(Tenant::open().await?);
    send_all(&tenant, "/v1/events/batch", |sender, number| {
        let item = |index: usize| {
            // Each batch has some of the number's visitors, and names some of these as users.
            let mut hasher = DefaultHasher::new();
            (sender, number, index).hash(&mut hasher);
            let visitor = hasher.finish() % 150;
            let mut item = json!({
                "message_id": format!("{sender}-{number}-{index}"),
                "event": "page_viewed",
                "anonymous_id": format!("v{number}-{visitor}"),
            });
            if visitor.is_multiple_of(3) && index % 2 == sender % 2 {
                item["user_id"] = json!(format!("u{number}-{visitor}"));
            }
            item
        };
        json!({ "events": (0..200).map(item).collect::<Vec<_>>() })
    })
    .await?;
    let all = i64::try_from(SENDERS * BATCHES * 200)?;
    assert_eq!(
        count(&tenant, "select count(*) from engine.event").await?,
        all
    );
    let people = "select count(distinct canonical) from engine.person";
    assert_eq!(count(&tenant, people).await?, i64::try_from(BATCHES * 150)?);
    let nobody = "select count(*) from engine.person
                  where not exists (select from engine.identifier where person = person.id)
                    and not exists (select from engine.event where person = person.id)";
    assert_eq!(count(&tenant, nobody).await?, 0);
    Ok(())
}

#[tokio::test]
async fn visitors_who_are_identified_by_several_at_the_same_time_become_one_each() -> Result<()> {
    let tenant = Arc::new(Tenant::open().await?);
    send_all(&tenant, "/v1/identify", |sender, number| {
        // The same user from every sender, in a browser of its own.
        json!({
            "anonymous_id": format!("browser-{sender}-{number}"),
            "user_id": format!("user-{number}"),
            "traits": { "country": "CH" },
        })
    })
    .await?;
    let people = "select count(distinct canonical) from engine.person";
    assert_eq!(count(&tenant, people).await?, i64::try_from(BATCHES)?);
    Ok(())
}

#[tokio::test]
async fn a_race_takes_of_a_quota_once() -> Result<()> {
    let enough = Amount {
        events: i64::try_from(SENDERS)?,
        bytes: 1_000_000,
    };
    let quotas = QuotaLimits {
        organisation: enough,
        page_key: enough,
    };
    let api = Api::start_limited(ApiConfig::default(), quotas).await?;
    let tenant = Tenant::join(Arc::new(api), 1).await?;
    let event = |sender: usize| json!({ "message_id": format!("m{sender}"), "event": "page_viewed", "anonymous_id": "v" });
    let events: Vec<Value> = (0..SENDERS).map(event).collect();
    let sent = events.iter().map(|event| tenant.post("/v1/events", event));
    for answer in try_join_all(sent).await? {
        ensure!(answer.status == StatusCode::OK, "{answer:?}");
    }
    let last = tenant.post("/v1/events", &event(SENDERS)).await?;
    last.refusal("/v1/events", StatusCode::TOO_MANY_REQUESTS)?;
    Ok(())
}
