//! Who does not want to be written to is not.

use crate::support::{
    client::Answer,
    mail::{
        PUBLIC_URL, Relay, deliver, hurry, marketing, outcome, person, publish, send, sender,
        template, token,
    },
    tenant::Tenant,
};
use anyhow::{Result, ensure};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::json;
use tessera_store::{automation::suppression, tenant};

/// Sends a form to the page of a token.
async fn form(tenant: &Tenant, token: &str, kind: &str, body: &str) -> Result<Answer> {
    let request = Request::post(format!("/u/{token}"))
        .header(header::CONTENT_TYPE, kind)
        .body(Body::from(body.to_owned()))?;
    tenant.api.send(request).await
}

const FORM: &str = "application/x-www-form-urlencoded";

/// A tenant whose customer has got marketing, with the token of its link.
async fn reached() -> Result<(Tenant, Relay, String, String)> {
    let tenant = Tenant::open().await?;
    let relay = Relay::start().await?;
    sender(&tenant).await?;
    publish(&tenant, &marketing("news")).await?;
    publish(&tenant, &template("receipt", json!({}))).await?;
    let ada = person(&tenant, "ada@example.com", json!({})).await?;
    send(&tenant, &ada, "news").await?;
    deliver(&relay.engine(&tenant)?).await?;
    let token = token(&relay.mail()?, &format!("{PUBLIC_URL}/u/"))?;
    Ok((tenant, relay, ada, token))
}

#[tokio::test]
async fn a_token_that_is_none_opens_nothing() -> Result<()> {
    let (tenant, _relay, _, token) = reached().await?;
    let path = format!("/u/{}", token.replace(|it: char| it.is_ascii_digit(), "a"));
    tenant.api.refusal(&path, StatusCode::NOT_FOUND).await?;
    tenant.api.refusal("/u/1", StatusCode::BAD_REQUEST).await?;
    for nothing in ["", "choice=all", "List-Unsubscribe=Two-Click"] {
        let refused = form(&tenant, &token, FORM, nothing).await?;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{nothing}");
    }
    Ok(())
}

#[tokio::test]
async fn a_scanner_that_follows_the_link_unsubscribes_nobody() -> Result<()> {
    let (tenant, _relay, _, token) = reached().await?;
    let path = format!("/u/{token}");
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let looked = tenant.api.call(method, &path).await?;
        assert_eq!(looked.status, StatusCode::OK, "{looked:?}");
        assert!(!looked.headers.contains_key(header::SET_COOKIE));
        assert!(!looked.headers.contains_key(header::LOCATION));
    }
    let page = tenant.api.get(&path).await?;
    assert!(
        page.text.contains("<form method=\"post\">"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("<script"), "{}", page.text);
    assert_eq!(tenant.json("/v1/suppressions").await?["data"], json!([]));
    Ok(())
}

#[tokio::test]
async fn one_click_ends_marketing_and_leaves_service_mail() -> Result<()> {
    let (tenant, relay, ada, token) = reached().await?;
    let waiting = send(&tenant, &ada, "news").await?;
    let done = form(&tenant, &token, FORM, "List-Unsubscribe=One-Click").await?;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    let cancelled = ("failed".to_owned(), "unsubscribed".to_owned());
    assert_eq!(outcome(&tenant, &waiting).await?, cancelled);
    let later = send(&tenant, &ada, "news").await?;
    let receipt = send(&tenant, &ada, "receipt").await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &later).await?, cancelled);
    assert_eq!(outcome(&tenant, &receipt).await?.0, "sent");
    let listed = tenant.json("/v1/suppressions?reason=unsubscribed").await?;
    assert_eq!(listed["data"][0]["created_by"], "engine", "{listed}");
    Ok(())
}

