//! Quotes over time: a month's price for plans of other periods, and loyalty by what was paid for.

use crate::support::{
    history::{History, TRIAL},
    rows,
    shop::{Shop, refused_field},
};
use anyhow::{Context, Result};
use axum::http::StatusCode;
use serde_json::{Value, json};
use tessera_store::{
    U64,
    mirror::{member::MemberRow, plan::PlanRow, subscription::SubscriptionRow},
};
use tessera_types::events::Settlement;

const PATH: &str = "/v1/quotes";

#[tokio::test]
async fn loyalty_comes_from_the_chain_and_not_from_the_request() -> Result<()> {
    let shop = Shop::open().await?;
    let customer = shop.customer().await?;
    let mut body = json!({ "segment": "individual", "quantity": 5, "plan": shop.plan() });
    for name in ["loyalty_tier", "paid_months", "price"] {
        let mut forged = body.clone();
        forged[name] = json!(99);
        let answer = shop.post_as(&customer, PATH, &forged).await?;
        answer.refusal(PATH, StatusCode::BAD_REQUEST)?;
    }
    let units = |answer: Value| answer["price_units"].clone();
    // 5 x 99 = 495; x 0.85 = 420.75.
    let answer = shop.post_as(&customer, PATH, &body).await?.json()?;
    assert_eq!(units(answer), "420750000");
    // A tier of another Org is none here.
    let elsewhere = MemberRow {
        wallet: customer.key(),
        tier: 3,
        ..rows::member(1, 9, 1)
    };
    shop.add_members(&[elsewhere]).await?;
    let answer = shop.post_as(&customer, PATH, &body).await?.json()?;
    assert_eq!(units(answer), "420750000");
    let here = MemberRow {
        wallet: customer.key(),
        tier: 1,
        ..rows::member(2, 1, 1)
    };
    shop.add_members(&[here]).await?;
    // x 0.9 = 378.675.
    let answer = shop.post_as(&customer, PATH, &body).await?.json()?;
    assert_eq!(answer["personalised"], true);
    assert_eq!(units(answer), "378675000");
    body["quantity"] = json!(1);
    let answer = shop.post_as(&customer, PATH, &body).await?.json()?;
    assert_eq!(units(answer), "89100000");
    Ok(())
}

#[tokio::test]
async fn a_plan_of_another_period_is_quoted_at_the_months_price_in_proportion() -> Result<()> {
    let shop = Shop::open().await?;
    let customer = shop.customer().await?;
    for (secs, months, units) in [
        (0, 12, "1188000000"),
        (0, 3, "297000000"),
        // 1.5 years of 365.25 days: 18 months.
        (47_336_400, 0, "1782000000"),
        // 99 * 14 / 30.4375 is 45.5359342...
        (14 * 86_400, 0, "45535934"),
        // A price that the book states for the period.
        (30 * 86_400, 0, "99000000"),
    ] {
        shop.set_plan(|plan| PlanRow {
            period_secs: secs,
            period_months: months,
            ..plan
        })
        .await?;
        let quote = shop.quote(&customer, None).await?;
        assert_eq!(quote["price_units"], units, "{secs} {months}");
        assert_eq!(quote["signed"]["price"], units, "{secs} {months}");
        let period = match months {
            0 => json!({ "secs": secs }),
            _ => json!({ "months": months }),
        };
        assert_eq!(quote["breakdown"]["period"], period);
    }
    Ok(())
}

#[tokio::test]
async fn the_price_of_a_week_is_below_a_floor_that_was_set_for_a_month() -> Result<()> {
    let shop = Shop::open().await?;
    shop.set_plan(|plan| PlanRow {
        period_secs: 7 * 86_400,
        period_months: 0,
        ..plan
    })
    .await?;
    // 22.767967, and the plan's floor is 40.
    let answer = shop.ask(&shop.customer().await?, None).await?;
    assert_eq!(refused_field(&answer, PATH)?, "price");
    Ok(())
}

