//! Referral links: the click counts, the visitor decides, the destination is never the request's.

use super::tenant::Tenant;
use crate::{api_client::Answer, api_rows};
use anyhow::{Context, Result};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::json;
use tessera_store::mirror::code::CodeRow;

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async fn tenant() -> Result<Tenant> {
    let tenant = Tenant::open().await?;
    add_code(&tenant, 1, "FRIEND-7").await?;
    set_destination(&tenant).await?;
    Ok(tenant)
}

/// Says where referral links lead.
pub(crate) async fn set_destination(tenant: &Tenant) -> Result<()> {
    let change = json!({ "referral_destination": "https://shop.example/welcome?from=partner" });
    let changed = tenant
        .call(Method::PATCH, "/v1/organisation", Some(&change))
        .await?;
    assert_eq!(changed.status, StatusCode::NO_CONTENT);
    Ok(())
}

/// Adds a code of an Org to the mirror.
pub(crate) async fn add_code(tenant: &Tenant, org: u8, code: &str) -> Result<()> {
    let mut conn = tenant.api.mirror.acquire().await?;
    let row = CodeRow {
        code: code.to_owned(),
        ..api_rows::code(org, org, 1)
    };
    api_rows::upsert(&mut conn, &[row]).await?;
    Ok(())
}

/// Follows a referral link.
pub(crate) async fn follow(
    tenant: &Tenant,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<Answer> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    tenant.api.send(request.body(Body::empty())?).await
}

/// Clicks by people and by machines, and events in the stream.
async fn seen(tenant: &Tenant) -> Result<(i64, i64, i64)> {
    Ok(sqlx::query_as(
        "select coalesce(sum(people), 0)::bigint, coalesce(sum(machines), 0)::bigint,
                (select count(*) from engine.event where name = 'referral_clicked')
         from engine.click_count",
    )
    .fetch_one(&tenant.api.mirror)
    .await?)
}

#[tokio::test]
async fn a_click_counts_and_leads_on() -> Result<()> {
    let tenant = tenant().await?;
    let answer = follow(
        &tenant,
        Method::GET,
        "/r/FRIEND-7",
        &[("user-agent", BROWSER)],
    )
    .await?;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(
        answer.header(header::LOCATION)?,
        "https://shop.example/welcome?from=partner&ref=FRIEND-7"
    );
    assert_eq!(answer.header(header::CACHE_CONTROL)?, "no-store");
    // Without consent nothing but the count is kept.
    assert_eq!(seen(&tenant).await?, (1, 0, 0));
    let clicks = tenant.json("/v1/referral-links/FRIEND-7/clicks").await?;
    assert_eq!(clicks["days"][0]["people"], 1);
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    let clicks = other.json("/v1/referral-links/FRIEND-7/clicks").await?;
    assert_eq!(clicks, json!({ "days": [] }));
    Ok(())
}

#[tokio::test]
async fn a_visitor_who_consents_is_remembered_unless_the_browser_objects() -> Result<()> {
    let tenant = tenant().await?;
    let path = "/r/FRIEND-7?consent=true&anonymous_id=visitor-1";
    let answer = follow(&tenant, Method::GET, path, &[("user-agent", BROWSER)]).await?;
    assert!(
        answer
            .header(header::LOCATION)?
            .ends_with("&ref=FRIEND-7&anonymous_id=visitor-1")
    );
    assert_eq!(seen(&tenant).await?, (1, 0, 1));
    let objecting = [("user-agent", BROWSER), ("sec-gpc", "1")];
    let answer = follow(&tenant, Method::GET, path, &objecting).await?;
    assert!(answer.header(header::LOCATION)?.ends_with("&ref=FRIEND-7"));
    assert_eq!(seen(&tenant).await?, (2, 0, 1));
    // Whoever has no id yet is given one.
    let answer = follow(
        &tenant,
        Method::GET,
        "/r/FRIEND-7?consent=true",
        &[("user-agent", BROWSER)],
    )
    .await?;
    let (_, id) = answer
        .header(header::LOCATION)?
        .split_once("anonymous_id=")
        .context("an id")?;
    assert_eq!(id.len(), 36);
    Ok(())
}

#[tokio::test]
async fn machines_are_counted_apart_and_never_remembered() -> Result<()> {
    let tenant = tenant().await?;
    let path = "/r/FRIEND-7?consent=true&anonymous_id=visitor-1";
    let bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    follow(&tenant, Method::GET, path, &[("user-agent", bot)]).await?;
    follow(&tenant, Method::GET, path, &[]).await?;
    follow(&tenant, Method::HEAD, path, &[("user-agent", BROWSER)]).await?;
    follow(
        &tenant,
        Method::GET,
        path,
        &[
            ("user-agent", BROWSER),
            ("sec-purpose", "prefetch;prerender"),
        ],
    )
    .await?;
    assert_eq!(seen(&tenant).await?, (0, 4, 0));
    Ok(())
}

#[tokio::test]
async fn nothing_in_the_request_changes_where_it_leads() -> Result<()> {
    let tenant = tenant().await?;
    for path in [
        "/r/FRIEND-7?next=https://evil.example",
        "/r/FRIEND-7?url=//evil.example",
        "/r/friend-7",
        "/r/%2f%2fevil.example",
        "/r/NO",
        "/r/FRIEND-7?anonymous_id=undefined",
    ] {
        let answer = follow(&tenant, Method::GET, path, &[("user-agent", BROWSER)]).await?;
        assert!(answer.status.is_client_error(), "{path}: {answer:?}");
        assert!(answer.headers.get(header::LOCATION).is_none(), "{path}");
    }
    let absent = follow(
        &tenant,
        Method::GET,
        "/r/NOBODY",
        &[("user-agent", BROWSER)],
    )
    .await?;
    absent.refusal("/r/NOBODY", StatusCode::NOT_FOUND)?;
    Ok(())
}

#[tokio::test]
async fn a_destination_is_an_https_address() -> Result<()> {
    let tenant = Tenant::open().await?;
    for destination in [
        "javascript:alert(1)",
        "http://shop.example",
        "//evil.example",
        "https://user:secret@shop.example",
        "shop.example",
    ] {
        let change = json!({ "referral_destination": destination });
        let answer = tenant
            .call(Method::PATCH, "/v1/organisation", Some(&change))
            .await?;
        let problem = answer.refusal("/v1/organisation", StatusCode::BAD_REQUEST)?;
        assert_eq!(
            problem["errors"][0]["field"], "referral_destination",
            "{destination}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_code_of_two_orgs_needs_the_org() -> Result<()> {
    let tenant = tenant().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    add_code(&other, 2, "FRIEND-7").await?;
    let browser = [("user-agent", BROWSER)];
    let unclear = follow(&tenant, Method::GET, "/r/FRIEND-7", &browser).await?;
    unclear.refusal("/r/FRIEND-7", StatusCode::CONFLICT)?;
    let path = format!("/r/FRIEND-7?org={}", tenant.org());
    assert_eq!(
        follow(&tenant, Method::GET, &path, &browser).await?.status,
        StatusCode::FOUND
    );
    Ok(())
}