#[tokio::test]
async fn what_is_refused_by_mail_is_not_shown_in_the_inbox_either() -> Result<()> {
    let (tenant, relay, ada, token) = reached().await?;
    let texts = json!({ "en": { "title": "Plans", "body": "Look at our plans." } });
    let offer =
        json!({ "channel": "inbox", "purpose": "marketing", "topic": "news", "locales": texts });
    let note = json!({ "channel": "inbox", "locales": texts });
    publish(&tenant, &template("offer", offer)).await?;
    publish(&tenant, &template("note", note)).await?;
    form(&tenant, &token, FORM, "List-Unsubscribe=One-Click").await?;
    let offer = send(&tenant, &ada, "offer").await?;
    let note = send(&tenant, &ada, "note").await?;
    deliver(&relay.engine(&tenant)?).await?;
    let refused = ("failed".to_owned(), "unsubscribed".to_owned());
    assert_eq!(outcome(&tenant, &offer).await?, refused);
    assert_eq!(outcome(&tenant, &note).await?.0, "delivered");
    Ok(())
}

#[tokio::test]
async fn providers_send_the_click_in_parts_too() -> Result<()> {
    let (tenant, _relay, _, token) = reached().await?;
    let parts = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
    let done = form(&tenant, &token, "multipart/form-data; boundary=x", parts).await?;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    let listed = tenant.json("/v1/suppressions").await?;
    assert_eq!(listed["data"][0]["reason"], "unsubscribed", "{listed}");
    Ok(())
}

#[tokio::test]
async fn topics_are_chosen_and_marketing_comes_back_with_them() -> Result<()> {
    let (tenant, relay, ada, token) = reached().await?;
    form(&tenant, &token, FORM, "choice=unsubscribe").await?;
    let page = form(&tenant, &token, FORM, "choice=topics&topic=account").await?;
    assert!(
        page.text.contains("value=\"account\" checked"),
        "{}",
        page.text
    );
    assert!(
        !page.text.contains("value=\"news\" checked"),
        "{}",
        page.text
    );
    assert_eq!(tenant.json("/v1/suppressions").await?["data"], json!([]));
    let news = send(&tenant, &ada, "news").await?;
    let receipt = send(&tenant, &ada, "receipt").await?;
    deliver(&relay.engine(&tenant)?).await?;
    let refused = ("failed".to_owned(), "topic_refused".to_owned());
    assert_eq!(outcome(&tenant, &news).await?, refused);
    assert_eq!(outcome(&tenant, &receipt).await?.0, "sent");
    form(
        &tenant,
        &token,
        FORM,
        "choice=topics&topic=account&topic=news",
    )
    .await?;
    let news = send(&tenant, &ada, "news").await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &news).await?.0, "sent");
    Ok(())
}

