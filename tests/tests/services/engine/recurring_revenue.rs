//! Recurring revenue, by hand.

use crate::support::{
    payments::{DAY, Paid, day, monthly_plan, paid},
    rows::{self, MINT, key, subscription},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tessera_store::mirror::{
    cursor::{self, Moment},
    plan::PlanRow,
};

const PATH: &str = "/v1/recurring-revenue?from=2025-01&months=4";

/// Wallets 1 to 4 pay in mint 1, wallet 1 also in mint 2; wallet 9 pays another organisation.
async fn populated() -> Result<(Tenant, Tenant)> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    let conn = &mut *tenant.api.mirror.acquire().await?;
    let yearly = PlanRow {
        mint: key(MINT, 2),
        decimals: 9,
        period_months: 12,
        ..monthly_plan(4, 1)
    };
    let plans = [
        monthly_plan(1, 1),
        monthly_plan(3, 1),
        yearly,
        monthly_plan(2, 2),
    ];
    rows::upsert(conn, &plans).await?;
    let subscriptions = [
        (1, 1, 1),
        (2, 1, 2),
        (3, 1, 3),
        (4, 3, 3),
        (5, 1, 4),
        (6, 3, 4),
        (7, 4, 1),
        (8, 2, 9),
    ]
    .map(|(number, plan, wallet)| subscription(number, plan, wallet));
    rows::upsert(conn, &subscriptions).await?;
    tenant
        .pay(&[
            // Wallet 1 stays.
            paid(1, "2025-01-10", 10_000_000),
            paid(1, "2025-02-09", 10_000_000),
            paid(1, "2025-03-11", 10_000_000),
            // Wallet 2 leaves in February and comes back in March.
            paid(2, "2025-01-15", 20_000_000),
            paid(2, "2025-03-05", 20_000_000),
            // Wallet 3 comes in February and takes a second subscription in March.
            paid(3, "2025-02-20", 5_000_000),
            paid(3, "2025-03-22", 5_000_000),
            paid(4, "2025-03-10", 7_000_000),
            // Wallet 4 ends one of two in February.
            paid(5, "2025-01-20", 8_000_000),
            paid(5, "2025-02-19", 8_000_000),
            paid(5, "2025-03-21", 8_000_000),
            paid(6, "2025-01-25", 4_000_000),
            Paid {
                secs: 365 * DAY,
                ..paid(7, "2025-02-01", 120_000_000_000)
            },
            paid(8, "2025-01-10", 99_000_000),
        ])
        .await?;
    Ok((tenant, other))
}

/// opening, new, expansion, reactivation, contraction, churn, closing
fn amounts(month: &Value) -> [i64; 7] {
    PARTS.map(|part| {
        let text = month[part].as_str().unwrap_or_default();
        text.parse().unwrap_or(-1)
    })
}

const PARTS: [&str; 7] = [
    "opening",
    "new",
    "expansion",
    "reactivation",
    "contraction",
    "churn",
    "closing",
];

fn counts(month: &Value) -> [i64; 7] {
    PARTS.map(|part| month["wallets"][part].as_i64().unwrap_or(-1))
}

fn months(answer: &Value, mint: u8) -> Result<&Vec<Value>> {
    let address = key(MINT, mint).to_string();
    let mints = answer["mints"].as_array().context("mints")?;
    mints
        .iter()
        .find(|it| it["mint"] == address.as_str())
        .and_then(|it| it["months"].as_array())
        .context("the mint")
}

#[tokio::test]
async fn months_that_are_none_are_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (field, query) in [
        ("from", "from=2025-13"),
        ("from", "from=2025-1"),
        ("months", "months=0"),
        ("months", "months=121"),
    ] {
        let path = format!("/v1/recurring-revenue?{query}");
        let problem = tenant
            .get(&path)
            .await?
            .refusal(&path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field);
    }
    Ok(())
}

