//! Links that lead through us, and mails that are opened.

use crate::support::{
    mail::{PUBLIC_URL, Relay, deliver, person, publish, send, sender, template, token},
    tenant::Tenant,
};
use anyhow::Result;
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};

const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

async fn load(
    tenant: &Tenant,
    method: Method,
    path: &str,
    agent: &str,
) -> Result<crate::support::client::Answer> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::USER_AGENT, agent);
    tenant.api.send(request.body(Body::empty())?).await
}

async fn events(tenant: &Tenant, person: &str) -> Result<Vec<(String, Value)>> {
    let timeline = tenant
        .json(&format!("/v1/persons/{person}/timeline"))
        .await?;
    let events = timeline["data"].as_array().cloned().unwrap_or_default();
    Ok(events
        .into_iter()
        .map(|it| {
            (
                it["event"].as_str().unwrap_or_default().to_owned(),
                it["properties"]["agent"].clone(),
            )
        })
        .filter(|(name, _)| name == "email_clicked" || name == "email_opened")
        .collect())
}

async fn reached() -> Result<(Tenant, String, String)> {
    let tenant = Tenant::open().await?;
    let relay = Relay::start().await?;
    sender(&tenant).await?;
    publish(&tenant, &template("welcome", json!({}))).await?;
    let ada = person(&tenant, "ada@example.com", json!({})).await?;
    send(&tenant, &ada, "welcome").await?;
    deliver(&relay.engine(&tenant)?).await?;
    Ok((tenant, ada, relay.mail()?))
}

#[tokio::test]
async fn a_link_leads_where_the_mail_said_and_nowhere_else() -> Result<()> {
    let (tenant, ada, mail) = reached().await?;
    let link = token(&mail, &format!("href=\"{PUBLIC_URL}/l/"))?;
    let path = format!("/l/{link}");
    let led = load(&tenant, Method::GET, &path, BROWSER).await?;
    assert_eq!(led.status, StatusCode::FOUND, "{led:?}");
    assert_eq!(
        led.header(header::LOCATION)?,
        "https://hashrate.example/docs?a=1&b=2"
    );
    // Nothing in the request says where it leads.
    let elsewhere = format!("{path}?target=https://evil.example&url=https://evil.example");
    let led = load(&tenant, Method::GET, &elsewhere, BROWSER).await?;
    let location = led.headers.get(header::LOCATION);
    assert!(
        location.is_none_or(|it| it == "https://hashrate.example/docs?a=1&b=2"),
        "{led:?}"
    );
    let unknown = format!("/l/{}", "0".repeat(32));
    tenant.api.refusal(&unknown, StatusCode::NOT_FOUND).await?;
    // The token of one thing opens no other.
    let picture = token(&mail, &format!("{PUBLIC_URL}/o/"))?;
    for other in [
        format!("/l/{picture}"),
        format!("/u/{link}"),
        format!("/o/{link}.gif"),
    ] {
        tenant.api.refusal(&other, StatusCode::NOT_FOUND).await?;
    }
    let clicked = ("email_clicked".to_owned(), json!("human"));
    assert_eq!(events(&tenant, &ada).await?, [clicked]);
    Ok(())
}

#[tokio::test]
async fn what_programs_follow_and_load_is_no_person() -> Result<()> {
    let (tenant, ada, mail) = reached().await?;
    let link = format!("/l/{}", token(&mail, &format!("{PUBLIC_URL}/l/"))?);
    let picture = format!("/o/{}.gif", token(&mail, &format!("{PUBLIC_URL}/o/"))?);
    load(&tenant, Method::HEAD, &link, BROWSER).await?;
    assert!(events(&tenant, &ada).await?.is_empty());
    for _ in 0..3 {
        load(
            &tenant,
            Method::GET,
            &link,
            "Googlebot/2.1 (+http://www.google.com/bot.html)",
        )
        .await?;
        let loaded = load(&tenant, Method::GET, &picture, "Mozilla/5.0").await?;
        assert_eq!(loaded.header(header::CONTENT_TYPE)?, "image/gif");
    }
    // Each once, however often it is repeated.
    let mut all = events(&tenant, &ada).await?;
    all.sort_by(|one, other| one.0.cmp(&other.0));
    let expected = [("email_clicked", "machine"), ("email_opened", "unknown")];
    let expected = expected.map(|(name, agent)| (name.to_owned(), json!(agent)));
    assert_eq!(all, expected);
    Ok(())
}
