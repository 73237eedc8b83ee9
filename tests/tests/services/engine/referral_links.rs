//! Referral links: the click counts, the visitor decides, the destination is never the request's.

use crate::support::{client::Answer, rows, tenant::Tenant};
use anyhow::{Context, Result};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::json;
use tessera_store::mirror::code::CodeRow;

pub(crate) const BROWSER: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

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
        ..rows::code(org, org, 1)
    };
    rows::upsert(&mut conn, &[row]).await?;
    Ok(())
}

/// Follows a referral link of the tenant's Org: `link` is the code, and a query perhaps.
pub(crate) async fn follow(
    tenant: &Tenant,
    method: Method,
    link: &str,
    headers: &[(&str, &str)],
) -> Result<Answer> {
    let uri = format!("/r/{}/{link}", tenant.org());
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    tenant.api.send(request.body(Body::empty())?).await
}

/// Clicks by people that were counted, and clicks that are events.
async fn seen(tenant: &Tenant) -> Result<(i64, i64)> {
    Ok(sqlx::query_as(
        "select coalesce(sum(amount), 0)::bigint,
                (select count(*) from engine.event where name = 'referral_clicked')
         from engine.projection_sum join engine.projection on id = projection
         where kind = 'clicks' and measure = 0",
    )
    .fetch_one(&tenant.api.mirror)
    .await?)
}

#[tokio::test]
async fn a_click_counts_and_leads_on() -> Result<()> {
    let tenant = tenant().await?;
    let answer = follow(&tenant, Method::GET, "FRIEND-7", &[("user-agent", BROWSER)]).await?;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(
        answer.header(header::LOCATION)?,
        "https://shop.example/welcome?from=partner&ref=FRIEND-7"
    );
    assert_eq!(answer.header(header::CACHE_CONTROL)?, "no-store");
    // Without consent nothing but the count is kept.
    assert_eq!(seen(&tenant).await?, (1, 0));
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
    let path = "FRIEND-7?consent=true&anonymous_id=visitor-1";
    let answer = follow(&tenant, Method::GET, path, &[("user-agent", BROWSER)]).await?;
    assert!(
        answer
            .header(header::LOCATION)?
            .ends_with("&ref=FRIEND-7&anonymous_id=visitor-1")
    );
    assert_eq!(seen(&tenant).await?, (1, 1));
    let objecting = [("user-agent", BROWSER), ("sec-gpc", "1")];
    let answer = follow(&tenant, Method::GET, path, &objecting).await?;
    assert!(answer.header(header::LOCATION)?.ends_with("&ref=FRIEND-7"));
    assert_eq!(seen(&tenant).await?, (2, 1));
    // Whoever has no id yet is given one.
    let answer = follow(
        &tenant,
        Method::GET,
        "FRIEND-7?consent=true",
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
async fn what_only_looks_ahead_is_led_on_and_counted_apart() -> Result<()> {
    let tenant = tenant().await?;
    let bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    let preview = "WhatsApp/2.23.20.0";
    let assistant = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; \
        ChatGPT-User/1.0; +https://openai.com/bot";
    let looks: [(Method, &[(&str, &str)]); 9] = [
        (Method::GET, &[("user-agent", bot)]),
        (Method::GET, &[("user-agent", preview)]),
        (Method::GET, &[("user-agent", assistant)]),
        (Method::GET, &[("user-agent", "python-requests/2.31.0")]),
        (Method::GET, &[("user-agent", "Mozilla/5.0")]),
        (Method::GET, &[]),
        (Method::HEAD, &[("user-agent", BROWSER)]),
        (
            Method::GET,
            &[
                ("user-agent", BROWSER),
                ("sec-purpose", "prefetch;prerender"),
            ],
        ),
        (
            Method::GET,
            &[("user-agent", BROWSER), ("purpose", "preview")],
        ),
    ];
    for (method, headers) in looks {
        let link = "FRIEND-7?consent=true&anonymous_id=visitor-1";
        let answer = follow(&tenant, method, link, headers).await?;
        assert_eq!(answer.status, StatusCode::FOUND, "{headers:?}");
        assert!(answer.header(header::LOCATION)?.ends_with("&ref=FRIEND-7"));
    }
    assert_eq!(seen(&tenant).await?, (0, 0));
    let clicks = tenant.json("/v1/referral-links/FRIEND-7/clicks").await?;
    let day = &clicks["days"][0];
    // `HEAD` is no click.
    let counts = ["people", "machines", "unknown"].map(|it| day[it].as_i64());
    assert_eq!(counts, [Some(0), Some(6), Some(2)]);
    Ok(())
}

#[tokio::test]
async fn nothing_in_the_request_changes_where_it_leads() -> Result<()> {
    let tenant = tenant().await?;
    for path in [
        "FRIEND-7?next=https://evil.example",
        "FRIEND-7?url=//evil.example",
        "friend.7",
        "%2f%2fevil.example",
        "NO",
        "FRIEND-7?anonymous_id=undefined",
    ] {
        let answer = follow(&tenant, Method::GET, path, &[("user-agent", BROWSER)]).await?;
        assert!(answer.status.is_client_error(), "{path}: {answer:?}");
        assert!(answer.headers.get(header::LOCATION).is_none(), "{path}");
    }
    let absent = follow(&tenant, Method::GET, "NOBODY", &[("user-agent", BROWSER)]).await?;
    let path = format!("/r/{}/NOBODY", tenant.org());
    absent.refusal(&path, StatusCode::NOT_FOUND)?;
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
async fn an_equal_code_of_another_organisation_takes_no_link_away() -> Result<()> {
    let tenant = tenant().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    add_code(&other, 2, "FRIEND-7").await?;
    let browser = [("user-agent", BROWSER)];
    let answer = follow(&tenant, Method::GET, "FRIEND-7", &browser).await?;
    assert_eq!(answer.status, StatusCode::FOUND);
    // The other one has not said where its links lead.
    let path = format!("/r/{}/FRIEND-7", other.org());
    let answer = follow(&other, Method::GET, "FRIEND-7", &browser).await?;
    answer.refusal(&path, StatusCode::NOT_FOUND)?;
    Ok(())
}

#[tokio::test]
async fn a_burst_of_clicks_is_refused_for_a_while_and_other_links_still_lead_on() -> Result<()> {
    let tenant = tenant().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    add_code(&other, 2, "FRIEND-7").await?;
    set_destination(&other).await?;
    let browser = [("user-agent", BROWSER)];
    let mut refused = None;
    for _ in 0..3_000 {
        let answer = follow(&tenant, Method::GET, "FRIEND-7", &browser).await?;
        if answer.status != StatusCode::FOUND {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.context("no click of 3,000 was refused")?;
    let path = format!("/r/{}/FRIEND-7", tenant.org());
    refused.refusal(&path, StatusCode::TOO_MANY_REQUESTS)?;
    let wait: u64 = refused.header(header::RETRY_AFTER)?.parse()?;
    assert!((1..=10).contains(&wait), "{wait}");
    let elsewhere = follow(&other, Method::GET, "FRIEND-7", &browser).await?;
    assert_eq!(elsewhere.status, StatusCode::FOUND);
    Ok(())
}