#[tokio::test]
async fn an_organisation_without_payments_has_months_of_nothing() -> Result<()> {
    let answer = Tenant::open().await?.json(PATH).await?;
    for month in months(&answer, 1)? {
        assert_eq!((amounts(month), counts(month)), ([0; 7], [0; 7]));
        assert_eq!(
            (&month["growth"], &month["growth_interval"]),
            (&json!(null), &json!(null))
        );
    }
    Ok(())
}

#[tokio::test]
async fn every_wallets_move_is_in_its_part_and_the_parts_add_up() -> Result<()> {
    let (tenant, other) = populated().await?;
    let answer = tenant.json(PATH).await?;
    let of_mint = months(&answer, 1)?;
    let expected = [
        ("2025-01", [0, 42, 0, 0, 0, 0, 42], [0, 3, 0, 0, 0, 0, 3]),
        ("2025-02", [42, 5, 0, 0, 4, 20, 23], [3, 1, 0, 0, 1, 1, 3]),
        ("2025-03", [23, 0, 7, 20, 0, 0, 50], [3, 0, 1, 1, 0, 0, 4]),
        // Wallet 1 goes on in the other mint.
        ("2025-04", [50, 0, 0, 0, 10, 40, 0], [4, 0, 0, 0, 1, 3, 0]),
    ];
    assert_eq!(of_mint.len(), expected.len());
    for (month, (name, parts, wallets)) in of_mint.iter().zip(expected) {
        assert_eq!(
            (&month["month"], &month["complete"]),
            (&json!(name), &json!(true))
        );
        assert_eq!(
            (amounts(month), counts(month)),
            (million(parts), wallets),
            "{name}"
        );
        let [
            opening,
            new,
            expansion,
            reactivation,
            contraction,
            churn,
            closing,
        ] = amounts(month);
        assert_eq!(
            opening + new + expansion + reactivation - contraction - churn,
            closing
        );
    }
    assert_eq!(of_mint[0]["growth"], json!(null));
    let growth = of_mint[1]["growth"].as_f64().context("a growth")?;
    assert!((growth - (-19.0 / 42.0)).abs() < 1e-9, "{growth}");
    let [low, high] = [0, 1].map(|end| of_mint[1]["growth_interval"][end].as_f64());
    assert!(low.context("a bound")? < growth && growth < high.context("a bound")?);

    // A year's payment is a twelfth a month.
    let yearly = months(&answer, 2)?;
    assert_eq!(
        amounts(&yearly[1]),
        [0, 0, 10_000_000_000, 0, 0, 0, 10_000_000_000]
    );
    assert_eq!(amounts(&yearly[2])[0], 10_000_000_000);

    let theirs = other.json(PATH).await?;
    assert_eq!(theirs["mints"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        amounts(&months(&theirs, 1)?[0]),
        [0, 99_000_000, 0, 0, 0, 0, 99_000_000]
    );
    Ok(())
}

#[tokio::test]
async fn a_month_that_runs_on_loses_nobody_who_is_yet_to_renew() -> Result<()> {
    let (tenant, _) = populated().await?;
    let conn = &mut *tenant.api.mirror.acquire().await?;
    let settled = Moment {
        slot: 1_000,
        at: day("2025-02-12").timestamp(),
    };
    cursor::settle(conn, settled).await?;
    let answer = tenant.json(PATH).await?;
    assert_eq!(answer["known_until"], "2025-02-12T00:00:00Z");
    let of_mint = months(&answer, 1)?;
    assert_eq!(of_mint.len(), 2);
    let february = &of_mint[1];
    assert_eq!(february["complete"], false);
    assert_eq!(amounts(february)[6], 42_000_000);
    assert_eq!(amounts(february)[5], 0);
    let last = tenant.json("/v1/recurring-revenue?months=2").await?;
    let names: Vec<_> = months(&last, 1)?
        .iter()
        .map(|it| it["month"].clone())
        .collect();
    assert_eq!(names, ["2025-01", "2025-02"]);
    Ok(())
}

#[tokio::test]
async fn a_subscription_that_was_closed_and_opened_again_never_left() -> Result<()> {
    let tenant = Tenant::open().await?;
    let conn = &mut *tenant.api.mirror.acquire().await?;
    rows::upsert(conn, &[monthly_plan(1, 1)]).await?;
    rows::upsert(conn, &[subscription(1, 1, 1)]).await?;
    tenant
        .pay(&[
            paid(1, "2025-01-10", 10_000_000),
            Paid {
                opened_again: true,
                ..paid(1, "2025-02-09", 10_000_000)
            },
            paid(1, "2025-03-11", 10_000_000),
        ])
        .await?;
    let answer = tenant.json(PATH).await?;
    let of_mint = months(&answer, 1)?;
    let ten = 10_000_000;
    assert_eq!(amounts(&of_mint[0]), [0, ten, 0, 0, 0, 0, ten]);
    for month in &of_mint[1..3] {
        assert_eq!(amounts(month), [ten, 0, 0, 0, 0, 0, ten]);
    }
    Ok(())
}

#[tokio::test]
async fn what_may_still_vanish_is_no_revenue_yet() -> Result<()> {
    let tenant = Tenant::open().await?;
    let conn = &mut *tenant.api.mirror.acquire().await?;
    rows::upsert(conn, &[monthly_plan(1, 1)]).await?;
    rows::upsert(conn, &[subscription(1, 1, 1)]).await?;
    tenant
        .pay(&[
            paid(1, "2025-01-10", 10_000_000),
            paid(1, "2025-02-09", 10_000_000),
        ])
        .await?;
    for (back, closing) in [(1, 0), (0, 10_000_000)] {
        sqlx::query("update cursor set final_slot = (select max(slot) from receipt) - $1")
            .bind(back)
            .execute(&mut *conn)
            .await?;
        let answer = tenant.json(PATH).await?;
        let february = &months(&answer, 1)?[1];
        assert_eq!(amounts(february)[6], closing);
    }
    Ok(())
}

#[tokio::test]
async fn every_period_is_counted_as_its_part_of_a_month() -> Result<()> {
    let tenant = Tenant::open().await?;
    let conn = &mut *tenant.api.mirror.acquire().await?;
    let plan = |number, secs, months| PlanRow {
        mint: key(MINT, number),
        period_secs: secs,
        period_months: months,
        ..monthly_plan(number, 1)
    };
    let plans = [
        plan(1, 0, 12),
        plan(2, 7 * DAY, 0),
        plan(3, 0, 3),
        plan(4, 30 * DAY, 0),
    ];
    rows::upsert(conn, &plans).await?;
    let of = [1, 2, 3, 4].map(|number| subscription(number, number, number));
    rows::upsert(conn, &of).await?;
    let for_days = |number, days: i64, debit| Paid {
        secs: days * DAY,
        ..paid(number, "2025-01-29", debit)
    };
    tenant
        .pay(&[
            for_days(1, 365, 120_000_000),
            for_days(2, 7, 7_000_000),
            for_days(3, 89, 30_000_000),
            for_days(4, 30, 30_000_000),
        ])
        .await?;
    let answer = tenant.json(PATH).await?;
    // A twelfth, 365.25 / 12 / 7 times as much, a third, and 30.4375 / 30 times as much.
    for (mint, monthly) in [
        (1, 10_000_000),
        (2, 30_437_500),
        (3, 10_000_000),
        (4, 30_437_500),
    ] {
        assert_eq!(amounts(&months(&answer, mint)?[0])[6], monthly, "{mint}");
    }
    Ok(())
}

/// The months of a wallet that pays 10 for 30 days of a plan, cancels it, and pays 30 for another one.
async fn changed(tenant: &Tenant, mint: u8, days: [&'static str; 3]) -> Result<Value> {
    let [began, cancelled, signed] = days;
    let conn = &mut *tenant.api.mirror.acquire().await?;
    let dearer = PlanRow {
        mint: key(MINT, mint),
        ..monthly_plan(3, 1)
    };
    rows::upsert(conn, &[monthly_plan(1, 1), dearer]).await?;
    rows::upsert(conn, &[subscription(1, 1, 1), subscription(2, 3, 1)]).await?;
    tenant
        .pay(&[
            Paid {
                cancelled_on: Some(cancelled),
                ..paid(1, began, 10_000_000)
            },
            paid(2, signed, 30_000_000),
        ])
        .await?;
    tenant.json(PATH).await
}

/// A change over the end of January, at which nothing is paid for: that of 30 days ends before it.
const OVER_A_GAP: [&str; 3] = ["2025-01-01", "2025-01-20", "2025-02-10"];

fn million(parts: [i64; 7]) -> [i64; 7] {
    parts.map(|part| part * 1_000_000)
}

#[tokio::test]
async fn a_plan_that_was_changed_within_its_paid_time_counts_once() -> Result<()> {
    let tenant = Tenant::open().await?;
    let days = ["2025-01-05", "2025-01-20", "2025-01-22"];
    let answer = changed(&tenant, 1, days).await?;
    let of_mint = months(&answer, 1)?;
    assert_eq!(amounts(&of_mint[0]), million([0, 30, 0, 0, 0, 0, 30]));
    Ok(())
}

#[tokio::test]
async fn a_change_of_plan_is_an_expansion_in_the_month_of_its_payment() -> Result<()> {
    let tenant = Tenant::open().await?;
    let answer = changed(&tenant, 1, OVER_A_GAP).await?;
    let of_mint = months(&answer, 1)?;
    assert_eq!(amounts(&of_mint[0]), million([0, 10, 0, 0, 0, 0, 10]));
    assert_eq!(amounts(&of_mint[1]), million([10, 0, 20, 0, 0, 0, 30]));
    Ok(())
}

#[tokio::test]
async fn a_change_of_plan_into_another_mint_wins_and_loses_nobody() -> Result<()> {
    let tenant = Tenant::open().await?;
    let answer = changed(&tenant, 2, OVER_A_GAP).await?;
    let [old, new] = [1, 2].map(|mint| months(&answer, mint));
    assert_eq!(amounts(&old?[1]), million([10, 0, 0, 0, 10, 0, 0]));
    assert_eq!(amounts(&new?[1]), million([0, 0, 30, 0, 0, 0, 30]));
    Ok(())
}

#[tokio::test]
async fn the_organisation_says_what_a_change_of_plan_is() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/organisation";
    for secs in [json!(-1), json!(31_622_401), json!(1.5), json!("7")] {
        let body = json!({ "plan_change_grace_secs": secs });
        let answer = tenant.call(Method::PATCH, path, Some(&body)).await?;
        answer.refusal(path, StatusCode::BAD_REQUEST)?;
    }
    let name = "plan_change_grace_secs";
    assert_eq!(tenant.json(path).await?[name], json!(null));
    changed(&tenant, 1, OVER_A_GAP).await?;
    let whole = [[0, 10, 0, 0, 0, 0, 10], [10, 0, 20, 0, 0, 0, 30]].map(million);
    // What comes and goes within a month moves nothing.
    let apart = [[0; 7], [0, 0, 0, 30, 0, 0, 30]].map(million);
    // 21 days lie between.
    for (secs, expected) in [
        (json!(20 * DAY), apart),
        (json!(21 * DAY), whole),
        (json!(null), whole),
    ] {
        let body = json!({ name: secs });
        let answer = tenant.call(Method::PATCH, path, Some(&body)).await?;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{answer:?}");
        assert_eq!(tenant.json(path).await?[name], secs);
        let answer = tenant.json(PATH).await?;
        let of_mint = months(&answer, 1)?;
        assert_eq!([0, 1].map(|it| amounts(&of_mint[it])), expected, "{secs}");
    }
    // A change of something else leaves it.
    tenant
        .call(Method::PATCH, path, Some(&json!({ name: 9 })))
        .await?;
    tenant
        .call(Method::PATCH, path, Some(&json!({ "name": "Ours" })))
        .await?;
    assert_eq!(tenant.json(path).await?[name], 9);
    Ok(())
}
