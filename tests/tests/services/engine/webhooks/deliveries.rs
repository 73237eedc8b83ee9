//! From what happens to the receiver, and again when that is not sure.

use super::{Endpoint, LOCAL, Receiver, deliver, engine_with, local, move_a_deal, wait};
use anyhow::{Context, Result};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;
use tessera_engine::{
    automation::webhooks::Webhooks,
    work::{Worker, WorkerConfig},
};
use tessera_tests::eventually;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_moved_deal_is_sent_signed_and_listed() -> Result<()> {
    let (tenant, receiver) = (local().await?, Receiver::start().await?);
    let endpoint = Endpoint::at(&tenant, &receiver.url(), &["deal.moved"]).await?;
    let deal = move_a_deal(&tenant).await?;
    deliver(&tenant).await?;
    let received = receiver.received();
    assert_eq!(received.len(), 1);
    assert!(received[0].is_signed_with(&endpoint.secret)?);
    assert!(!received[0].is_signed_with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?);
    assert_eq!(received[0].header("content-type"), "application/json");
    assert!(!received[0].headers.contains_key("accept-encoding"));
    let message = received[0].json()?;
    assert_eq!(message["type"], "deal.moved");
    let data = &message["data"];
    assert_eq!(
        (&data["deal"], &data["person"]),
        (&deal["id"], &deal["person"])
    );
    assert_eq!(
        (&data["from"], &data["to"]),
        (&json!("new"), &json!("qualified"))
    );

    let latest = endpoint.latest(&tenant).await?;
    assert_eq!(latest["message"], message);
    assert_eq!(latest["delivery"]["status"], "delivered");
    assert_eq!(
        latest["delivery"]["message_id"],
        received[0].header("webhook-id")
    );
    assert_eq!(latest["attempts"][0]["status_code"], 204);
    assert_eq!(latest["attempts"][0]["error"], Value::Null);
    deliver(&tenant).await?;
    assert_eq!(receiver.received().len(), 1, "nothing is sent twice");
    Ok(())
}

#[tokio::test]
async fn what_was_rolled_back_is_not_sent() -> Result<()> {
    let (tenant, receiver) = (local().await?, Receiver::start().await?);
    let endpoint = Endpoint::at(&tenant, &receiver.url(), &["deal.moved"]).await?;
    let deal = move_a_deal(&tenant).await?;
    deliver(&tenant).await?;
    let path = format!(
        "/v1/deals/{}/transition",
        deal["id"].as_str().context("an id")?
    );
    tenant
        .post(&path, &json!({ "to": "new" }))
        .await?
        .refusal(&path, StatusCode::CONFLICT)?;
    deliver(&tenant).await?;
    assert_eq!(endpoint.deliveries(&tenant).await?.len(), 1);
    Ok(())
}

/// The receiver has the message; we are gone before we have noted it.
#[tokio::test]
async fn a_worker_that_is_killed_before_it_notes_the_answer_sends_again_under_the_same_id()
-> Result<()> {
    let (tenant, receiver) = (local().await?, Receiver::start().await?);
    let endpoint = Endpoint::at(&tenant, &receiver.url(), &["deal.moved"]).await?;
    move_a_deal(&tenant).await?;
    let mut held = tenant.api.mirror.begin().await?;
    sqlx::query("select from engine.webhook_endpoint for update")
        .execute(&mut *held)
        .await?;
    let engine = engine_with(&tenant, Webhooks::new(LOCAL));
    let worker = Worker::new(engine, WorkerConfig::default());
    let running = tokio::spawn(worker.run(CancellationToken::new()));
    let waits = async || {
        // It has asked for the endpoint that is held, so it has the answer.
        let waiting = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'
                         and query like '%for no key update%'";
        let waiting: i64 = sqlx::query_scalar(waiting)
            .fetch_one(&tenant.api.mirror)
            .await?;
        Ok((waiting > 0)
            .then_some(())
            .ok_or("it has not answered".to_owned()))
    };
    eventually(PATIENCE, waits).await?;
    running.abort();
    assert!(running.await.is_err_and(|error| error.is_cancelled()));
    held.rollback().await?;
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(
        endpoint.latest(&tenant).await?["delivery"]["status"],
        "pending"
    );

    wait(&tenant).await?;
    deliver(&tenant).await?;
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!(
        received[0].header("webhook-id"),
        received[1].header("webhook-id")
    );
    assert_eq!(received[0].body, received[1].body);
    assert!(received[1].is_signed_with(&endpoint.secret)?);
    assert_eq!(
        endpoint.latest(&tenant).await?["delivery"]["status"],
        "delivered"
    );
    Ok(())
}

#[tokio::test]
async fn a_replayed_message_comes_again_under_its_id() -> Result<()> {
    let (tenant, receiver) = (local().await?, Receiver::start().await?);
    let endpoint = Endpoint::at(&tenant, &receiver.url(), &["deal.moved"]).await?;
    move_a_deal(&tenant).await?;
    deliver(&tenant).await?;
    let latest = endpoint.latest(&tenant).await?;
    let id = latest["delivery"]["id"].as_str().context("an id")?;
    let path = format!("{}/deliveries/{id}/replay", endpoint.path);
    let answer = tenant.post(&path, &json!({})).await?;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    deliver(&tenant).await?;
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!(
        received[0].header("webhook-id"),
        received[1].header("webhook-id")
    );
    let latest = endpoint.latest(&tenant).await?;
    assert_eq!(latest["attempts"].as_array().map(Vec::len), Some(2));

    let absent = format!("{}/deliveries/{}/replay", endpoint.path, uuid::Uuid::nil());
    tenant
        .post(&absent, &json!({}))
        .await?
        .refusal(&absent, StatusCode::NOT_FOUND)?;
    tenant
        .call(
            axum::http::Method::PATCH,
            &endpoint.path,
            Some(&json!({ "enabled": false })),
        )
        .await?;
    tenant
        .post(&path, &json!({}))
        .await?
        .refusal(&path, StatusCode::CONFLICT)?;
    Ok(())
}

#[tokio::test]
async fn messages_are_listed_by_status_newest_first_a_page_at_a_time() -> Result<()> {
    let (tenant, receiver) = (local().await?, Receiver::start().await?);
    let endpoint = Endpoint::at(&tenant, &receiver.url(), &["deal.moved"]).await?;
    for _ in 0..3 {
        move_a_deal(&tenant).await?;
    }
    deliver(&tenant).await?;
    move_a_deal(&tenant).await?;
    let list = format!("{}/deliveries", endpoint.path);
    let ids = |page: &Value| -> Vec<String> {
        let rows = page["data"].as_array().into_iter().flatten();
        rows.filter_map(|row| row["id"].as_str().map(str::to_owned))
            .collect()
    };
    let pending = tenant.json(&format!("{list}?status=pending")).await?;
    assert_eq!(ids(&pending).len(), 1);
    let all = ids(&tenant.json(&list).await?);
    assert_eq!(all.len(), 4);
    assert_eq!(all[0], ids(&pending)[0]);
    let first = tenant
        .json(&format!("{list}?status=delivered&limit=2"))
        .await?;
    let next = first["next_cursor"].as_str().context("a cursor")?;
    let second = tenant
        .json(&format!("{list}?status=delivered&limit=2&cursor={next}"))
        .await?;
    assert_eq!([ids(&first), ids(&second)].concat(), all[1..]);
    let path = format!("{list}?status=lost");
    tenant
        .get(&path)
        .await?
        .refusal(&path, StatusCode::BAD_REQUEST)?;
    Ok(())
}
