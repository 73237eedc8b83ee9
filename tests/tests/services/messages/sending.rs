//! From a template to a mail in a mailbox.

use crate::support::{
    mail::{
        PUBLIC_URL, Relay, deliver, history, marketing, message, outcome, person, publish, send,
        sender, template, token,
    },
    tenant::{Tenant, call},
};
use anyhow::{Context, Result};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::json;
use tessera_store::automation::outbox;

#[tokio::test]
async fn what_cannot_be_sent_is_refused_by_name() -> Result<()> {
    let tenant = Tenant::open().await?;
    let ada = person(&tenant, "ada@example.com", json!({})).await?;
    let path = "/v1/messages";
    let absent = json!({ "person": ada, "template": "welcome" });
    let refused = tenant.post(path, &absent).await?;
    refused.refusal(path, StatusCode::NOT_FOUND)?;
    tenant
        .posted("/v1/templates", &template("welcome", json!({})))
        .await?;
    // A draft is not in force.
    let refused = tenant.post(path, &absent).await?;
    refused.refusal(path, StatusCode::NOT_FOUND)?;
    publish(&tenant, &template("welcome", json!({}))).await?;
    let personal =
        json!({ "person": ada, "template": "welcome", "event": { "email": "x@example.com" } });
    let refused = tenant.post(path, &personal).await?;
    refused.refusal(path, StatusCode::BAD_REQUEST)?;
    let reader = tenant.key("read").await?;
    let body = json!({ "person": ada, "template": "welcome" });
    let refused = call(&tenant.api, Method::POST, path, &reader, Some(&body)).await?;
    refused.refusal(path, StatusCode::FORBIDDEN)?;
    Ok(())
}

#[tokio::test]
async fn a_message_is_filled_in_signed_sent_and_known_to_be_sent() -> Result<()> {
    let tenant = Tenant::open().await?;
    let relay = Relay::start().await?;
    sender(&tenant).await?;
    publish(&tenant, &template("welcome", json!({}))).await?;
    let ada = person(
        &tenant,
        "ada@example.com",
        json!({ "first_name": "Ada <b>" }),
    )
    .await?;
    let id = send(&tenant, &ada, "welcome").await?;
    assert_eq!(history(&tenant, &id).await?, ["intended"]);
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(
        history(&tenant, &id).await?,
        ["intended", "sending", "sent"]
    );
    let sent = message(&tenant, &id).await?;
    assert_eq!(
        (&sent["attempts"], &sent["template"]),
        (&json!(1), &json!("welcome"))
    );
    assert!(
        sent["sent_at"].is_string() && sent["response"].is_string(),
        "{sent}"
    );
    let mail = relay.mail()?;
    for part in [
        "To: ada@example.com",
        "Subject: Hello Ada <b>",
        "Dear Ada <b>, read on",
        "<p>Dear Ada &lt;b&gt;</p>",
        "DKIM-Signature:",
        "d=hashrate.example",
        &format!("Message-ID: <{id}@hashrate.example>"),
        "Auto-Submitted: auto-generated",
    ] {
        assert!(mail.contains(part), "{part} in {mail}");
    }
    // Service mail cannot be refused.
    assert!(!mail.contains("\nList-Unsubscribe"), "{mail}");
    // What was sent is an event of the person.
    let timeline = tenant.json(&format!("/v1/persons/{ada}/timeline")).await?;
    assert_eq!(timeline["data"][0]["event"], "email_sent", "{timeline}");
    // Nothing more is due.
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(relay.mails()?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn marketing_says_how_to_stop_it() -> Result<()> {
    let tenant = Tenant::open().await?;
    let relay = Relay::start().await?;
    sender(&tenant).await?;
    publish(&tenant, &marketing("news")).await?;
    let ada = person(&tenant, "ada@example.com", json!({})).await?;
    send(&tenant, &ada, "news").await?;
    deliver(&relay.engine(&tenant)?).await?;
    let mail = relay.mail()?;
    let stop = token(&mail, &format!("{PUBLIC_URL}/u/"))?;
    assert!(
        mail.contains(&format!("List-Unsubscribe: <{PUBLIC_URL}/u/{stop}>")),
        "{mail}"
    );
    assert!(
        mail.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
        "{mail}"
    );
    let stored: bool = sqlx::query_scalar(
        "select exists (select from engine.message_token where encode(digest, 'hex') = $1
                        or encode(digest, 'escape') like '%' || $1 || '%')",
    )
    .bind(&stop)
    .fetch_one(&tenant.api.mirror)
    .await?;
    assert!(!stored, "only digests are stored");
    Ok(())
}

#[tokio::test]
async fn no_trait_brings_another_header_in() -> Result<()> {
    let tenant = Tenant::open().await?;
    let relay = Relay::start().await?;
    sender(&tenant).await?;
    publish(&tenant, &template("welcome", json!({}))).await?;
    let name = "Ada\r\nBcc: mallory at example.com\r\n\r\nGive me your keys";
    let ada = person(&tenant, "ada@example.com", json!({ "first_name": name })).await?;
    let id = send(&tenant, &ada, "welcome").await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &id).await?.0, "sent");
    let mail = relay.mail()?;
    let (headers, _) = mail.split_once("\r\n\r\n").context("a body")?;
    assert!(
        !headers.lines().any(|line| line.starts_with("Bcc")),
        "{headers}"
    );
    Ok(())
}

