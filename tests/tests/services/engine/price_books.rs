//! Price books: checked when drafted, numbered by the organisation, in force when published.

use crate::support::{
    shop::{Shop, refused_field},
    tenant::{Tenant, call},
};
use anyhow::Result;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

const PATH: &str = "/v1/price-books";

/// A book with one segment.
fn book(base: &str, factor: &str) -> Value {
    json!({
        "currency": {
            "mint": crate::support::rows::key(crate::support::rows::MINT, 1).to_string(), "decimals": 6
        },
        "segments": { "individual": { "unit": "seat", "base": base, "discounts": {
            "volume_discount": { "factor": factor, "when_any": [{ "quantity_at_least": 2 }] }
        } } },
        "stacking": { "order": ["volume_discount"], "mode": "multiply", "floor_factor": "0.5" }
    })
}

#[tokio::test]
async fn a_book_that_could_give_a_wrong_price_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (body, field) in [
        (book("-1", "0.9"), "segments.individual.base"),
        (book("0.0000001", "0.9"), "segments.individual.base"),
        (
            book("10", "1.1"),
            "segments.individual.discounts.volume_discount.factor",
        ),
        (
            book("10", "NaN"),
            "segments.individual.discounts.volume_discount.factor",
        ),
        (book("1e3", "0.9"), "segments.individual.base"),
    ] {
        let answer = tenant.post(PATH, &body).await?;
        assert_eq!(refused_field(&answer, PATH)?, field);
    }
    let mut numbered = book("10", "0.9");
    numbered["version"] = json!(7);
    tenant
        .post(PATH, &numbered)
        .await?
        .refusal(PATH, StatusCode::BAD_REQUEST)?;
    assert_eq!(
        tenant.json(PATH).await?["data"].as_array().map(Vec::len),
        Some(1)
    );
    Ok(())
}

#[tokio::test]
async fn the_seed_is_in_force_until_a_draft_is_published() -> Result<()> {
    let shop = Shop::open().await?;
    let tenant = &shop.tenant;
    let seed = tenant.json("/v1/price-books/1").await?;
    assert_eq!(
        (&seed["status"], &seed["book"]["version"]),
        (&json!("published"), &json!(1))
    );
    assert_eq!(seed["book"]["segments"]["individual"]["base"], "99");
    let drafted = tenant.posted(PATH, &book("10", "0.9")).await?;
    assert_eq!(drafted["version"], 2);
    let draft = tenant.json("/v1/price-books/2").await?;
    assert_eq!(
        (&draft["status"], &draft["book"]["version"]),
        (&json!("draft"), &json!(2))
    );
    let asked = json!({ "segment": "individual", "quantity": 2 });
    let before = tenant.posted("/v1/quotes", &asked).await?;
    assert_eq!(before["price"], "198");
    let draft = json!({ "segment": "individual", "quantity": 2, "version": 2 });
    let estimate = tenant.posted("/v1/pricing/estimate", &draft).await?;
    assert_eq!(estimate["price"], "18.0");

    let published = tenant
        .call(Method::POST, "/v1/price-books/2/publish", None)
        .await?;
    assert_eq!(published.status, StatusCode::NO_CONTENT, "{published:?}");
    assert_eq!(tenant.json("/v1/price-books/1").await?["status"], "retired");
    let after = tenant.posted("/v1/quotes", &asked).await?;
    assert_eq!(
        (&after["price"], &after["price_book"]),
        (&json!("18.0"), &json!(2))
    );
    let id = before["id"].as_str().unwrap_or_default();
    let kept = tenant.json(&format!("/v1/quotes/{id}")).await?;
    assert_eq!(
        (&kept["price"], &kept["price_book"]),
        (&json!("198"), &json!(1))
    );
    Ok(())
}

#[tokio::test]
async fn publishing_a_book_that_is_not_there_leaves_the_one_in_force() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/price-books/9/publish";
    let answer = tenant.call(Method::POST, path, None).await?;
    answer.refusal(path, StatusCode::NOT_FOUND)?;
    assert_eq!(
        tenant.json("/v1/price-books/1").await?["status"],
        "published"
    );
    Ok(())
}

#[tokio::test]
async fn publishing_what_is_in_force_changes_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    for path in [
        "/v1/price-books/1",
        "/v1/event-registries/1",
        "/v1/channel-rules/1",
    ] {
        let before = tenant.json(path).await?;
        assert_eq!(before["status"], "published");
        let again = format!("{path}/publish");
        let answer = tenant.call(Method::POST, &again, None).await?;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{answer:?}");
        assert_eq!(tenant.json(path).await?, before);
    }
    Ok(())
}

#[tokio::test]
async fn drafts_at_the_same_time_get_numbers_of_their_own() -> Result<()> {
    let tenant = Tenant::open().await?;
    let (first, second) = (book("10", "0.9"), book("20", "0.9"));
    let (first, second) = tokio::join!(tenant.posted(PATH, &first), tenant.posted(PATH, &second));
    let mut versions = [first?["version"].as_i64(), second?["version"].as_i64()];
    versions.sort_unstable();
    assert_eq!(versions, [Some(2), Some(3)]);
    Ok(())
}

#[tokio::test]
async fn who_reads_does_not_set_prices() -> Result<()> {
    let tenant = Tenant::open().await?;
    let key = tenant.key("read").await?;
    let body = book("10", "0.9");
    let answer = call(&tenant.api, Method::POST, PATH, &key, Some(&body)).await?;
    answer.refusal(PATH, StatusCode::FORBIDDEN)?;
    let answer = call(&tenant.api, Method::GET, PATH, &key, None).await?;
    assert_eq!(answer.status, StatusCode::OK);
    Ok(())
}
