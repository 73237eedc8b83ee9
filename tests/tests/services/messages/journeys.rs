//! Journeys that send messages, and people who leave them because they want none or got enough.

use crate::support::{
    journeys::{draft, of_node, pass, publish as publish_journey, runs},
    mail::{
        PUBLIC_URL, Relay, deliver, hurry, marketing, person, publish, sender, template, token,
    },
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};
use tessera_engine::Engine;

const ADA: &str = "ada@example.com";

/// A message, a day, and the message once more.
fn twice(template: &str) -> Value {
    json!({
        "entry": { "event": { "event": "signed_up" } }, "start": "first",
        "nodes": {
            "first": { "message": { "template": template, "next": "wait" } },
            "wait": { "delay": { "until": { "secs": 86_400 }, "next": "second" } },
            "second": { "message": { "template": template, "next": "end" } },
            "end": { "exit": {} },
        },
    })
}

async fn set_up() -> Result<(Tenant, Relay, Engine)> {
    let tenant = Tenant::open().await?;
    let relay = Relay::start().await?;
    sender(&tenant).await?;
    publish(&tenant, &marketing("news")).await?;
    let plan = json!({
        "fallbacks": { "event.plan": "your plan" },
        "locales": { "en": { "subject": "Welcome", "text": "You chose {{ event.plan }}." } },
    });
    publish(&tenant, &template("welcome", plan)).await?;
    person(&tenant, ADA, json!({})).await?;
    let engine = relay.engine(&tenant)?;
    Ok((tenant, relay, engine))
}

/// Ada signs up.
async fn signs_up(tenant: &Tenant) -> Result<()> {
    let event = json!({
        "message_id": "1", "event": "signed_up", "user_id": "user of ada at example.com",
        "properties": { "plan": "Pro" },
    });
    let body = json!({ "events": [event] });
    let sent = tenant.post("/v1/events/batch", &body).await?;
    ensure!(sent.status == StatusCode::OK, "{sent:?}");
    Ok(())
}

/// A day goes by, without mail being sent meanwhile.
async fn a_day(tenant: &Tenant, engine: &Engine) -> Result<()> {
    pass(tenant, 86_401).await?;
    hurry(tenant).await?;
    deliver(engine).await
}

