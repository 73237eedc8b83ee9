//! Money of several currencies: converted by stated rates, or unknown and named.

use crate::support::{
    payments::{monthly_plan, paid},
    rows::{self, MINT, key, subscription},
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tessera_store::mirror::plan::PlanRow;

const PATH: &str = "/v1/exchange-rates";
const JANUARY: &str = "/v1/kpis?from=2025-01-01T00:00:00Z&until=2025-02-01T00:00:00Z";

async fn state(tenant: &Tenant, currency: &str, from: &str, usd: &str) -> Result<()> {
    let rate = json!({ "currency": currency, "from": from, "usd": usd });
    let answer = tenant.call(Method::PUT, PATH, Some(&rate)).await?;
    ensure!(answer.status == StatusCode::OK, "{answer:?}");
    assert_eq!(answer.json()?, rate);
    Ok(())
}

async fn spend(tenant: &Tenant, currency: &str, amount: &str) -> Result<()> {
    let body =
        json!({ "day": "2025-01-06", "channel": "ads", "currency": currency, "amount": amount });
    let answer = tenant.call(Method::PUT, "/v1/spend", Some(&body)).await?;
    ensure!(answer.status == StatusCode::OK, "{answer:?}");
    Ok(())
}

/// Wallet 1 pays 10 in mint 1 and 20 in mint 2, wallet 2 pays 30 in mint 2.
async fn two_mints() -> Result<Tenant> {
    let tenant = Tenant::open().await?;
    let conn = &mut *tenant.api.mirror.acquire().await?;
    let other = PlanRow {
        mint: key(MINT, 2),
        decimals: 9,
        ..monthly_plan(3, 1)
    };
    rows::upsert(conn, &[monthly_plan(1, 1), other]).await?;
    let of = [(1, 1, 1), (2, 3, 1), (3, 3, 2)].map(|it| subscription(it.0, it.1, it.2));
    rows::upsert(conn, &of).await?;
    tenant
        .pay(&[
            paid(1, "2025-01-09", 10_000_000),
            paid(2, "2025-01-10", 20_000_000_000),
            paid(3, "2025-01-11", 30_000_000_000),
        ])
        .await?;
    Ok(tenant)
}

/// The values of an indicator by currency.
async fn values(tenant: &Tenant, id: &str) -> Result<Vec<Value>> {
    let answer = tenant.json(JANUARY).await?;
    let all = answer["kpis"].as_array().context("indicators")?;
    Ok(all.iter().filter(|it| it["id"] == id).cloned().collect())
}

fn dollars(values: &[Value]) -> Result<&Value> {
    let found = values.iter().find(|it| it["currency"] == "USD");
    found.context("a value in dollars")
}

#[tokio::test]
async fn rates_that_are_none_are_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let good = json!({ "currency": "EUR", "from": "2025-01-01", "usd": "1.08" });
    for (field, value) in [
        ("currency", json!("eur")),
        ("currency", json!("USD")),
        ("from", json!("2025-1-1")),
        ("usd", json!("0")),
        ("usd", json!("-1")),
        ("usd", json!(1.08)),
        ("usd", json!("0.0000000000001")),
        ("until", json!("2025-01-01")),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let answer = tenant.call(Method::PUT, PATH, Some(&body)).await?;
        answer.refusal(PATH, StatusCode::BAD_REQUEST)?;
    }
    assert_eq!(tenant.json(PATH).await?["data"], json!([]));
    Ok(())
}

#[tokio::test]
async fn a_rate_is_replaced_for_its_day_and_seen_by_its_organisation_alone() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    for (from, usd) in [
        ("2025-01-01", "1.08"),
        ("2025-02-01", "1.1"),
        ("2025-01-01", "1.07"),
    ] {
        state(&tenant, "EUR", from, usd).await?;
    }
    let listed = tenant.json(PATH).await?["data"].take();
    let rate = |from: &str, usd: &str| json!({ "currency": "EUR", "from": from, "usd": usd });
    assert_eq!(
        listed,
        json!([rate("2025-01-01", "1.07"), rate("2025-02-01", "1.1")])
    );
    assert_eq!(other.json(PATH).await?["data"], json!([]));
    Ok(())
}

