//! Codes as people type them: one code is meant, or none.

use super::referral_links::{BROWSER, add_code, follow, set_destination};
use crate::support::{
    rows,
    shop::{Shop, refused_field, stock},
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode, header};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tessera_client::address;
use tessera_store::mirror::code::CodeRow;

/// A code of the first Org.
async fn add(tenant: &Tenant, number: u8, code: &str) -> Result<()> {
    let mut conn = tenant.api.mirror.acquire().await?;
    let row = CodeRow {
        code: code.to_owned(),
        ..rows::code(number, 1, 1)
    };
    rows::upsert(&mut conn, &[row]).await?;
    Ok(())
}

#[tokio::test]
async fn a_referral_link_leads_on_however_its_code_is_typed() -> Result<()> {
    let tenant = Tenant::open().await?;
    add_code(&tenant, 1, "FRIEND-10").await?;
    set_destination(&tenant).await?;
    let typed = [
        "friend-10",
        "Friend-1O",
        "%20FRIEND-lo%20",
        "friend10",
        "FR1END%E2%80%9310",
        "friend%2010",
    ];
    for code in typed {
        let link = format!("{code}?consent=true&anonymous_id=visitor-1");
        let answer = follow(&tenant, Method::GET, &link, &[("user-agent", BROWSER)]).await?;
        assert_eq!(answer.status, StatusCode::FOUND, "{code}: {answer:?}");
        let location = answer.header(header::LOCATION)?;
        assert!(location.contains("&ref=FRIEND-10&"), "{code}: {location}");
    }
    // Counted and remembered as one code, which is asked for in any form too.
    for code in ["FRIEND-10", "friend%20lO"] {
        let clicks = tenant
            .json(&format!("/v1/referral-links/{code}/clicks"))
            .await?;
        assert_eq!(clicks["days"][0]["people"], typed.len(), "{clicks}");
    }
    let remembered: Vec<String> = sqlx::query_scalar(
        "select distinct properties ->> 'code' from engine.event where name = 'referral_clicked'",
    )
    .fetch_all(&tenant.api.mirror)
    .await?;
    assert_eq!(remembered, ["FRIEND-10"]);
    for none in ["FR", "fr.end", "FRIEND-10-AND-ON-AND-ON"] {
        let answer = follow(&tenant, Method::GET, none, &[]).await?;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{none}: {answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_referral_code_that_reads_like_several_is_refused_and_the_exact_one_leads_on()
-> Result<()> {
    let shop = Shop::open().await?;
    let tenant = &shop.tenant;
    set_destination(tenant).await?;
    shop.add_members(&[rows::member(1, 1, 1)]).await?;
    add(tenant, 2, "SAVE-00").await?;
    add(tenant, 3, "SAVE-OO").await?;
    let answer = follow(tenant, Method::GET, "save-0o", &[]).await?;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    let problem = answer.json()?;
    let error = &problem["errors"][0];
    assert_eq!(
        (&error["field"], &error["code"]),
        (&json!("code"), &json!("ambiguous_code"))
    );
    let rule = error["rule"].as_str().context("a rule")?;
    ensure!(rule.contains("several read like it"), "{rule}");
    let answer = follow(tenant, Method::GET, "saveoo", &[]).await?;
    assert!(answer.header(header::LOCATION)?.ends_with("ref=SAVE-OO"));

    let buyer = shop.customer().await?;
    let ask = async |code: &str| {
        let body = json!({ "segment": "individual", "quantity": 1, "plan": shop.plan(),
                           "referral_code": code });
        shop.post_as(&buyer, "/v1/quotes", &body).await
    };
    let refused = ask("SAVE O0").await?;
    assert_eq!(refused_field(&refused, "/v1/quotes")?, "referral_code");
    let quoted = ask(" save 00").await?;
    assert_eq!(quoted.status, StatusCode::CREATED, "{quoted:?}");
    let quote = quoted.json()?;
    let bytes = BASE64_STANDARD.decode(quote["transaction"].as_str().context("one")?)?;
    // The account of the code in its form on the chain.
    let org = rows::key(rows::ORG, 1).0.into();
    let names = |code: &[u8; 16]| {
        let account = address::code(&org, code).to_bytes();
        bytes.windows(32).any(|part| part == account)
    };
    ensure!(names(b"SAVE-00\0\0\0\0\0\0\0\0\0") && !names(b"SAVE-OO\0\0\0\0\0\0\0\0\0"));
    Ok(())
}

#[tokio::test]
async fn an_offer_has_one_form_and_is_had_however_it_is_typed() -> Result<()> {
    let shop = Shop::open().await?;
    let published = shop.offer(" early-10 ", stock(50)).await?;
    assert_eq!(published.status, StatusCode::CREATED, "{published:?}");
    assert_eq!(published.json()?["code"], "EARLY-10");
    let again = shop.offer("Early-10", stock(50)).await?;
    assert_eq!(again.status, StatusCode::CONFLICT, "{again:?}");
    for typed in [
        "EARLY-10",
        "early10",
        "Early 1O",
        "\u{feff}EAR1Y\u{2013}l0 ",
    ] {
        let buyer = shop.customer().await?;
        let quote = shop.quote(&buyer, Some(typed)).await?;
        assert_eq!(quote["offer"], "EARLY-10", "{typed:?}");
        let body = json!({ "segment": "individual", "quantity": 1, "offer": typed });
        let estimate = shop.tenant.posted("/v1/pricing/estimate", &body).await?;
        assert_eq!(estimate["offer"], "EARLY-10", "{typed:?}");
    }
    let taken = shop.tenant.json("/v1/offers/early%2010").await?;
    assert_eq!(
        (&taken["code"], &taken["taken"]),
        (&json!("EARLY-10"), &json!(4))
    );
    let stored: Vec<String> = sqlx::query_scalar("select distinct offer from engine.quote")
        .fetch_all(&shop.tenant.api.mirror)
        .await?;
    assert_eq!(stored, ["EARLY-10"]);
    let gone = shop
        .tenant
        .call(Method::DELETE, "/v1/offers/early10", None)
        .await?;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{gone:?}");
    Ok(())
}

#[tokio::test]
async fn an_offer_that_reads_like_several_is_refused_until_one_is_left() -> Result<()> {
    let shop = Shop::open().await?;
    for code in ["SAVE-I", "SAVE-L"] {
        let published = shop.offer(code, stock(5)).await?;
        assert_eq!(published.status, StatusCode::CREATED, "{published:?}");
    }
    let buyer = shop.customer().await?;
    let refused = shop.ask(&buyer, Some("save 1")).await?;
    let problem = refused.refusal("/v1/quotes", StatusCode::BAD_REQUEST)?;
    let error = &problem["errors"][0];
    assert_eq!(
        (&error["field"], &error["code"]),
        (&json!("offer"), &json!("ambiguous_code"))
    );
    let body = json!({ "segment": "individual", "quantity": 1, "offer": "save1" });
    let refused = shop.tenant.post("/v1/pricing/estimate", &body).await?;
    assert_eq!(refused_field(&refused, "/v1/pricing/estimate")?, "offer");
    let exact = shop.quote(&buyer, Some("save-i")).await?;
    assert_eq!(exact["offer"], "SAVE-I");
    // What was withdrawn is in nobody's way.
    let path = "/v1/offers/save-i";
    shop.tenant.call(Method::DELETE, path, None).await?;
    let other = shop.customer().await?;
    let quote: Value = shop.quote(&other, Some("save 1")).await?;
    assert_eq!(quote["offer"], "SAVE-L");
    let found = shop.tenant.json("/v1/offers/save%201").await?;
    assert_eq!(found["code"], "SAVE-L");
    // What was typed exactly means no other for that.
    let exact = shop.ask(&other, Some("save-i")).await?;
    assert_eq!(refused_field(&exact, "/v1/quotes")?, "offer");
    Ok(())
}
