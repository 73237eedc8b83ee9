//! Bounces and complaints: those that are believed, and those that are not.

use crate::support::{
    client::Answer,
    mail::{Relay, deliver, message, outcome, person, publish, send, sender, template, token},
    tenant::Tenant,
};
use anyhow::Result;
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};

const PATH: &str = "/v1/mail/reports";

async fn report(tenant: &Tenant, report: &str) -> Result<Answer> {
    let request = Request::post(PATH)
        .header(
            header::AUTHORIZATION,
            format!("Bearer {}", tenant.admin_key),
        )
        .header(header::CONTENT_TYPE, "message/rfc822")
        .body(Body::from(report.replace('\n', "\r\n")))?;
    tenant.api.send(request).await
}

async fn reported(tenant: &Tenant, text: &str) -> Result<Value> {
    let answer = report(tenant, text).await?;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

/// A delivery status notification.
fn bounce(to: &str, recipient: &str, status: &str, message_id: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example.com
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"

--b
Content-Type: text/plain

It did not work.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--b
Content-Type: text/rfc822-headers

Message-ID: <{message_id}>
To: {recipient}

--b--
"
    )
}

/// A report of a feedback loop.
fn complaint(recipient: &str, message_id: &str) -> String {
    format!(
        "From: fbl@provider.example
To: abuse@hashrate.example
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=\"b\"

--b
Content-Type: text/plain

Somebody complained.

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Provider/1.0
Version: 1
Original-Rcpt-To: <{recipient}>

--b
Content-Type: message/rfc822

Message-ID: <{message_id}>
To: {recipient}
Subject: Hello

Hello

--b--
"
    )
}

/// A tenant whose customer has got a mail: its id, and the address that its reports go to.
async fn reached() -> Result<(Tenant, Relay, String, String, String)> {
    let tenant = Tenant::open().await?;
    let relay = Relay::start().await?;
    sender(&tenant).await?;
    publish(&tenant, &template("receipt", json!({}))).await?;
    let ada = person(&tenant, "ada@example.com", json!({})).await?;
    let id = send(&tenant, &ada, "receipt").await?;
    deliver(&relay.engine(&tenant)?).await?;
    let token = token(&relay.mail()?, "bounces+")?;
    let to = format!("bounces+{token}@hashrate.example");
    Ok((tenant, relay, ada, id, to))
}

#[tokio::test]
async fn a_forged_bounce_changes_nothing() -> Result<()> {
    let (tenant, _relay, _, id, to) = reached().await?;
    let (ada, eve) = ("ada@example.com", "eve@example.com");
    let known = format!("{id}@hashrate.example");
    let guessed = format!("bounces+{}@hashrate.example", "0".repeat(32));
    for forged in [
        // Who guesses the envelope, or the Message-ID.
        bounce(&guessed, ada, "5.1.1", "x@hashrate.example"),
        bounce(
            "news@hashrate.example",
            ada,
            "5.1.1",
            &format!("{}@x", uuid::Uuid::now_v7()),
        ),
        // Who knows one mail's, and aims at another address.
        bounce(&to, eve, "5.1.1", &known),
        bounce("news@hashrate.example", eve, "5.1.1", &known),
        complaint(eve, &known),
    ] {
        assert_eq!(
            reported(&tenant, &forged).await?["outcome"],
            "unknown",
            "{forged}"
        );
    }
    for none in ["", "Subject: hello\n\nhello", "\u{0}\u{1}"] {
        assert_eq!(reported(&tenant, none).await?["outcome"], "no_report");
    }
    assert_eq!(outcome(&tenant, &id).await?.0, "sent");
    assert_eq!(tenant.json("/v1/suppressions").await?["data"], json!([]));
    // What another organisation was sent is nothing of one's own.
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    let theirs = bounce(&to, ada, "5.1.1", &known);
    assert_eq!(reported(&other, &theirs).await?["outcome"], "unknown");
    Ok(())
}

#[tokio::test]
async fn mail_that_comes_back_for_good_ends_mail_to_the_address() -> Result<()> {
    let (tenant, relay, ada, id, to) = reached().await?;
    let soft = bounce(&to, "ada@example.com", "4.2.2", "x");
    assert_eq!(reported(&tenant, &soft).await?["outcome"], "soft_bounce");
    assert_eq!(outcome(&tenant, &id).await?.0, "sent");
    let full = bounce(&to, "ada@example.com", "5.2.2", "x");
    assert_eq!(reported(&tenant, &full).await?["outcome"], "hard_bounce");
    assert_eq!(
        outcome(&tenant, &id).await?,
        ("failed".to_owned(), "bounced".to_owned())
    );
    assert_eq!(tenant.json("/v1/suppressions").await?["data"], json!([]));
    let waiting = send(&tenant, &ada, "receipt").await?;
    let gone = bounce(&to, "ada@example.com", "5.1.1", "x");
    assert_eq!(reported(&tenant, &gone).await?["message"], json!(id));
    let listed = tenant.json("/v1/suppressions").await?;
    assert_eq!(listed["data"][0]["reason"], "hard_bounce", "{listed}");
    let suppressed = ("failed".to_owned(), "suppressed".to_owned());
    assert_eq!(outcome(&tenant, &waiting).await?, suppressed);
    let later = send(&tenant, &ada, "receipt").await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &later).await?, suppressed);
    Ok(())
}

#[tokio::test]
async fn who_complains_is_not_written_to_again() -> Result<()> {
    let (tenant, _relay, _, id, _) = reached().await?;
    let text = complaint("ada@example.com", &format!("{id}@hashrate.example"));
    assert_eq!(reported(&tenant, &text).await?["outcome"], "complaint");
    assert_eq!(message(&tenant, &id).await?["reason"], "complaint");
    let listed = tenant.json("/v1/suppressions?reason=complaint").await?;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1), "{listed}");
    Ok(())
}
