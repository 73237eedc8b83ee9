//! What mail servers answer, what they do not, and what becomes of a message then.

use crate::support::{
    mail::{
        Relay, deliver, history, hurry, message, outcome, person, publish, send, sender, template,
    },
    tenant::Tenant,
};
use anyhow::{Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::json;
use std::time::Duration;
use tessera_engine::work::{Worker, WorkerConfig};
use tessera_tests::eventually;

/// A tenant with a sender, a template of this name, and a relay.
async fn set_up(on_uncertain: &str) -> Result<(Tenant, Relay)> {
    let tenant = Tenant::open().await?;
    sender(&tenant).await?;
    let more = json!({ "on_uncertain": on_uncertain });
    publish(&tenant, &template("welcome", more)).await?;
    Ok((tenant, Relay::start().await?))
}

#[tokio::test]
async fn an_address_without_a_mailbox_gets_nothing_more() -> Result<()> {
    let (tenant, relay) = set_up("resend").await?;
    let engine = relay.engine(&tenant)?;
    // The server answers 550 without a code of its own for the first, and 5.1.1 for the second.
    let refused = person(&tenant, "rcpt-550@example.com", json!({})).await?;
    let id = send(&tenant, &refused, "welcome").await?;
    deliver(&engine).await?;
    assert_eq!(
        outcome(&tenant, &id).await?,
        ("failed".to_owned(), "refused".to_owned())
    );
    assert_eq!(tenant.json("/v1/suppressions").await?["data"], json!([]));
    Ok(())
}

#[tokio::test]
async fn what_a_server_takes_later_is_tried_again_and_given_up_after_three_days() -> Result<()> {
    let (tenant, relay) = set_up("resend").await?;
    let engine = relay.engine(&tenant)?;
    let busy = person(&tenant, "rcpt-451@example.com", json!({})).await?;
    let id = send(&tenant, &busy, "welcome").await?;
    deliver(&engine).await?;
    assert_eq!(
        outcome(&tenant, &id).await?,
        ("intended".to_owned(), "deferred".to_owned())
    );
    let waiting = message(&tenant, &id).await?;
    assert!(
        waiting["due_at"].as_str() > waiting["created_at"].as_str(),
        "{waiting}"
    );
    hurry(&tenant).await?;
    deliver(&engine).await?;
    assert_eq!(message(&tenant, &id).await?["attempts"], 2);
    sqlx::query("update engine.outbound_message set first_due_at = now() - interval '3 days'")
        .execute(&tenant.api.mirror)
        .await?;
    hurry(&tenant).await?;
    deliver(&engine).await?;
    assert_eq!(
        outcome(&tenant, &id).await?,
        ("failed".to_owned(), "expired".to_owned())
    );
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_away_costs_no_message() -> Result<()> {
    let (tenant, relay) = set_up("resend").await?;
    let ada = person(&tenant, "ada@example.com", json!({})).await?;
    let id = send(&tenant, &ada, "welcome").await?;
    // Nobody listens at port 1.
    deliver(&relay.engine_to(&tenant, 1)?).await?;
    assert_eq!(
        outcome(&tenant, &id).await?,
        ("intended".to_owned(), "not_sent".to_owned())
    );
    hurry(&tenant).await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &id).await?.0, "sent");
    assert_eq!(relay.mails()?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_connection_that_breaks_behind_the_last_byte_is_uncertain_and_sent_again() -> Result<()> {
    let (tenant, relay) = set_up("resend").await?;
    let engine = relay.engine(&tenant)?;
    let lost = person(&tenant, "kept-drop@example.com", json!({})).await?;
    let id = send(&tenant, &lost, "welcome").await?;
    deliver(&engine).await?;
    let expected = ["intended", "sending", "uncertain", "intended"];
    assert_eq!(history(&tenant, &id).await?, expected);
    for _ in 0..5 {
        hurry(&tenant).await?;
        deliver(&engine).await?;
    }
    // Not without end.
    assert_eq!(outcome(&tenant, &id).await?.0, "uncertain");
    let mails = relay.mails()?;
    assert_eq!(mails.len(), 3);
    let named = format!("Message-ID: <{id}@hashrate.example>");
    assert!(mails.iter().all(|mail| mail.contains(&named)));
    Ok(())
}

#[tokio::test]
async fn what_is_not_to_be_sent_twice_stays_uncertain_until_somebody_asks() -> Result<()> {
    let (tenant, relay) = set_up("drop").await?;
    let engine = relay.engine(&tenant)?;
    let lost = person(&tenant, "kept-drop@example.com", json!({})).await?;
    let id = send(&tenant, &lost, "welcome").await?;
    let path = format!("/v1/messages/{id}/resend");
    let early = tenant.call(Method::POST, &path, None).await?;
    early.refusal(&path, StatusCode::CONFLICT)?;
    deliver(&engine).await?;
    hurry(&tenant).await?;
    deliver(&engine).await?;
    assert_eq!(
        history(&tenant, &id).await?,
        ["intended", "sending", "uncertain"]
    );
    assert_eq!(relay.mails()?.len(), 1);
    let asked = tenant.call(Method::POST, &path, None).await?;
    assert_eq!(asked.status, StatusCode::NO_CONTENT);
    deliver(&engine).await?;
    assert_eq!(relay.mails()?.len(), 2);
    Ok(())
}

/// The worker is killed when the server has the mail and has not said so yet.
#[tokio::test]
async fn a_crash_between_acceptance_and_commit_leaves_an_uncertain_message() -> Result<()> {
    let (tenant, relay) = set_up("drop").await?;
    let engine = relay.engine(&tenant)?;
    let lost = person(&tenant, "kept-stall@example.com", json!({})).await?;
    let id = send(&tenant, &lost, "welcome").await?;
    let worker = Worker::new(engine.clone(), WorkerConfig::default());
    let working = tokio::spawn(async move { worker.drain().await });
    eventually(Duration::from_secs(60), async || {
        let taken = relay.mails()?.len();
        Ok(if taken == 1 {
            Ok(())
        } else {
            Err(format!("{taken} mails"))
        })
    })
    .await?;
    working.abort();
    let ended = working.await;
    ensure!(ended.is_err_and(|error| error.is_cancelled()));
    // Nobody knows yet, and nobody else touches it while it is claimed.
    assert_eq!(outcome(&tenant, &id).await?.0, "sending");
    sqlx::query("update engine.work set lease_until = now(), due_at = now() where kind = 'send'")
        .execute(&tenant.api.mirror)
        .await?;
    deliver(&engine).await?;
    assert_eq!(outcome(&tenant, &id).await?.0, "sending");
    sqlx::query("update engine.outbound_message set lease_until = now() where status = 'sending'")
        .execute(&tenant.api.mirror)
        .await?;
    hurry(&tenant).await?;
    deliver(&engine).await?;
    assert_eq!(
        outcome(&tenant, &id).await?,
        ("uncertain".to_owned(), "no_answer".to_owned())
    );
    assert_eq!(relay.mails()?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn who_comes_late_settles_nothing() -> Result<()> {
    let (tenant, relay) = set_up("drop").await?;
    let engine = relay.engine(&tenant)?;
    let slow = person(&tenant, "kept-stall@example.com", json!({})).await?;
    let id = send(&tenant, &slow, "welcome").await?;
    let worker = Worker::new(engine.clone(), WorkerConfig::default());
    let working = tokio::spawn(async move { worker.drain().await });
    eventually(Duration::from_secs(60), async || {
        let status = outcome(&tenant, &id).await?.0;
        Ok(if status == "sending" {
            Ok(())
        } else {
            Err(status)
        })
    })
    .await?;
    // Its claim is taken away while it waits for the server's answer, which never comes.
    sqlx::query(
        "update engine.outbound_message
         set status = 'failed', reason = 'refused', attempt = null, lease_until = null",
    )
    .execute(&tenant.api.mirror)
    .await?;
    working.await??;
    assert_eq!(
        outcome(&tenant, &id).await?,
        ("failed".to_owned(), "refused".to_owned())
    );
    Ok(())
}
