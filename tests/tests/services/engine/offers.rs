//! Offers: their urgency is true, and their stock is never sold twice.

use super::tenancy::narrow;
use crate::support::{
    client::Api,
    history::follow,
    rows,
    shop::{Shop, in_secs, refused_field, stock},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode, header};
use futures::future::try_join_all;
use serde_json::{Value, json};
use std::sync::Arc;
use tessera_store::mirror::cursor::{self, Moment};

const PATH: &str = "/v1/offers";

#[tokio::test]
async fn urgency_without_a_real_end_is_refused() -> Result<()> {
    let shop = Shop::open().await?;
    for (urgency, field) in [
        (
            json!({ "kind": "limited_time", "expires_at": in_secs(-1) }),
            "urgency.expires_at",
        ),
        (
            json!({ "kind": "limited_time", "expires_at": in_secs(400 * 86_400) }),
            "urgency.expires_at",
        ),
        (stock(0), "urgency.stock"),
        (stock(2_000_000), "urgency.stock"),
        (
            json!({ "kind": "early_bird", "until": in_secs(-1), "first_n": 5 }),
            "urgency.until",
        ),
        (json!({ "kind": "limited_time" }), "urgency.expires_at"),
        (json!({ "kind": "only_today" }), "urgency.kind"),
        (json!({}), "urgency.kind"),
    ] {
        let answer = shop.offer("FAKE", urgency.clone()).await?;
        assert_eq!(refused_field(&answer, PATH)?, field, "{urgency}");
    }
    assert_eq!(shop.tenant.json(PATH).await?["data"], json!([]));
    Ok(())
}

#[tokio::test]
async fn an_offer_for_segments_or_a_mint_that_the_book_lacks_is_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other_mint = rows::key(rows::MINT, 2).to_string();
    let factor = json!({ "kind": "factor", "factor": "0.8" });
    let amount = json!({ "kind": "amount_off", "amount": "5", "mint": other_mint });
    for (segment, reduction, field) in [
        ("nobody", factor, "segments"),
        ("individual", amount, "reduction.mint"),
    ] {
        let body = json!({
            "code": "ODD", "urgency": stock(1), "segments": [segment], "reduction": reduction
        });
        let answer = tenant.post(PATH, &body).await?;
        assert_eq!(refused_field(&answer, PATH)?, field);
    }
    Ok(())
}

#[tokio::test]
async fn a_code_is_used_once_and_a_withdrawn_offer_is_gone() -> Result<()> {
    let shop = Shop::with_stock(2).await?;
    let (early, late) = (shop.customer().await?, shop.customer().await?);
    let quote = shop.quote(&early, Some("FEW")).await?;
    let withdrawn = shop
        .tenant
        .call(Method::DELETE, "/v1/offers/FEW", None)
        .await?;
    assert_eq!(withdrawn.status, StatusCode::NO_CONTENT);
    let again = shop.offer("FEW", stock(9)).await?;
    again.refusal(PATH, StatusCode::CONFLICT)?;
    let refused = shop.ask(&late, Some("FEW")).await?;
    assert_eq!(refused_field(&refused, "/v1/quotes")?, "offer");
    // What was promised is kept.
    let path = format!("/v1/quotes/{}/accept", quote["id"].as_str().context("id")?);
    let accepted = shop.post_as(&early, &path, &json!({})).await?;
    assert_eq!(accepted.status, StatusCode::OK, "{accepted:?}");
    let path = "/v1/offers/NEVER";
    let absent = shop.tenant.call(Method::DELETE, path, None).await?;
    absent.refusal(path, StatusCode::NOT_FOUND)?;
    Ok(())
}