#[tokio::test]
async fn spend_in_a_currency_of_no_plan_is_named_and_converted() -> Result<()> {
    let tenant = two_mints().await?;
    let [one, two] = [1, 2].map(|number| key(MINT, number).to_string());
    spend(&tenant, "EUR", "100").await?;
    spend(&tenant, &one, "30").await?;
    let costs = values(&tenant, "customer_acquisition_cost").await?;
    let of_mint = costs.iter().find(|it| it["currency"] == one.as_str());
    let of_mint = of_mint.context("a value")?;
    assert_eq!(
        (&of_mint["numerator"], &of_mint["left_out"]),
        (&json!("30"), &json!(["EUR"]))
    );
    let all = dollars(&costs)?;
    assert_eq!(
        (&all["value"], &all["denominator"]),
        (&json!(null), &json!("2"))
    );
    let mut left_out = [one.as_str(), two.as_str(), "EUR"];
    left_out.sort_unstable();
    assert_eq!(all["left_out"], json!(left_out));

    state(&tenant, "EUR", "2024-12-01", "1.2").await?;
    state(&tenant, "EUR", "2025-02-01", "9").await?;
    state(&tenant, &one, "2024-12-01", "1").await?;
    state(&tenant, &two, "2024-12-01", "150").await?;
    let costs = values(&tenant, "customer_acquisition_cost").await?;
    let all = dollars(&costs)?;
    // 100 euros at the period's end are 120 dollars; wallet 1 came by mint 1.
    assert_eq!(
        (&all["numerator"], &all["value"]),
        (&json!("150"), &json!("75"))
    );
    assert_eq!(all["left_out"], json!([]));
    let used = all["rates"].as_array().context("rates")?;
    assert!(used.contains(&json!({ "currency": "EUR", "from": "2024-12-01", "usd": "1.2" })));
    Ok(())
}

#[tokio::test]
async fn customers_who_pay_in_two_mints_are_one_in_dollars() -> Result<()> {
    let tenant = two_mints().await?;
    for (number, usd) in [(1, "1"), (2, "0.5")] {
        state(&tenant, &key(MINT, number).to_string(), "2024-12-01", usd).await?;
    }
    let worth = values(&tenant, "customer_lifetime_value").await?;
    let all = dollars(&worth)?;
    // 10 + 10 and 15.
    assert_eq!(
        (&all["numerator"], &all["denominator"]),
        (&json!("35"), &json!("2"))
    );
    assert_eq!(all["value"], "17.5");
    Ok(())
}

#[tokio::test]
async fn recurring_revenue_of_two_mints_is_added_in_dollars_or_unknown() -> Result<()> {
    let tenant = two_mints().await?;
    let path = "/v1/recurring-revenue?from=2025-01&months=2";
    let [one, two] = [1, 2].map(|number| key(MINT, number).to_string());
    state(&tenant, &one, "2025-01-01", "1").await?;
    let unknown = tenant.json(path).await?["in_dollars"].take();
    assert_eq!(
        (&unknown["months"], &unknown["without_rate"]),
        (&json!(null), &json!([two]))
    );

    state(&tenant, &two, "2025-01-01", "0.5").await?;
    let known = tenant.json(path).await?["in_dollars"].take();
    let january = &known["months"][0];
    // 10 + 10 of the one wallet, and 15 of the other.
    assert_eq!(
        (&january["new"], &january["closing"]),
        (&json!("35000000"), &json!("35000000"))
    );
    assert_eq!(january["wallets"]["new"], 2);
    assert_eq!(known["rates"].as_array().map(Vec::len), Some(2));
    Ok(())
}
