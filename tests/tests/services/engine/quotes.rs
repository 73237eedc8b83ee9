//! Quotes: the price is what the rules say, for whom they say it, until the deadline.

use crate::support::{
    rows,
    shop::{Shop, in_secs, refused_field},
    tenant::{Tenant, call, sign_in},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_domain::pricing::PriceBreakdown;
use tessera_store::{
    Key, U64,
    mirror::{org::OrgRow, plan::PlanRow, subscription::SubscriptionRow},
};

const PATH: &str = "/v1/quotes";

#[tokio::test]
async fn quantities_and_amounts_that_are_none_are_refused_by_field() -> Result<()> {
    let shop = Shop::open().await?;
    for quantity in [
        json!(-1),
        json!(0),
        json!(1_000_001),
        json!(u64::MAX),
        json!(1.5),
        json!(1e30),
        json!("5"),
        json!("NaN"),
        json!(null),
    ] {
        for path in [PATH, "/v1/pricing/estimate"] {
            let body = json!({ "segment": "individual", "quantity": quantity });
            let answer = shop.tenant.post(path, &body).await?;
            assert_eq!(refused_field(&answer, path)?, "quantity", "{quantity}");
        }
    }
    for usage in ["NaN", "Infinity", "1e9", "--1"] {
        let body = json!({ "segment": "individual", "quantity": 1, "usage": { "units": usage } });
        let answer = shop.tenant.post(PATH, &body).await?;
        assert_eq!(refused_field(&answer, PATH)?, "usage.units", "{usage}");
    }
    for (name, value) in [
        ("segment", json!("nobody")),
        ("offer", json!("NEVER")),
        ("offer", json!("never\u{0}")),
        ("valid_secs", json!(59)),
        ("valid_secs", json!(3_601)),
        ("periods", json!(12)),
        ("referral_code", json!("FRIEND")),
        ("flags", json!(["friend_of_the_house"])),
        ("plan", json!(rows::key(rows::PLAN, 99).to_string())),
    ] {
        let mut body = json!({ "segment": "individual", "quantity": 1 });
        body[name] = value;
        let answer = shop.tenant.post(PATH, &body).await?;
        assert!(refused_field(&answer, PATH)?.starts_with(name), "{name}");
    }
    assert_eq!(shop.tenant.json(PATH).await?["data"], json!([]));
    Ok(())
}

#[tokio::test]
async fn stacked_discounts_stop_at_the_floor() -> Result<()> {
    let shop = Shop::open().await?;
    let body =
        json!({ "segment": "institutional", "quantity": 5, "flags": ["enterprise_contract"] });
    let quote = shop.tenant.posted(PATH, &body).await?;
    // 5 x 4,999 = 24,995; x 0.7 x 0.6 = 10,497.9, and half the list price is the least.
    let price: Decimal = quote["price"].as_str().context("a price")?.parse()?;
    assert_eq!(price, "12497.5".parse()?);
    let steps = quote["breakdown"]["steps"].as_array().context("steps")?;
    let names: Vec<&Value> = steps.iter().map(|step| &step["name"]).collect();
    assert_eq!(
        names,
        ["base", "volume_discount", "enterprise_discount", "floor"]
    );
    assert_eq!(quote["personalised"], true);
    assert_eq!(
        (&quote["transaction"], &quote["signed"]),
        (&Value::Null, &Value::Null)
    );
    Ok(())
}

#[tokio::test]
async fn a_price_outside_the_plan_is_refused_with_both_bounds() -> Result<()> {
    let shop = Shop::open().await?;
    shop.set_plan(|plan| PlanRow {
        price_floor: U64(99_000_001),
        ..plan
    })
    .await?;
    let customer = shop.customer().await?;
    let answer = shop.ask(&customer, None).await?;
    assert_eq!(refused_field(&answer, PATH)?, "price");
    let rule = answer.json()?["errors"][0]["rule"].to_string();
    assert!(
        rule.contains("99000001") && rule.contains("30000000000"),
        "{rule}"
    );
    Ok(())
}

#[tokio::test]
async fn a_plan_in_another_currency_than_the_book_is_refused() -> Result<()> {
    let shop = Shop::open().await?;
    let customer = shop.customer().await?;
    let changes: [fn(PlanRow) -> PlanRow; 2] = [
        |plan| PlanRow {
            mint: rows::key(rows::MINT, 2),
            ..plan
        },
        |plan| PlanRow {
            decimals: 9,
            ..plan
        },
    ];
    for change in changes {
        shop.set_plan(change).await?;
        let answer = shop.ask(&customer, None).await?;
        assert_eq!(refused_field(&answer, PATH)?, "plan");
    }
    Ok(())
}

#[tokio::test]
async fn a_customer_gets_no_quote_for_another_wallet_and_establishes_nothing() -> Result<()> {
    let shop = Shop::open().await?;
    let (customer, other) = (shop.customer().await?, shop.customer().await?);
    for (name, value) in [
        ("wallet", json!(other.key().to_string())),
        ("flags", json!(["enterprise_contract"])),
        ("usage", json!({ "units": "0" })),
    ] {
        let mut body = json!({ "segment": "individual", "quantity": 1 });
        body[name] = value;
        let answer = shop.post_as(&customer, PATH, &body).await?;
        answer.refusal(PATH, StatusCode::FORBIDDEN)?;
    }
    for kind in ["read", "write"] {
        let key = shop.tenant.key(kind).await?;
        let body = json!({ "segment": "individual", "quantity": 1 });
        let answer = call(&shop.tenant.api, Method::POST, PATH, &key, Some(&body)).await?;
        answer.refusal(PATH, StatusCode::FORBIDDEN)?;
    }
    for (method, path) in [
        (Method::GET, PATH),
        (Method::GET, "/v1/price-books"),
        (Method::GET, "/v1/offers"),
        (Method::DELETE, "/v1/offers/FEW"),
    ] {
        let answer = call(&shop.tenant.api, method, path, &customer.token, None).await?;
        answer.refusal(path, StatusCode::FORBIDDEN)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_segment_that_charges_usage_is_quoted_by_the_sales_team_only() -> Result<()> {
    let shop = Shop::open().await?;
    let book = json!({
        "currency": {
            "mint": rows::key(rows::MINT, 1).to_string(), "decimals": 6
        },
        "segments": { "metered": { "unit": "site", "base": "50", "charge": {
            "model": "package", "amount": "3", "package_size": 100, "free_units": 200
        } } },
        "stacking": { "order": [], "mode": "multiply", "floor_factor": "0.5" }
    });
    shop.tenant.posted("/v1/price-books", &book).await?;
    let path = "/v1/price-books/2/publish";
    assert!(
        shop.tenant
            .call(Method::POST, path, None)
            .await?
            .status
            .is_success()
    );
    let customer = shop.customer().await?;
    let body = json!({ "segment": "metered", "quantity": 1, "plan": shop.plan() });
    let answer = shop.post_as(&customer, PATH, &body).await?;
    answer.refusal(PATH, StatusCode::FORBIDDEN)?;
    let mut body = body;
    body["wallet"] = json!(customer.key().to_string());
    body["usage"] = json!({ "units": "401" });
    // 50, and three started packages of 100 beyond the 200 free units.
    let quote = shop.tenant.posted(PATH, &body).await?;
    assert_eq!(quote["price_units"], "59000000");
    Ok(())
}

#[tokio::test]
async fn a_tampered_quote_does_not_add_up() -> Result<()> {
    let shop = Shop::open().await?;
    let body = json!({ "segment": "individual", "quantity": 5 });
    let quote = shop.tenant.posted(PATH, &body).await?;
    let id = quote["id"].as_str().context("id")?;
    let stored = shop.tenant.json(&format!("{PATH}/{id}")).await?;
    let breakdown = |change: &dyn Fn(&mut Value)| -> Result<PriceBreakdown> {
        let mut value = stored["breakdown"].clone();
        change(&mut value);
        Ok(serde_json::from_value(value)?)
    };
    breakdown(&|_| {})?.verify()?;
    let changes: [&dyn Fn(&mut Value); 4] = [
        &|it| it["price"] = json!("1"),
        &|it| it["list"] = json!("500"),
        &|it| it["steps"][1]["operation"]["factor"] = json!("0.5"),
        &|it| it["steps"][1]["after"] = json!("1"),
    ];
    for change in changes {
        assert!(breakdown(change)?.verify().is_err());
    }
    Ok(())
}

#[tokio::test]
async fn a_quote_is_accepted_before_its_deadline_and_once() -> Result<()> {
    let shop = Shop::open().await?;
    let (buyer, other) = (shop.customer().await?, shop.customer().await?);
    let quote = shop.quote(&buyer, None).await?;
    let id = quote["id"].as_str().context("id")?;
    let path = format!("{PATH}/{id}/accept");
    let strange = shop.post_as(&other, &path, &json!({})).await?;
    strange.refusal(&path, StatusCode::NOT_FOUND)?;
    let key = shop.tenant.key("read").await?;
    let reader = call(&shop.tenant.api, Method::POST, &path, &key, None).await?;
    reader.refusal(&path, StatusCode::FORBIDDEN)?;

    shop.sql("update engine.quote set deadline = now() - interval '1 s'")
        .await?;
    let late = shop.post_as(&buyer, &path, &json!({})).await?;
    late.refusal(&path, StatusCode::CONFLICT)?;
    shop.sql("update engine.quote set deadline = now() + interval '5 s'")
        .await?;
    let accepted = shop.post_as(&buyer, &path, &json!({})).await?.json()?;
    assert!(accepted["accepted_at"].is_string(), "{accepted}");
    shop.sql("update engine.quote set deadline = now() - interval '1 day'")
        .await?;
    // The sales team repeats it; the first time counts.
    let again = shop.tenant.posted(&path, &json!({})).await?;
    assert_eq!(again["accepted_at"], accepted["accepted_at"]);
    assert_eq!(again["price"], quote["price"]);
    Ok(())
}

#[tokio::test]
async fn a_quote_is_in_the_stream_of_its_wallet() -> Result<()> {
    let shop = Shop::open().await?;
    let buyer = shop.customer().await?;
    let quote = shop.quote(&buyer, None).await?;
    let id = quote["id"].as_str().context("id")?;
    for _ in 0..2 {
        let path = format!("{PATH}/{id}/accept");
        shop.post_as(&buyer, &path, &json!({})).await?;
    }
    let events: Vec<(String, Value)> = sqlx::query_as(
        "select name, properties from engine.event where source = 'engine' order by position",
    )
    .fetch_all(&shop.tenant.api.mirror)
    .await?;
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["quote_issued", "quote_accepted"]);
    for (_, properties) in &events {
        assert_eq!(
            (&properties["quote"], &properties["price"]),
            (&json!(id), &json!("99"))
        );
    }
    Ok(())
}

#[tokio::test]
async fn quotes_of_another_organisation_do_not_exist() -> Result<()> {
    let shop = Shop::open().await?;
    let buyer = shop.customer().await?;
    let quote = shop.quote(&buyer, None).await?;
    let id = quote["id"].as_str().context("id")?;
    let other = Tenant::join(shop.tenant.api.clone(), 2).await?;
    let path = format!("{PATH}/{id}");
    other
        .get(&path)
        .await?
        .refusal(&path, StatusCode::NOT_FOUND)?;
    let accept = format!("{path}/accept");
    let refused = other.call(Method::POST, &accept, None).await?;
    refused.refusal(&accept, StatusCode::NOT_FOUND)?;
    assert_eq!(other.json(PATH).await?["data"], json!([]));
    // Its plan is not theirs to quote either.
    let body = json!({ "segment": "individual", "quantity": 1, "plan": shop.plan() });
    let refused = other.post(PATH, &body).await?;
    assert_eq!(refused_field(&refused, PATH)?, "plan");
    // The buyer sees it, other customers do not.
    let seen = call(&shop.tenant.api, Method::GET, &path, &buyer.token, None).await?;
    assert_eq!(seen.json()?["price"], "99");
    let stranger = shop.customer().await?;
    let unseen = call(&shop.tenant.api, Method::GET, &path, &stranger.token, None).await?;
    unseen.refusal(&path, StatusCode::NOT_FOUND)?;
    // In its other organisation, the wallet's session sees nothing of it.
    let elsewhere = sign_in(&shop.tenant.api, &buyer.wallet, Some(&other.org())).await?;
    let unseen = call(&shop.tenant.api, Method::GET, &path, &elsewhere, None).await?;
    unseen.refusal(&path, StatusCode::NOT_FOUND)?;
    Ok(())
}

#[tokio::test]
async fn what_the_chain_would_refuse_is_not_quoted() -> Result<()> {
    let shop = Shop::open().await?;
    let buyer = shop.customer().await?;
    let changes: [fn(OrgRow) -> OrgRow; 3] = [
        |org| OrgRow {
            quote_authority: Key([9; 32]),
            ..org
        },
        |org| OrgRow {
            pause_flags: 1,
            ..org
        },
        |org| OrgRow {
            admin_pause_flags: 1,
            ..org
        },
    ];
    for change in changes {
        shop.set_org(change).await?;
        let answer = shop.ask(&buyer, None).await?;
        answer.refusal(PATH, StatusCode::CONFLICT)?;
    }
    shop.set_org(|org| org).await?;
    for ends_at in [1_000, in_secs(-1).secs()] {
        shop.set_plan(move |plan| PlanRow { ends_at, ..plan })
            .await?;
        let answer = shop.ask(&buyer, None).await?;
        assert_eq!(refused_field(&answer, PATH)?, "plan");
    }
    shop.set_plan(|plan| plan).await?;
    let subscription = SubscriptionRow {
        wallet: buyer.key(),
        ..rows::subscription(1, 1, 1)
    };
    let mut conn = shop.tenant.api.mirror.acquire().await?;
    rows::upsert(&mut conn, &[subscription]).await?;
    let answer = shop.ask(&buyer, None).await?;
    answer.refusal(PATH, StatusCode::CONFLICT)?;
    Ok(())
}

#[tokio::test]
async fn the_sales_team_quotes_for_a_wallet_that_never_signed_in() -> Result<()> {
    let shop = Shop::open().await?;
    let wallet = Keypair::new().pubkey().to_string();
    let body = json!({
        "segment": "institutional", "quantity": 1, "plan": shop.plan(), "wallet": wallet,
        "flags": ["enterprise_contract"], "valid_secs": 60, "periods": 1
    });
    let quote = shop.tenant.posted(PATH, &body).await?;
    // 4,999 x 0.6.
    assert_eq!(quote["price_units"], "2999400000");
    assert_eq!(quote["wallet"], wallet);
    let listed = shop.tenant.json(&format!("{PATH}?wallet={wallet}")).await?;
    assert_eq!(listed["data"][0]["id"], quote["id"]);
    let nobody = Keypair::new().pubkey();
    let listed = shop.tenant.json(&format!("{PATH}?wallet={nobody}")).await?;
    assert_eq!(listed["data"], json!([]));
    Ok(())
}

#[tokio::test]
async fn a_quote_ends_before_its_plan_takes_nobody_any_more() -> Result<()> {
    let shop = Shop::open().await?;
    let end = in_secs(120).secs();
    let changes: [fn(PlanRow, i64) -> PlanRow; 2] = [
        |plan, ends_at| PlanRow { ends_at, ..plan },
        |plan, sunset_at| PlanRow { sunset_at, ..plan },
    ];
    for change in changes {
        shop.set_plan(|plan| change(plan, end)).await?;
        let quote = shop.quote(&shop.customer().await?, None).await?;
        let deadline: DateTime<Utc> = quote["expires_at"]
            .as_str()
            .context("a deadline")?
            .parse()?;
        assert_eq!(deadline.timestamp(), end - 1);
    }
    Ok(())
}