#[tokio::test]
async fn nothing_is_signed_for_a_period_that_the_book_does_not_cover() -> Result<()> {
    let shop = Shop::open().await?;
    let tenant = &shop.tenant;
    let mut book = tenant.json("/v1/price-books").await?["data"][0]["book"].clone();
    let fields = book.as_object_mut().context("a book")?;
    fields.remove("version");
    let individual = &mut fields["segments"]["individual"];
    individual
        .as_object_mut()
        .context("a segment")?
        .remove("base");
    individual["prices"] = json!([{ "period": { "months": 12 }, "base": "990" }]);
    let drafted = tenant.posted("/v1/price-books", &book).await?;
    let publish = format!("/v1/price-books/{}/publish", drafted["version"]);
    tenant.post(&publish, &json!({})).await?;
    let customer = shop.customer().await?;
    let answer = shop.ask(&customer, None).await?;
    assert_eq!(refused_field(&answer, PATH)?, "plan");
    shop.set_plan(|plan| PlanRow {
        period_months: 12,
        ..plan
    })
    .await?;
    let quote = shop.quote(&customer, None).await?;
    assert_eq!(quote["price_units"], "990000000");
    let estimate = "/v1/pricing/estimate";
    let month = json!({ "segment": "individual", "quantity": 1 });
    let answer = tenant.post(estimate, &month).await?;
    assert_eq!(refused_field(&answer, estimate)?, "period");
    let year = json!({ "segment": "individual", "quantity": 2, "period": { "months": 12 } });
    let price = tenant.posted(estimate, &year).await?["price"].clone();
    assert_eq!(price, "1980");
    Ok(())
}

#[tokio::test]
async fn weeks_that_were_paid_are_weeks_of_loyalty_and_not_months() -> Result<()> {
    let shop = Shop::open().await?;
    shop.set_plan(|plan| PlanRow {
        period_secs: 7 * 86_400,
        period_months: 0,
        price_floor: U64(1),
        ..plan
    })
    .await?;
    let customer = shop.customer().await?;
    let subscription = SubscriptionRow {
        wallet: customer.key(),
        state: 4,
        ..rows::subscription(1, 1, 1)
    };
    let mut history = History::of(&[rows::org(1)]);
    history.open(&[rows::plan(1, 1)]);
    let paid = Settlement {
        debit: 22_000_000,
        merchant: 22_000_000,
        ..TRIAL
    };
    let mirror = &shop.tenant.api.mirror;
    let row = std::slice::from_ref(&subscription);
    rows::upsert(&mut *mirror.acquire().await?, row).await?;
    // 52 weeks are 11.96 months.
    for (weeks, price) in [(52, "22767967"), (1, "20491170")] {
        for _ in 0..weeks {
            history.pay(&subscription, paid, &[]);
        }
        history.store(mirror).await?;
        assert_eq!(shop.quote(&customer, None).await?["price_units"], price);
    }
    Ok(())
}

#[tokio::test]
async fn twelve_paid_months_make_a_customer_loyal_whatever_their_subscription_says() -> Result<()> {
    let shop = Shop::open().await?;
    let customer = shop.customer().await?;
    let subscription = SubscriptionRow {
        wallet: customer.key(),
        state: 4,
        periods_paid: 1,
        ..rows::subscription(1, 1, 1)
    };
    let mut history = History::of(&[rows::org(1)]);
    history.open(&[rows::plan(1, 1)]);
    let paid = Settlement {
        debit: 99_000_000,
        merchant: 99_000_000,
        ..TRIAL
    };
    let mirror = &shop.tenant.api.mirror;
    let row = std::slice::from_ref(&subscription);
    rows::upsert(&mut *mirror.acquire().await?, row).await?;
    for (number, price) in (1..=12).map(|it| (it, if it < 12 { "99000000" } else { "89100000" })) {
        history.pay(&subscription, paid, &[]);
        history.store(mirror).await?;
        assert_eq!(
            shop.quote(&customer, None).await?["price_units"],
            price,
            "{number}"
        );
    }
    Ok(())
}
