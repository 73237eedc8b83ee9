//! Quotas: how much may be captured on a day, and who runs out of it.

use crate::{
    engine::capture::{gzip, send},
    support::{
        client::{Answer, Api, master_key},
        rows,
        tenant::{Tenant, call},
    },
};
use anyhow::Result;
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use std::sync::Arc;
use tessera_api::ApiConfig;
use tessera_domain::time::Timestamp;
use tessera_engine::{
    Actor, Caller, Engine,
    capture::{QuotaLimits, Quotas, count_against_quotas},
};
use tessera_store::capture::quota_use::Amount;
use uuid::Uuid;

const PATH: &str = "/v1/events/batch";

/// A page may send 10 events, and the organisation 30, of 10,000 bytes.
async fn limited() -> Result<Tenant> {
    let quotas = QuotaLimits {
        organisation: Amount {
            events: 30,
            bytes: 10_000,
        },
        page_key: Amount {
            events: 10,
            bytes: 10_000,
        },
    };
    let api = Api::start_limited(ApiConfig::default(), quotas).await?;
    Tenant::join(Arc::new(api), 1).await
}

/// `count` events of a series, each with a page's path of `length` characters.
fn batch(series: &str, count: usize, length: usize) -> Value {
    let path = "x".repeat(length);
    let events: Vec<Value> = (0..count)
        .map(|n| {
            json!({ "message_id": format!("{series}-{n}"), "event": "page_viewed",
                "anonymous_id": "v", "properties": { "path": path } })
        })
        .collect();
    json!({ "events": events })
}

/// Refused until the next UTC day, for the quota of this name.
fn used_up(answer: &Answer, path: &str, quota: &str) -> Result<()> {
    let problem = answer.refusal(path, StatusCode::TOO_MANY_REQUESTS)?;
    assert_eq!(problem["type"], "urn:tessera:problem:quota-used-up");
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(
        detail.contains(&format!("quota of the {quota}")),
        "{detail}"
    );
    let wait: u64 = answer.header(header::RETRY_AFTER)?.parse()?;
    assert!((1..=86_400).contains(&wait), "{wait}");
    Ok(())
}

#[tokio::test]
async fn a_page_that_has_used_up_its_quota_leaves_the_servers_theirs() -> Result<()> {
    let tenant = limited().await?;
    let page = tenant.key("write").await?;
    let send = async |body: Value| call(&tenant.api, Method::POST, PATH, &page, Some(&body)).await;
    assert_eq!(send(batch("a", 8, 1)).await?.status, StatusCode::OK);
    // Refused items count too, and a batch is taken whole or not.
    let refused = json!({ "events": [7] });
    assert_eq!(
        send(refused.clone()).await?.status,
        StatusCode::MULTI_STATUS
    );
    used_up(&send(batch("b", 2, 1)).await?, PATH, "key")?;
    assert_eq!(
        send(refused.clone()).await?.status,
        StatusCode::MULTI_STATUS
    );
    used_up(&send(refused).await?, PATH, "key")?;
    let alias = json!({ "anonymous_id": "v", "user_id": "u" });
    let path = "/v1/alias";
    let identified = call(&tenant.api, Method::POST, path, &page, Some(&alias)).await?;
    used_up(&identified, path, "key")?;

    // What the page was refused is not counted against the organisation.
    assert_eq!(
        tenant.post(PATH, &batch("c", 20, 1)).await?.status,
        StatusCode::OK
    );
    used_up(
        &tenant.post(PATH, &batch("d", 1, 1)).await?,
        PATH,
        "organisation",
    )?;
    let other = tenant.key("write").await?;
    let body = batch("e", 1, 1);
    let answer = call(&tenant.api, Method::POST, PATH, &other, Some(&body)).await?;
    used_up(&answer, PATH, "organisation")?;
    let neighbour = Tenant::join(tenant.api.clone(), 2).await?;
    assert_eq!(neighbour.post(PATH, &body).await?.status, StatusCode::OK);
    let kept: i64 = sqlx::query_scalar("select count(*) from engine.event")
        .fetch_one(&tenant.api.mirror)
        .await?;
    assert_eq!(kept, 29);
    Ok(())
}