#[tokio::test]
async fn codes_are_not_found_out_by_guessing() -> Result<()> {
    let api = Arc::new(Api::start_with(narrow()).await?);
    let shop = Shop::of(Tenant::join(api, 1).await?).await?;
    shop.offer("FEW", stock(1)).await?;
    let (guesser, accomplice) = (shop.customer().await?, shop.customer().await?);
    let mut last = shop.ask(&guesser, Some("GUESS-0")).await?;
    let unknown = last.refusal("/v1/quotes", StatusCode::BAD_REQUEST)?;
    assert_eq!(unknown["errors"][0]["field"], "offer");
    for guess in 1..10_000 {
        if last.status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        last = shop.ask(&guesser, Some(&format!("GUESS-{guess}"))).await?;
    }
    assert!(last.header(header::RETRY_AFTER)?.parse::<u64>()? >= 1);
    last.refusal("/v1/quotes", StatusCode::TOO_MANY_REQUESTS)?;
    // Another wallet costs nothing and gives no more guesses. The bucket gains one a second, so of
    // many askings almost all are refused.
    let mut let_through = 0;
    for guess in 0..10 {
        let answer = shop
            .ask(&accomplice, Some(&format!("OTHER-{guess}")))
            .await?;
        let_through += i32::from(answer.status != StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(let_through < 5, "{let_through}");
    // Whoever names no code, and the organisation's own people, are not held up.
    shop.quote(&accomplice, None).await?;
    let body = json!({ "segment": "individual", "quantity": 1, "offer": "FEW" });
    shop.tenant.posted("/v1/quotes", &body).await?;
    Ok(())
}

#[tokio::test]
async fn of_many_who_want_the_last_places_exactly_so_many_get_one() -> Result<()> {
    let shop = Arc::new(Shop::with_stock(2).await?);
    let customers = try_join_all((0..6).map(|_| shop.customer())).await?;
    let asked = customers.into_iter().map(|customer| {
        let shop = shop.clone();
        tokio::spawn(async move { shop.ask(&customer, Some("FEW")).await })
    });
    let mut got = 0;
    for answer in try_join_all(asked).await? {
        let answer = answer?;
        if answer.status == StatusCode::CREATED {
            got += 1;
        } else {
            assert_eq!(refused_field(&answer, "/v1/quotes")?, "offer");
        }
    }
    assert_eq!(got, 2);
    assert_eq!(shop.taken().await?, json!([2, 0]));
    Ok(())
}

#[tokio::test]
async fn one_wallet_takes_one_place_however_often_it_asks() -> Result<()> {
    let shop = Shop::with_stock(1).await?;
    let (greedy, other) = (shop.customer().await?, shop.customer().await?);
    for _ in 0..3 {
        shop.quote(&greedy, Some("FEW")).await?;
    }
    assert_eq!(shop.taken().await?, json!([1, 0]));
    let refused = shop.ask(&other, Some("FEW")).await?;
    assert_eq!(refused_field(&refused, "/v1/quotes")?, "offer");
    Ok(())
}

#[tokio::test]
async fn a_place_comes_back_from_a_quote_that_ran_out_and_not_twice() -> Result<()> {
    let shop = Shop::with_stock(1).await?;
    let (slow, quick) = (shop.customer().await?, shop.customer().await?);
    let quote = shop.quote(&slow, Some("FEW")).await?;
    let id = quote["id"].as_str().context("id")?;
    // The chain's clock may still be before the deadline: the place is kept a little longer.
    shop.set_deadline(Some(id), -60).await?;
    assert_eq!(shop.taken().await?, json!([1, 0]));
    shop.set_deadline(Some(id), -180).await?;
    assert_eq!(shop.taken().await?, json!([0, 1]));
    shop.quote(&quick, Some("FEW")).await?;
    // As a clock that is behind would see it: not yet run out, but the place is another's.
    shop.set_deadline(Some(id), 60).await?;
    let path = format!("/v1/quotes/{id}/accept");
    let refused = shop.post_as(&slow, &path, &json!({})).await?;
    refused.refusal(&path, StatusCode::CONFLICT)?;
    Ok(())
}

#[tokio::test]
async fn a_place_does_not_come_back_before_the_mirror_can_tell_that_it_was_not_used() -> Result<()>
{
    let shop = Shop::with_stock(1).await?;
    let (buyer, other) = (shop.customer().await?, shop.customer().await?);
    shop.quote(&buyer, Some("FEW")).await?;
    let mut conn = shop.tenant.api.mirror.acquire().await?;
    follow(&mut conn).await?;
    let applied = |slot, at| Moment { slot, at };
    cursor::complete(&mut conn, applied(10, in_secs(-3_000).secs())).await?;
    shop.set_deadline(None, -600).await?;
    assert_eq!(shop.taken().await?, json!([1, 0]));
    let refused = shop.ask(&other, Some("FEW")).await?;
    assert_eq!(refused_field(&refused, "/v1/quotes")?, "offer");
    // Nobody waits until that is final.
    cursor::complete(&mut conn, applied(20, in_secs(0).secs())).await?;
    assert_eq!(shop.taken().await?, json!([0, 1]));
    Ok(())
}

#[tokio::test]
async fn an_accepted_quote_that_no_chain_settles_keeps_its_place_for_good() -> Result<()> {
    let shop = Shop::with_stock(1).await?;
    let (buyer, other) = (shop.customer().await?, shop.customer().await?);
    let body = json!({ "segment": "individual", "quantity": 1, "offer": "FEW" });
    let quote = shop.post_as(&buyer, "/v1/quotes", &body).await?.json()?;
    // A customer would hold it without ever paying.
    let path = format!("/v1/quotes/{}/accept", quote["id"].as_str().context("id")?);
    let refused = shop.post_as(&buyer, &path, &json!({})).await?;
    refused.refusal(&path, StatusCode::FORBIDDEN)?;
    shop.tenant.posted(&path, &json!({})).await?;
    shop.set_deadline(None, -86_400).await?;
    let refused = shop.ask(&other, Some("FEW")).await?;
    assert_eq!(refused_field(&refused, "/v1/quotes")?, "offer");
    Ok(())
}

#[tokio::test]
async fn accepting_without_paying_keeps_nobody_out() -> Result<()> {
    let shop = Shop::with_stock(1).await?;
    let (idle, buyer) = (shop.customer().await?, shop.customer().await?);
    let quote = shop.quote(&idle, Some("FEW")).await?;
    let path = format!("/v1/quotes/{}/accept", quote["id"].as_str().context("id")?);
    let accepted = shop.post_as(&idle, &path, &json!({})).await?;
    assert_eq!(accepted.status, StatusCode::OK, "{accepted:?}");
    shop.set_deadline(None, -86_400).await?;
    assert_eq!(shop.taken().await?, json!([0, 1]));
    shop.quote(&buyer, Some("FEW")).await?;
    Ok(())
}

#[tokio::test]
async fn a_quote_that_was_used_on_chain_keeps_its_place_without_being_accepted_here() -> Result<()>
{
    let shop = Shop::with_stock(1).await?;
    let buyer = shop.customer().await?;
    let quote = shop.quote(&buyer, Some("FEW")).await?;
    let nonce = quote["signed"]["nonce"].as_str().context("a nonce")?;
    shop.subscribe_on_chain(&buyer, nonce.parse()?).await?;
    shop.set_deadline(None, -180).await?;
    assert_eq!(shop.taken().await?, json!([1, 0]));
    // Another quote, at whatever price, is another purchase.
    shop.sql("update charge set quote_nonce = quote_nonce + 1")
        .await?;
    assert_eq!(shop.taken().await?, json!([0, 1]));
    Ok(())
}

#[tokio::test]
async fn a_quote_does_not_outlast_its_offer() -> Result<()> {
    let shop = Shop::open().await?;
    let end = in_secs(100);
    let urgency = json!({ "kind": "limited_time", "expires_at": end });
    assert_eq!(
        shop.offer("SOON", urgency).await?.status,
        StatusCode::CREATED
    );
    let customer = shop.customer().await?;
    let quote = shop.quote(&customer, Some("SOON")).await?;
    let expires: tessera_domain::time::Timestamp =
        serde_json::from_value(quote["expires_at"].clone())?;
    assert!(
        expires < end && expires >= end.plus_secs(-1),
        "{expires} {end}"
    );
    assert_eq!(quote["signed"]["deadline"], expires.secs());
    Ok(())
}

#[tokio::test]
async fn an_offer_that_another_reduction_beats_is_not_taken() -> Result<()> {
    let shop = Shop::with_stock(5).await?;
    let book = json!({
        "currency": {
            "mint": rows::key(rows::MINT, 1).to_string(), "decimals": 6
        },
        "segments": { "individual": { "unit": "seat", "base": "100", "discounts": {
            "pair_discount": { "factor": "0.7", "when_any": [{ "quantity_at_least": 2 }] }
        } } },
        "stacking": { "order": ["pair_discount"], "mode": "best_only", "floor_factor": "0.1" }
    });
    shop.tenant.posted("/v1/price-books", &book).await?;
    let path = "/v1/price-books/2/publish";
    let published = shop.tenant.call(Method::POST, path, None).await?;
    assert_eq!(published.status, StatusCode::NO_CONTENT);
    for (quantity, price, offer, left) in
        [(2, "140.0", Value::Null, 5), (1, "80.0", json!("FEW"), 4)]
    {
        let body = json!({ "segment": "individual", "quantity": quantity, "offer": "FEW" });
        let quote = shop.tenant.posted("/v1/quotes", &body).await?;
        assert_eq!((&quote["price"], &quote["offer"]), (&json!(price), &offer));
        assert_eq!(shop.taken().await?, json!([5 - left, left]));
    }
    Ok(())
}

#[tokio::test]
async fn an_estimate_takes_no_place_and_promises_nothing() -> Result<()> {
    let shop = Shop::with_stock(1).await?;
    let path = "/v1/pricing/estimate";
    let body = json!({
        "segment": "individual", "quantity": 5, "loyalty_tier": 1, "offer": "FEW"
    });
    let estimate = shop.tenant.posted(path, &body).await?;
    // 495 x 0.85 x 0.9 x 0.8.
    let price: rust_decimal::Decimal = estimate["price"].as_str().context("price")?.parse()?;
    assert_eq!(price, "302.94".parse()?);
    assert_eq!(estimate["offer"], "FEW");
    assert_eq!(shop.taken().await?, json!([0, 1]));
    assert_eq!(shop.tenant.json("/v1/quotes").await?["data"], json!([]));

    let absent = json!({ "segment": "individual", "quantity": 5, "version": 9 });
    let answer = shop.tenant.post(path, &absent).await?;
    answer.refusal(path, StatusCode::NOT_FOUND)?;
    let customer = shop.customer().await?;
    let answer = shop.post_as(&customer, path, &body).await?;
    answer.refusal(path, StatusCode::FORBIDDEN)?;
    // Once the last place is taken, it is not to be had in an estimate either.
    shop.quote(&customer, Some("FEW")).await?;
    let answer = shop.tenant.post(path, &body).await?;
    assert_eq!(refused_field(&answer, path)?, "offer");
    Ok(())
}

#[tokio::test]
async fn an_offer_of_another_organisation_is_unknown() -> Result<()> {
    let shop = Shop::with_stock(5).await?;
    let other = Shop::of(Tenant::join(shop.tenant.api.clone(), 2).await?).await?;
    let customer = other.customer().await?;
    let refused = other.ask(&customer, Some("FEW")).await?;
    assert_eq!(refused_field(&refused, "/v1/quotes")?, "offer");
    let path = "/v1/offers/FEW";
    for method in [Method::GET, Method::DELETE] {
        let absent = other.tenant.call(method, path, None).await?;
        absent.refusal(path, StatusCode::NOT_FOUND)?;
    }
    // The same code is another offer there.
    assert_eq!(
        other.offer("FEW", stock(1)).await?.status,
        StatusCode::CREATED
    );
    assert_eq!(shop.taken().await?, json!([0, 5]));
    Ok(())
}

#[tokio::test]
async fn offers_are_listed_by_code_page_by_page() -> Result<()> {
    let shop = Shop::open().await?;
    for code in ["B", "A-1", "C_2"] {
        assert_eq!(
            shop.offer(code, stock(1)).await?.status,
            StatusCode::CREATED
        );
    }
    let first = shop.tenant.json("/v1/offers?limit=2").await?;
    let cursor = first["next_cursor"].as_str().context("a cursor")?;
    let rest = shop
        .tenant
        .json(&format!("/v1/offers?limit=2&cursor={cursor}"))
        .await?;
    let codes: Vec<&Value> = [&first, &rest]
        .into_iter()
        .flat_map(|page| page["data"].as_array().into_iter().flatten())
        .map(|offer| &offer["code"])
        .collect();
    assert_eq!(codes, ["A-1", "B", "C_2"]);
    assert_eq!(rest["next_cursor"], Value::Null);
    Ok(())
}
