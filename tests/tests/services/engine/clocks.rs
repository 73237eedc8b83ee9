//! Devices whose clocks are off, through the API.

use crate::support::{people::ago, tenant::Tenant};
use anyhow::{Result, ensure};
use axum::http::StatusCode;
use serde_json::{Value, json};
use tessera_domain::time::Timestamp;

/// An hour ahead.
const AHEAD: i64 = 3_600;

fn event(id: &str, timestamp: Timestamp) -> Value {
    json!({ "message_id": id, "event": "page_viewed", "anonymous_id": "v", "timestamp": timestamp })
}

/// How long ago a message's event happened, in seconds.
async fn age(tenant: &Tenant, message: &str) -> Result<f64> {
    Ok(sqlx::query_scalar(
        "select extract(epoch from now() - at)::float8 from engine.event where message_key = $1",
    )
    .bind(tessera_domain::capture::message_key(message))
    .fetch_one(&tenant.api.mirror)
    .await?)
}

#[tokio::test]
async fn a_batch_whose_moment_of_sending_is_none_is_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/events/batch";
    for wrong in [json!("yesterday"), json!(1_769_860_800)] {
        let body = json!({ "sent_at": wrong, "events": [event("m1", ago(0))] });
        let problem = tenant.post(path, &body).await?;
        let problem = problem.refusal(path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], "sent_at", "{problem}");
    }
    Ok(())
}

#[tokio::test]
async fn what_a_clock_that_is_off_says_is_corrected_for_the_batch_and_for_the_item() -> Result<()> {
    let tenant = Tenant::open().await?;
    // By these devices it happened 20 s before it was sent.
    let mut own = event("own", ago(7_200 + 20));
    own["sent_at"] = json!(ago(7_200));
    let batch = json!({ "sent_at": ago(-AHEAD), "events": [event("batch", ago(20 - AHEAD)), own] });
    let answer = tenant.posted("/v1/events/batch", &batch).await?;
    assert_eq!(answer["accepted"], 2, "{answer}");
    let mut one = event("one", ago(20 - AHEAD));
    one["sent_at"] = json!(ago(-AHEAD));
    assert_eq!(
        tenant.posted("/v1/events", &one).await?["status"],
        "accepted"
    );
    for message in ["batch", "own", "one"] {
        let age = age(&tenant, message).await?;
        ensure!((15.0..60.0).contains(&age), "{message}: {age} s");
    }
    // The same message, sent again a moment later.
    one["sent_at"] = json!(ago(-AHEAD - 1));
    assert_eq!(
        tenant.posted("/v1/events", &one).await?["status"],
        "duplicate"
    );
    Ok(())
}