#[tokio::test]
async fn a_journey_that_sends_what_is_not_in_force_is_not_published() -> Result<()> {
    let (tenant, ..) = set_up().await?;
    let unnamed = json!({ "name": "hello", "journey": of_node(json!({ "message": { "template": "No!", "next": "end" } })) });
    let refused = tenant.post("/v1/journeys", &unnamed).await?;
    let problem = refused.refusal("/v1/journeys", StatusCode::BAD_REQUEST)?;
    assert_eq!(
        problem["errors"][0]["field"], "journey.nodes.node.message.template",
        "{problem}"
    );
    tenant
        .posted("/v1/templates", &template("only_drafted", json!({})))
        .await?;
    for name in ["absent", "only_drafted"] {
        let node = json!({ "message": { "template": name, "next": "end" } });
        let version = draft(&tenant, "hello", &of_node(node)).await?;
        let body = json!({ "version": version, "running": "finish" });
        let path = "/v1/journeys/hello/publish";
        let refused = tenant.post(path, &body).await?;
        let problem = refused.refusal(path, StatusCode::BAD_REQUEST)?;
        assert_eq!(
            problem["errors"][0]["field"], "journey.nodes.node.message.template",
            "{problem}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_node_sends_its_message_once_with_what_began_the_run() -> Result<()> {
    let (tenant, relay, engine) = set_up().await?;
    publish_journey(&tenant, "hello", &twice("welcome")).await?;
    signs_up(&tenant).await?;
    deliver(&engine).await?;
    deliver(&engine).await?;
    let mail = relay.mail()?;
    assert!(mail.contains("You chose Pro."), "{mail}");
    a_day(&tenant, &engine).await?;
    assert_eq!(relay.mails()?.len(), 2);
    let ended = [(1, json!("end"), json!("finished"))];
    assert_eq!(runs(&tenant, "hello").await?, ended);
    let messages = tenant.json("/v1/messages?template=welcome").await?;
    let cause = messages["data"][0]["cause"].as_str().context("a cause")?;
    assert!(
        cause.starts_with("journey:") && cause.ends_with(":second"),
        "{cause}"
    );
    Ok(())
}

#[tokio::test]
async fn who_unsubscribes_leaves_what_sells_at_once_and_nothing_else() -> Result<()> {
    let (tenant, relay, engine) = set_up().await?;
    publish_journey(&tenant, "selling", &twice("news")).await?;
    publish_journey(&tenant, "serving", &twice("welcome")).await?;
    signs_up(&tenant).await?;
    deliver(&engine).await?;
    let mails = relay.mails()?;
    let sold = mails.iter().find(|it| it.contains("News. Stop"));
    let link = format!("{PUBLIC_URL}/u/");
    let token = token(sold.context("no news")?, &link)?;
    let request = Request::post(format!("/u/{token}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("List-Unsubscribe=One-Click"))?;
    let done = tenant.api.send(request).await?;
    ensure!(done.status == StatusCode::OK, "{done:?}");
    let left = [(1, json!("wait"), json!("unsubscribed"))];
    assert_eq!(runs(&tenant, "selling").await?, left);
    a_day(&tenant, &engine).await?;
    assert_eq!(relay.mails()?.len(), 3);
    let finished = [(1, json!("end"), json!("finished"))];
    assert_eq!(runs(&tenant, "serving").await?, finished);
    Ok(())
}

#[tokio::test]
async fn who_has_got_as_much_as_is_allowed_leaves() -> Result<()> {
    let (tenant, relay, engine) = set_up().await?;
    let policy = json!({ "caps": [{ "days": 7, "most": 1 }] });
    let put = tenant
        .call(Method::PUT, "/v1/delivery-policy", Some(&policy))
        .await?;
    ensure!(put.status == StatusCode::NO_CONTENT, "{put:?}");
    let mut journey = twice("news");
    // There is somewhere to leave from.
    journey["nodes"]["second"]["message"]["next"] = json!("rest");
    journey["nodes"]["rest"] = json!({ "delay": { "until": { "secs": 86_400 }, "next": "end" } });
    publish_journey(&tenant, "selling", &journey).await?;
    signs_up(&tenant).await?;
    deliver(&engine).await?;
    a_day(&tenant, &engine).await?;
    assert_eq!(relay.mails()?.len(), 1);
    let left = [(1, json!("rest"), json!("capped"))];
    assert_eq!(runs(&tenant, "selling").await?, left);
    Ok(())
}

#[tokio::test]
async fn a_rehearsal_says_which_messages_would_have_been_sent() -> Result<()> {
    let (tenant, relay, engine) = set_up().await?;
    signs_up(&tenant).await?;
    draft(&tenant, "hello", &twice("welcome")).await?;
    let path = "/v1/journeys/hello/rehearsals";
    let result = tenant
        .result_of(path, &json!({ "version": 1, "days": 30 }))
        .await?;
    assert_eq!(result["acts_in_all"], 1, "{result}");
    assert_eq!(result["acts"][0]["message"], "welcome", "{result}");
    deliver(&engine).await?;
    assert_eq!(relay.mails()?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_run_that_waits_for_quiet_hours_to_end_goes_on_when_they_have() -> Result<()> {
    let (tenant, ..) = set_up().await?;
    let now = tessera_domain::time::Timestamp::from(chrono::Utc::now());
    let minute = now.0.div_euclid(60_000_000).rem_euclid(1_440);
    let clock = |minute: i64| {
        let minute = minute.rem_euclid(1_440);
        format!("{:02}:{:02}", minute / 60, minute % 60)
    };
    for (name, from, until) in [("quiet", -60, 120), ("loud", 120, 240)] {
        let hours = json!({ "from": clock(minute + from), "until": clock(minute + until) });
        let node = json!({ "delay": { "until": { "quiet_hours": hours }, "next": "end" } });
        publish_journey(&tenant, name, &of_node(node)).await?;
    }
    signs_up(&tenant).await?;
    pass(&tenant, 0).await?;
    let waits = [(1, json!("node"), Value::Null)];
    assert_eq!(runs(&tenant, "quiet").await?, waits);
    let ended = [(1, json!("end"), json!("finished"))];
    assert_eq!(runs(&tenant, "loud").await?, ended);
    Ok(())
}