#[tokio::test]
async fn bytes_have_a_quota_of_their_own() -> Result<()> {
    let tenant = limited().await?;
    for series in ["a", "b", "c", "d"] {
        let answer = tenant.post(PATH, &batch(series, 1, 1_900)).await?;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }
    let answer = tenant.post(PATH, &batch("e", 1, 2_000)).await?;
    used_up(&answer, PATH, "organisation")?;
    assert_eq!(
        tenant.post(PATH, &batch("f", 1, 1)).await?.status,
        StatusCode::OK
    );
    Ok(())
}

#[tokio::test]
async fn packed_bytes_count_as_what_they_unpack_to() -> Result<()> {
    let tenant = limited().await?;
    let padded = format!("{}{}", json!({ "anonymous_id": "v" }), " ".repeat(3_000));
    let packed = gzip(padded.as_bytes())?;
    let length = packed.len().to_string();
    assert!(packed.len() < 200);
    let path = "/v1/identify";
    let gzipped = [("content-encoding", "gzip"), ("content-length", &length)];
    for turn in 0..4 {
        let answer = if turn % 2 == 0 {
            // In chunks, so that no length is announced.
            send(&tenant, path, &[], padded.clone().into_bytes()).await?
        } else {
            send(&tenant, path, &gzipped, packed.clone()).await?
        };
        if turn < 3 {
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        } else {
            used_up(&answer, path, "organisation")?;
        }
    }
    let path = "/v1/alias";
    let answer = send(&tenant, path, &[], padded.into_bytes()).await?;
    used_up(&answer, path, "organisation")
}

#[tokio::test]
async fn what_is_handed_out_at_midnight_is_of_its_own_day() -> Result<()> {
    let tenant = Tenant::open().await?;
    let organisation = tenant.organisation().await?;
    let limit = Amount {
        events: 2,
        bytes: 2,
    };
    let quotas = Quotas::new(QuotaLimits {
        organisation: limit,
        page_key: limit,
    });
    let engine = Engine {
        quotas: Arc::new(quotas),
        ..Engine::new(tenant.api.mirror.clone(), master_key(), None)
    };
    let caller = Caller {
        organisation,
        org: rows::key(rows::ORG, 1),
        actor: Actor::Key(Uuid::nil()),
        scopes: vec![],
    };
    let one = Amount {
        events: 1,
        bytes: 1,
    };
    // Requests that came before midnight and are counted after the first one of the new day.
    let midnight = Timestamp::from_secs(86_400 * 20_000);
    let (before, after) = (midnight.plus_secs(-1), midnight);
    let mut counted = Vec::new();
    for at in [after, before, before, before, after, after] {
        let answer = count_against_quotas(&engine, &caller, one, at).await;
        counted.push(answer.is_ok());
    }
    assert_eq!(counted, [true, true, true, false, true, false]);
    Ok(())
}

#[tokio::test]
async fn a_second_process_is_handed_what_is_left() -> Result<()> {
    let tenant = limited().await?;
    let organisation = tenant.organisation().await?;
    // Another process has been handed all but 5 events of this day.
    sqlx::query(
        "insert into engine.quota_use (organisation, holder, day, events, bytes)
         values ($1, 'organisation', extract(epoch from now())::bigint / 86400, 25, 0)",
    )
    .bind(organisation.0)
    .execute(&tenant.api.mirror)
    .await?;
    assert_eq!(
        tenant.post(PATH, &batch("a", 5, 1)).await?.status,
        StatusCode::OK
    );
    used_up(
        &tenant.post(PATH, &batch("b", 1, 1)).await?,
        PATH,
        "organisation",
    )
}