#[tokio::test]
async fn nothing_is_claimed_while_somebody_unsubscribes_and_nothing_after() -> Result<()> {
    let (tenant, relay, ada, _) = reached().await?;
    let news = send(&tenant, &ada, "news").await?;
    let organisation = tenant.organisation().await?;
    let mut unsubscribing = tenant::begin(&tenant.api.mirror, organisation).await?;
    suppression::lock(&mut unsubscribing, organisation).await?;
    let engine = relay.engine(&tenant)?;
    let sending = tokio::spawn(async move { deliver(&engine).await });
    let digest: Vec<u8> = sqlx::query_scalar(
        "select address from engine.outbound_message where address is not null limit 1",
    )
    .fetch_one(&tenant.api.mirror)
    .await?;
    // The worker waits for the lock, as the database shows.
    tessera_tests::eventually(std::time::Duration::from_secs(60), async || {
        let waits: bool = sqlx::query_scalar(
            "select exists (select from pg_locks where locktype = 'advisory' and not granted)",
        )
        .fetch_one(&tenant.api.mirror)
        .await?;
        Ok(if waits {
            Ok(())
        } else {
            Err("nobody waits".to_owned())
        })
    })
    .await?;
    suppression::add(
        &mut unsubscribing,
        organisation,
        &digest,
        "unsubscribed",
        "engine",
    )
    .await?;
    unsubscribing.commit().await?;
    sending.await??;
    let expected = ("failed".to_owned(), "unsubscribed".to_owned());
    assert_eq!(outcome(&tenant, &news).await?, expected);
    assert_eq!(relay.mails()?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn who_unsubscribes_after_the_claim_is_not_written_to_either() -> Result<()> {
    let (tenant, relay, _, _) = reached().await?;
    // The claim waits behind seven others, each of which the server holds for a while.
    let engine = relay.engine(&tenant)?;
    let mut people = Vec::new();
    for number in 0..8 {
        let email = format!("kept-stall+{number}@example.com");
        people.push(person(&tenant, &email, json!({})).await?);
    }
    for person in &people {
        send(&tenant, person, "receipt").await?;
    }
    let eve = person(&tenant, "eve@example.com", json!({})).await?;
    let news = send(&tenant, &eve, "news").await?;
    let sending = tokio::spawn(async move { deliver(&engine).await });
    tessera_tests::eventually(std::time::Duration::from_secs(60), async || {
        let status = outcome(&tenant, &news).await?.0;
        Ok(if status == "sending" {
            Ok(())
        } else {
            Err(status)
        })
    })
    .await?;
    let suppressed = json!({ "email": "eve@example.com" });
    let added = tenant.post("/v1/suppressions", &suppressed).await?;
    ensure!(added.status == StatusCode::NO_CONTENT, "{added:?}");
    sending.await??;
    let expected = ("failed".to_owned(), "suppressed".to_owned());
    assert_eq!(outcome(&tenant, &news).await?, expected);
    Ok(())
}

#[tokio::test]
async fn an_erased_person_is_not_written_to_and_their_address_stays_suppressed() -> Result<()> {
    let (tenant, relay, ada, token) = reached().await?;
    form(&tenant, &token, FORM, "choice=unsubscribe").await?;
    let receipt = send(&tenant, &ada, "receipt").await?;
    let path = format!("/v1/persons/{ada}");
    tenant.call(Method::DELETE, &path, None).await?;
    let erased = ("failed".to_owned(), "erased".to_owned());
    assert_eq!(outcome(&tenant, &receipt).await?, erased);
    let late = send(&tenant, &ada, "receipt").await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &late).await?, erased);
    // A person who comes back with the address still wants no marketing.
    let again = person(&tenant, "ada@example.com", json!({})).await?;
    let news = send(&tenant, &again, "news").await?;
    hurry(&tenant).await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &news).await?.1, "unsubscribed");
    // And they can still change their mind with the old link.
    form(&tenant, &token, FORM, "choice=topics&topic=news").await?;
    assert_eq!(tenant.json("/v1/suppressions").await?["data"], json!([]));
    Ok(())
}

#[tokio::test]
async fn a_team_suppresses_and_lifts_by_digest_and_sees_no_address() -> Result<()> {
    let (tenant, relay, ada, _) = reached().await?;
    let path = "/v1/suppressions";
    let refused = tenant.post(path, &json!({ "email": "nobody" })).await?;
    refused.refusal(path, StatusCode::BAD_REQUEST)?;
    let body = json!({ "email": "Ada@Example.com" });
    tenant.post(path, &body).await?;
    let listed = tenant.json(path).await?;
    assert_eq!(listed["data"][0]["reason"], "manual");
    assert!(!listed.to_string().contains("example.com"), "{listed}");
    let receipt = send(&tenant, &ada, "receipt").await?;
    deliver(&relay.engine(&tenant)?).await?;
    assert_eq!(outcome(&tenant, &receipt).await?.1, "suppressed");
    let digest = listed["data"][0]["digest"].as_str().unwrap_or_default();
    let one = format!("{path}/{digest}");
    let lifted = tenant.call(Method::DELETE, &one, None).await?;
    assert_eq!(lifted.status, StatusCode::NO_CONTENT);
    let gone = tenant.call(Method::DELETE, &one, None).await?;
    gone.refusal(&one, StatusCode::NOT_FOUND)?;
    Ok(())
}
