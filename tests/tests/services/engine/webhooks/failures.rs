//! Receivers that fail: asked again later and later, left alone, given up.

use super::{Endpoint, LOCAL, Receiver, deliver, engine_with, local, move_a_deal, wait};
use crate::support::tenant::Tenant;
use anyhow::Result;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use tessera_engine::{
    automation::webhooks::Webhooks,
    work::{Worker, WorkerConfig},
};
use tessera_tests::eventually;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(20);

/// Seconds from the last attempt at the only message to the next.
async fn pause(tenant: &Tenant) -> Result<f64> {
    let pause = "select extract(epoch from due_at - max(at))::float8
                 from engine.webhook_delivery join engine.webhook_attempt on delivery = id
                 group by due_at";
    Ok(sqlx::query_scalar(pause)
        .fetch_one(&tenant.api.mirror)
        .await?)
}

#[tokio::test]
async fn a_message_that_failed_comes_again_later_and_later_under_its_id() -> Result<()> {
    let (tenant, receiver) = (local().await?, Receiver::start().await?);
    let endpoint = Endpoint::at(&tenant, &receiver.url(), &["deal.moved"]).await?;
    move_a_deal(&tenant).await?;
    for least in [5.0, 300.0, 1_800.0] {
        receiver.answer(StatusCode::INTERNAL_SERVER_ERROR, &[], "no\0 room");
        deliver(&tenant).await?;
        let pause = pause(&tenant).await?;
        assert!(
            (least..=least * 1.1 + 5.0).contains(&pause),
            "{pause} after {least}"
        );
        let failing = endpoint.get(&tenant).await?;
        assert!(
            failing["failing_since"].is_string() && failing["enabled"] == true,
            "{failing}"
        );
        wait(&tenant).await?;
    }
    deliver(&tenant).await?;
    let received = receiver.received();
    assert_eq!(received.len(), 4);
    let id = received[0].header("webhook-id");
    assert!(id.starts_with("msg_"));
    for each in &received {
        assert_eq!(
            (each.header("webhook-id"), &each.body),
            (id, &received[0].body)
        );
        assert!(each.is_signed_with(&endpoint.secret)?);
    }
    let latest = endpoint.latest(&tenant).await?;
    assert_eq!(latest["delivery"]["status"], "delivered");
    assert_eq!(latest["delivery"]["attempts"], 4);
    assert_eq!(latest["attempts"][0]["status_code"], 500);
    assert_eq!(latest["attempts"][0]["response"], "no  room");
    assert_eq!(endpoint.get(&tenant).await?["failing_since"], Value::Null);
    Ok(())
}