#[tokio::test]
async fn the_same_order_is_sent_once() -> Result<()> {
    let tenant = Tenant::open().await?;
    let relay = Relay::start().await?;
    sender(&tenant).await?;
    publish(&tenant, &template("welcome", json!({}))).await?;
    let ada = person(&tenant, "ada@example.com", json!({})).await?;
    let body = json!({ "person": ada, "template": "welcome" }).to_string();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let request = Request::post("/v1/messages")
            .header(
                header::AUTHORIZATION,
                format!("Bearer {}", tenant.admin_key),
            )
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "order-17")
            .body(Body::from(body.clone()))?;
        ids.push(tenant.api.send(request).await?.json()?["id"].clone());
        // What was answered is forgotten; the cause is not.
        sqlx::query("delete from engine.idempotency")
            .execute(&tenant.api.mirror)
            .await?;
        deliver(&relay.engine(&tenant)?).await?;
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(relay.mails()?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn higher_priorities_go_first() -> Result<()> {
    let tenant = Tenant::open().await?;
    let ada = person(&tenant, "ada@example.com", json!({})).await?;
    for (name, priority) in [("low", 1), ("high", 9), ("middle", 5)] {
        publish(&tenant, &template(name, json!({ "priority": priority }))).await?;
        send(&tenant, &ada, name).await?;
    }
    let organisation = tenant.organisation().await?;
    let mut transaction = tessera_store::tenant::begin(&tenant.api.mirror, organisation).await?;
    let now = chrono::Utc::now();
    let due = outbox::due(&mut transaction, now, true, 2).await?;
    let names: Vec<&str> = due.iter().map(|it| it.template.as_str()).collect();
    assert_eq!(names, ["high", "middle"]);
    // Without a way out nothing that needs one is claimed.
    assert!(
        outbox::due(&mut transaction, now, false, 2)
            .await?
            .is_empty()
    );
    Ok(())
}

#[tokio::test]
async fn mail_waits_while_there_is_no_way_out() -> Result<()> {
    let tenant = Tenant::open().await?;
    let relay = Relay::start().await?;
    sender(&tenant).await?;
    publish(&tenant, &template("welcome", json!({}))).await?;
    let ada = person(&tenant, "ada@example.com", json!({})).await?;
    let id = send(&tenant, &ada, "welcome").await?;
    crate::support::client::do_work(&tenant.api.mirror).await?;
    assert_eq!(history(&tenant, &id).await?, ["intended"]);
    crate::support::mail::hurry(&tenant).await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &id).await?.0, "sent");
    Ok(())
}