#[tokio::test]
async fn a_receiver_that_asks_for_time_gets_it_within_bounds() -> Result<()> {
    let (tenant, receiver) = (local().await?, Receiver::start().await?);
    Endpoint::at(&tenant, &receiver.url(), &["deal.moved"]).await?;
    move_a_deal(&tenant).await?;
    for (asked, least) in [("600", 600.0), ("999999999", 86_400.0), ("soon", 1_800.0)] {
        let header = [("retry-after", asked)];
        receiver.answer(StatusCode::TOO_MANY_REQUESTS, &header, "");
        deliver(&tenant).await?;
        let pause = pause(&tenant).await?;
        assert!(
            (least..=least + 200.0).contains(&pause),
            "{pause} of {asked}"
        );
        wait(&tenant).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_receiver_that_is_gone_gets_nothing_more() -> Result<()> {
    let (tenant, receiver) = (local().await?, Receiver::start().await?);
    let endpoint = Endpoint::at(&tenant, &receiver.url(), &["deal.moved"]).await?;
    receiver.answer(StatusCode::GONE, &[], "");
    move_a_deal(&tenant).await?;
    deliver(&tenant).await?;
    let gone = endpoint.get(&tenant).await?;
    assert_eq!(gone["enabled"], false);
    assert_eq!(gone["disabled_reason"], "the receiver answered 410 Gone");
    assert_eq!(
        endpoint.latest(&tenant).await?["delivery"]["status"],
        "failed"
    );
    move_a_deal(&tenant).await?;
    deliver(&tenant).await?;
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(endpoint.deliveries(&tenant).await?.len(), 1);

    let enable = json!({ "enabled": true });
    tenant
        .call(Method::PATCH, &endpoint.path, Some(&enable))
        .await?;
    move_a_deal(&tenant).await?;
    deliver(&tenant).await?;
    assert_eq!(receiver.received().len(), 2);
    Ok(())
}

#[tokio::test]
async fn an_endpoint_that_fails_through_all_attempts_is_disabled_with_the_reason() -> Result<()> {
    let (tenant, receiver) = (local().await?, Receiver::start().await?);
    let endpoint = Endpoint::at(&tenant, &receiver.url(), &["deal.moved"]).await?;
    move_a_deal(&tenant).await?;
    for attempt in 1..=10 {
        receiver.answer(StatusCode::BAD_GATEWAY, &[], "");
        if attempt == 10 {
            move_a_deal(&tenant).await?;
            let days = "update engine.webhook_endpoint set failing_since = failing_since - interval '76 hours'";
            sqlx::query(days).execute(&tenant.api.mirror).await?;
        }
        wait(&tenant).await?;
        let oldest =
            "update engine.webhook_delivery set due_at = due_at - interval '1 s' where tries > 0";
        sqlx::query(oldest).execute(&tenant.api.mirror).await?;
        assert_eq!(endpoint.get(&tenant).await?["enabled"], true);
        deliver(&tenant).await?;
    }
    let dead = endpoint.get(&tenant).await?;
    assert_eq!(dead["enabled"], false);
    assert!(
        dead["disabled_reason"].to_string().contains("three days"),
        "{dead}"
    );
    let deliveries = endpoint.deliveries(&tenant).await?;
    let statuses: Vec<&Value> = deliveries.iter().map(|it| &it["status"]).collect();
    assert_eq!(statuses, ["cancelled", "failed"]);
    assert_eq!(receiver.received().len(), 10);
    Ok(())
}

#[tokio::test]
async fn a_failing_endpoint_is_asked_once_at_a_time_and_all_comes_when_it_is_back() -> Result<()> {
    let (tenant, receiver) = (local().await?, Receiver::start().await?);
    let endpoint = Endpoint::at(&tenant, &receiver.url(), &["deal.moved"]).await?;
    receiver.answer(StatusCode::SERVICE_UNAVAILABLE, &[], "");
    move_a_deal(&tenant).await?;
    deliver(&tenant).await?;
    receiver.answer(StatusCode::SERVICE_UNAVAILABLE, &[], "");
    for _ in 0..6 {
        move_a_deal(&tenant).await?;
    }
    deliver(&tenant).await?;
    assert_eq!(receiver.received().len(), 1, "it is left alone");
    wait(&tenant).await?;
    deliver(&tenant).await?;
    assert_eq!(receiver.received().len(), 2, "one shows whether it is back");
    wait(&tenant).await?;
    deliver(&tenant).await?;
    assert_eq!(receiver.received().len(), 9);
    let deliveries = endpoint.deliveries(&tenant).await?;
    assert!(deliveries.iter().all(|it| it["status"] == "delivered"));
    Ok(())
}

/// One never answers, one refuses connections, one is well.
#[tokio::test]
async fn a_slow_or_dead_endpoint_holds_up_no_other() -> Result<()> {
    let (tenant, receiver) = (local().await?, Receiver::start().await?);
    let silent = TcpListener::bind("127.0.0.1:0").await?;
    let closed = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let kinds = ["deal.moved"];
    let mut others = Vec::new();
    for _ in 0..9 {
        let url = format!("http://{}/", silent.local_addr()?);
        others.push(Endpoint::at(&tenant, &url, &kinds).await?);
    }
    others.push(Endpoint::at(&tenant, &format!("http://{closed}/"), &kinds).await?);
    let well = Endpoint::at(&tenant, &receiver.url(), &kinds).await?;
    for _ in 0..10 {
        move_a_deal(&tenant).await?;
    }
    let patient = super::WebhookConfig {
        timeout: Duration::from_secs(120),
        ..LOCAL
    };
    let engine = engine_with(&tenant, Webhooks::new(patient));
    let stop = CancellationToken::new();
    let worker = Worker::new(engine, WorkerConfig::default());
    let running = tokio::spawn(worker.run(stop.clone()));
    let all = async || {
        let deliveries = well.deliveries(&tenant).await?;
        let done = deliveries
            .iter()
            .filter(|it| it["status"] == "delivered")
            .count();
        Ok((done == 10)
            .then_some(())
            .ok_or(format!("{done} of 10 are delivered")))
    };
    eventually(PATIENCE, all).await?;
    let refused = async || {
        let latest = &others[9].deliveries(&tenant).await?;
        let tried = latest.iter().any(|it| it["attempts"] != 0);
        Ok(tried.then_some(()).ok_or("not tried".to_owned()))
    };
    eventually(PATIENCE, refused).await?;
    stop.cancel();
    running.await?;
    for silent in &others[..9] {
        let deliveries = silent.deliveries(&tenant).await?;
        assert!(deliveries.iter().all(|it| it["status"] == "pending"));
    }
    Ok(())
}
