//! The eight indicators, by hand.

use crate::support::{
    payments::{Paid, monthly_plan, paid},
    rows::{self, MINT, key, subscription},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const JANUARY: &str = "/v1/kpis?from=2025-01-01T00:00:00Z&until=2025-02-01T00:00:00Z";

fn kpi<'a>(answer: &'a Value, id: &str) -> Result<&'a Value> {
    let kpis = answer["kpis"].as_array().context("kpis")?;
    kpis.iter().find(|it| it["id"] == id).context("the KPI")
}

/// numerator, denominator, value
fn share(answer: &Value, id: &str) -> Result<[Value; 3]> {
    let kpi = kpi(answer, id)?;
    Ok(["numerator", "denominator", "value"].map(|name| kpi[name].clone()))
}

#[tokio::test]
async fn a_period_that_ends_before_it_begins_is_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/kpis?from=2025-02-01T00:00:00Z&until=2025-01-01T00:00:00Z";
    let problem = tenant
        .get(path)
        .await?
        .refusal(path, StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "until");
    Ok(())
}

#[tokio::test]
async fn an_empty_organisation_has_goals_and_no_values() -> Result<()> {
    let tenant = Tenant::open().await?;
    let answer = tenant.json(JANUARY).await?;
    let kpis = answer["kpis"].as_array().context("kpis")?;
    let ids: BTreeSet<_> = kpis.iter().filter_map(|it| it["id"].as_str()).collect();
    assert_eq!(ids.len(), 8);
    for kpi in kpis {
        assert_eq!(kpi["denominator"], "0", "{kpi}");
        for name in ["value", "interval", "meets_threshold", "meets_target"] {
            assert!(kpi[name].is_null(), "{name} in {kpi}");
        }
        for name in ["definition", "numerator", "denominator", "interval"] {
            assert!(kpi["definition"][name].is_string(), "{name} in {kpi}");
        }
        assert!(
            kpi["target"].is_string() && kpi["threshold"].is_string(),
            "{kpi}"
        );
    }
    assert!(kpi(&answer, "customer_acquisition_cost")?["numerator"].is_null());
    let definitions = tenant.json("/v1/kpis/definitions").await?;
    assert_eq!(definitions["definitions"].as_array().map(Vec::len), Some(8));
    Ok(())
}

#[tokio::test]
async fn conversion_counts_people_once_and_payments_in_the_period_only() -> Result<()> {
    let tenant = Tenant::open().await?;
    let none = json!({});
    let paid = json!({ "amount": "100" });
    // Two browsers of one person, who pays.
    let (converted, browser) = (tenant.add_person().await?, tenant.add_person().await?);
    tenant
        .happens_to(converted, "page_viewed", "2025-01-03", none.clone())
        .await?;
    tenant
        .happens_to(browser, "page_viewed", "2025-01-02", none.clone())
        .await?;
    tenant
        .happens_to(browser, "subscribed", "2025-01-10", paid.clone())
        .await?;
    let conn = &mut *tenant.api.mirror.acquire().await?;
    tessera_store::people::person::set_canonical(conn, &[browser], &[converted]).await?;
    let seen_before = tenant.add_person().await?;
    tenant
        .happens_to(seen_before, "page_viewed", "2024-12-20", none.clone())
        .await?;
    tenant
        .happens_to(seen_before, "page_viewed", "2025-01-04", none.clone())
        .await?;
    tenant
        .happens_to(seen_before, "subscribed", "2025-01-05", paid.clone())
        .await?;
    let too_late = tenant.add_person().await?;
    tenant
        .happens_to(too_late, "page_viewed", "2025-01-31", none.clone())
        .await?;
    tenant
        .happens_to(too_late, "subscribed", "2025-02-01", paid)
        .await?;
    let paid_nothing = tenant.add_person().await?;
    tenant
        .happens_to(paid_nothing, "page_viewed", "2025-01-04", none.clone())
        .await?;
    tenant
        .happens_to(
            paid_nothing,
            "subscribed",
            "2025-01-06",
            json!({ "amount": "0" }),
        )
        .await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    let theirs = other.add_person().await?;
    other
        .happens_to(theirs, "page_viewed", "2025-01-04", none)
        .await?;

    let answer = tenant.json(JANUARY).await?;
    assert_eq!(
        share(&answer, "conversion_rate")?,
        ["1", "3", "0.333333333"]
    );
    let theirs = other.json(JANUARY).await?;
    assert_eq!(share(&theirs, "conversion_rate")?, ["0", "1", "0"]);
    Ok(())
}

#[tokio::test]
async fn what_machines_open_and_click_does_not_count() -> Result<()> {
    let tenant = Tenant::open().await?;
    let (one, two) = (tenant.add_person().await?, tenant.add_person().await?);
    let id = |id: &str| json!({ "email_id": id });
    let by_machine = |id: &str| json!({ "email_id": id, "machine": true });
    let spring = json!({ "campaign": "spring" });
    for (person, name, at, properties) in [
        (one, "email_delivered", "2025-01-05", id("scanned")),
        (one, "email_opened", "2025-01-05", by_machine("scanned")),
        (one, "email_clicked", "2025-01-05", by_machine("scanned")),
        (one, "email_delivered", "2025-01-06", id("read")),
        (one, "email_opened", "2025-01-06", by_machine("read")),
        (
            one,
            "email_opened",
            "2025-01-07",
            json!({ "email_id": "read", "machine": false }),
        ),
        (one, "email_clicked", "2025-01-08", id("read")),
        (one, "email_clicked", "2025-01-09", id("read")),
        // Another person's message under the same id.
        (two, "email_delivered", "2025-01-08", id("read")),
        (one, "email_delivered", "2025-01-07", id("bounced")),
        (one, "email_opened", "2025-01-07", id("bounced")),
        (one, "email_bounced", "2025-01-08", id("bounced")),
        (one, "email_delivered", "2024-12-31", id("earlier")),
        (one, "email_opened", "2025-01-02", id("earlier")),
        // Known by its campaign; opened after the period.
        (one, "email_delivered", "2025-01-09", spring.clone()),
        (one, "email_opened", "2025-02-03", spring),
        (one, "email_delivered", "2025-01-10", json!({})),
        (two, "email_opened", "2025-01-10", id("never_delivered")),
    ] {
        tenant.happens_to(person, name, at, properties).await?;
    }
    let answer = tenant.json(JANUARY).await?;
    assert_eq!(share(&answer, "email_open_rate")?, ["2", "4", "0.5"]);
    assert_eq!(share(&answer, "click_through_rate")?, ["1", "4", "0.25"]);
    // Wilson's bounds of 1 in 4, from statsmodels.
    let interval = &kpi(&answer, "click_through_rate")?["interval"];
    assert_eq!(interval, &json!(["0.045587261", "0.699358157"]));
    Ok(())
}

#[tokio::test]
async fn a_referral_converts_when_the_first_payment_follows_it() -> Result<()> {
    let tenant = Tenant::open().await?;
    let paid = json!({ "amount": "100" });
    let none = json!({});
    let people = [
        // Registers and pays in one second.
        vec![
            ("registered", "2025-01-12", json!({ "referred": true })),
            ("subscribed", "2025-01-12", paid.clone()),
        ],
        vec![("referral_clicked", "2025-01-15", none.clone())],
        vec![
            ("referral_clicked", "2025-01-30", none.clone()),
            ("subscribed", "2025-02-01", paid.clone()),
        ],
        vec![
            ("subscribed", "2025-01-02", paid.clone()),
            ("referral_clicked", "2025-01-20", none.clone()),
            ("charged", "2025-01-25", paid.clone()),
        ],
        // Not referred in the period.
        vec![
            ("registered", "2025-01-15", json!({ "referred": false })),
            ("subscribed", "2025-01-15", paid.clone()),
        ],
        vec![
            ("referral_clicked", "2024-12-10", none.clone()),
            ("referral_clicked", "2025-01-10", none),
            ("subscribed", "2025-01-11", paid),
        ],
    ];
    for events in people {
        let person = tenant.add_person().await?;
        for (name, at, properties) in events {
            tenant.happens_to(person, name, at, properties).await?;
        }
    }
    let answer = tenant.json(JANUARY).await?;
    assert_eq!(
        share(&answer, "referral_conversion_rate")?,
        ["1", "4", "0.25"]
    );
    Ok(())
}

#[tokio::test]
async fn a_demo_that_is_repeated_counts_once_and_a_deal_without_one_never() -> Result<()> {
    let tenant = Tenant::open().await?;
    for moves in [
        vec!["qualified", "demo_scheduled", "demo_held", "won"],
        vec!["qualified", "demo_scheduled", "demo_held"],
        vec![
            "qualified",
            "demo_scheduled",
            "demo_held",
            "demo_scheduled",
            "demo_held",
            "lost",
        ],
        vec!["qualified", "won"],
        vec!["qualified", "demo_scheduled"],
    ] {
        let person = tenant.add_person().await?;
        let body = json!({ "person": person, "name": "Desk", "amount": "1", "currency": "USD" });
        let deal = tenant.posted("/v1/deals", &body).await?;
        let path = format!(
            "/v1/deals/{}/transition",
            deal["id"].as_str().unwrap_or_default()
        );
        for to in moves {
            tenant.posted(&path, &json!({ "to": to })).await?;
        }
    }
    let answer = tenant.json("/v1/kpis").await?;
    assert_eq!(
        share(&answer, "demo_to_close_rate")?,
        ["1", "3", "0.333333333"]
    );
    let before = tenant.json(JANUARY).await?;
    assert_eq!(
        share(&before, "demo_to_close_rate")?,
        [json!("0"), json!("0"), json!(null)]
    );
    Ok(())
}

#[tokio::test]
async fn what_the_merchant_paid_back_is_no_revenue() -> Result<()> {
    let tenant = Tenant::open().await?;
    let conn = &mut *tenant.api.mirror.acquire().await?;
    rows::upsert(conn, &[monthly_plan(1, 1)]).await?;
    let subscriptions = [1, 2].map(|number| subscription(number, 1, number));
    rows::upsert(conn, &subscriptions).await?;
    tenant
        .pay(&[
            Paid {
                merchant: 9_000_000,
                // Half of the payment; the vault gives half of the commission.
                refunded: 5_000_000,
                refunded_from_vault: 500_000,
                ..paid(1, "2025-01-09", 10_000_000)
            },
            paid(2, "2025-01-12", 20_000_000),
            Paid {
                refunded: 1_000_000,
                ..paid(2, "2025-02-12", 20_000_000)
            },
        ])
        .await?;
    let answer = tenant.json(JANUARY).await?;
    assert_eq!(
        share(&answer, "customer_lifetime_value")?,
        ["24.5", "2", "12.25"]
    );
    // 4.5 and 20: the mean's standard error is 7.75.
    let value = kpi(&answer, "customer_lifetime_value")?;
    let low: f64 = value["interval"][0].as_str().context("a bound")?.parse()?;
    assert!(
        (low - (12.25 - 12.706_204_7 * 7.75)).abs() < 1e-4,
        "{value}"
    );
    Ok(())
}

#[tokio::test]
async fn money_comes_from_the_chain_and_from_recorded_spend() -> Result<()> {
    let tenant = Tenant::open().await?;
    let conn = &mut *tenant.api.mirror.acquire().await?;
    rows::upsert(conn, &[monthly_plan(1, 1)]).await?;
    let subscriptions = [1, 2, 3].map(|number| subscription(number, 1, number));
    rows::upsert(conn, &subscriptions).await?;
    tenant
        .pay(&[
            Paid {
                merchant: 9_000_000,
                ..paid(1, "2024-12-10", 10_000_000)
            },
            // What was paid before the account was closed counts on.
            Paid {
                merchant: 9_000_000,
                keeper_fee: 100_000,
                opened_again: true,
                ..paid(1, "2025-01-09", 10_000_000)
            },
            Paid {
                merchant: 19_000_000,
                ..paid(2, "2025-01-12", 20_000_000)
            },
            paid(3, "2025-02-01", 5_000_000),
        ])
        .await?;
    let mint = key(MINT, 1).to_string();
    let without_spend = tenant.json(JANUARY).await?;
    let [numerator, denominator, value] = share(&without_spend, "customer_acquisition_cost")?;
    assert_eq!(
        (numerator, denominator, value),
        (json!(null), json!("1"), json!(null))
    );
    for (day, currency, amount) in [
        ("2025-01-05", mint.as_str(), "30.5"),
        ("2025-01-06", "USD", "50"),
        ("2025-01-06", "EUR", "9"),
        ("2025-02-01", "USD", "7"),
        ("2024-12-31", "USD", "7"),
    ] {
        let body = json!({ "day": day, "channel": "ads", "currency": currency, "amount": amount });
        let answer = tenant.call(Method::PUT, "/v1/spend", Some(&body)).await?;
        assert_eq!(answer.status, StatusCode::OK);
    }

    let answer = tenant.json(JANUARY).await?;
    // 30.5 spent, 0.9 and 1 of commission booked.
    assert_eq!(
        share(&answer, "customer_acquisition_cost")?,
        ["32.4", "1", "32.4"]
    );
    let cost = kpi(&answer, "customer_acquisition_cost")?;
    assert_eq!(
        (&cost["currency"], &cost["meets_target"]),
        (&json!(mint), &json!(null))
    );
    let value = kpi(&answer, "customer_lifetime_value")?;
    assert_eq!(
        share(&answer, "customer_lifetime_value")?,
        ["37", "2", "18.5"]
    );
    // 18 and 19: a standard error of 0.5, and t of 12.7062047 with 1 degree of freedom.
    let bound = |end: usize| {
        value["interval"][end]
            .as_str()
            .and_then(|it| it.parse::<f64>().ok())
    };
    let (low, high) = (bound(0).context("a bound")?, bound(1).context("a bound")?);
    assert!(
        (low - 12.146_897_65).abs() < 1e-6 && (high - 24.853_102_35).abs() < 1e-6,
        "{value}"
    );
    assert_eq!(answer["recurring_revenue_month"], "2025-01");
    assert_eq!(share(&answer, "mrr_growth")?, ["20", "10", "2"]);

    let in_dollars = tenant.json(&format!("{JANUARY}&usd_mint={mint}")).await?;
    assert_eq!(
        share(&in_dollars, "customer_acquisition_cost")?,
        ["82.4", "1", "82.4"]
    );
    let cost = kpi(&in_dollars, "customer_acquisition_cost")?;
    assert_eq!(
        (&cost["meets_threshold"], &cost["meets_target"]),
        (&json!(true), &json!(true))
    );
    Ok(())
}

#[tokio::test]
async fn people_who_did_nothing_are_in_no_conversion_rate() -> Result<()> {
    let tenant = Tenant::open().await?;
    let none = || json!({});
    let paid = || json!({ "amount": "100" });
    let people = [
        vec![("email_delivered", "2025-01-03", none())],
        vec![("email_opened", "2025-01-03", json!({ "machine": true }))],
        vec![("email_opened", "2025-01-03", json!({ "agent": "unknown" }))],
        vec![("segment_entered", "2025-01-03", none())],
        // Mail reached them before they came.
        vec![
            ("email_delivered", "2024-12-03", none()),
            ("page_viewed", "2025-01-03", none()),
            ("subscribed", "2025-01-04", paid()),
        ],
        // Was charged before they came; their first payment does not lie in the period.
        vec![
            ("charged", "2024-12-03", paid()),
            ("page_viewed", "2025-01-03", none()),
            ("charged", "2025-01-04", paid()),
        ],
    ];
    for events in people {
        let person = tenant.add_person().await?;
        for (name, at, properties) in events {
            tenant.happens_to(person, name, at, properties).await?;
        }
    }
    let answer = tenant.json(JANUARY).await?;
    assert_eq!(share(&answer, "conversion_rate")?, ["1", "2", "0.5"]);
    Ok(())
}

#[tokio::test]
async fn a_bounce_takes_back_a_delivery_by_its_kind_and_its_moment() -> Result<()> {
    let tenant = Tenant::open().await?;
    let person = tenant.add_person().await?;
    let mail = |id: &str| json!({ "email_id": id });
    let bounce = |id: &str, kind: &str| json!({ "email_id": id, "kind": kind });
    for (name, at, properties) in [
        // Delivered, in the end or all along.
        ("email_bounced", "2025-01-03", bounce("late", "soft")),
        ("email_delivered", "2025-01-04", mail("late")),
        ("email_delivered", "2025-01-04", mail("again")),
        ("email_bounced", "2025-01-05", bounce("again", "Temporary")),
        ("email_delivered", "2025-01-04", mail("spaced")),
        ("email_bounced", "2025-01-05", bounce("spaced", " Soft\n")),
        ("email_delivered", "2025-01-04", mail("spelt")),
        (
            "email_bounced",
            "2025-01-05",
            bounce("spelt", "Soft Bounce"),
        ),
        ("email_bounced", "2025-01-03", mail("unkind")),
        ("email_delivered", "2025-01-04", mail("unkind")),
        ("email_delivered", "2025-01-02", mail("resent")),
        ("email_bounced", "2025-01-03", bounce("resent", "hard")),
        ("email_delivered", "2025-01-09", mail("resent")),
        // Not delivered.
        ("email_bounced", "2025-01-03", bounce("soft", "soft")),
        ("email_delivered", "2025-01-04", mail("hard")),
        ("email_bounced", "2025-01-05", bounce("hard", "hard")),
        ("email_delivered", "2025-01-04", mail("other")),
        ("email_bounced", "2025-01-05", mail("other")),
    ] {
        tenant.happens_to(person, name, at, properties).await?;
    }
    let answer = tenant.json(JANUARY).await?;
    assert_eq!(share(&answer, "email_open_rate")?, ["0", "6", "0"]);
    assert_eq!(answer["emails"]["delivered"], 6);
    Ok(())
}

#[tokio::test]
async fn opens_and_clicks_are_counted_by_who_did_them() -> Result<()> {
    let tenant = Tenant::open().await?;
    let person = tenant.add_person().await?;
    let by = |id: usize, by: &Value| {
        let mut properties = by.clone();
        properties["email_id"] = json!(id.to_string());
        properties
    };
    let (human, machine, unknown) = (
        json!({}),
        json!({ "machine": true }),
        json!({ "agent": "unknown" }),
    );
    let messages = [
        vec![("email_opened", &human), ("email_opened", &machine)],
        vec![("email_opened", &machine), ("email_opened", &unknown)],
        vec![("email_opened", &machine), ("email_clicked", &machine)],
        vec![("email_clicked", &unknown)],
        vec![],
    ];
    for (id, events) in messages.iter().enumerate() {
        let delivered = ("email_delivered", &human);
        for (name, agent) in [delivered].iter().chain(events) {
            tenant
                .happens_to(person, name, "2025-01-03", by(id, agent))
                .await?;
        }
    }
    let answer = tenant.json(JANUARY).await?;
    assert_eq!(
        answer["emails"],
        json!({
            "delivered": 5,
            "opened": { "people": 1, "machines": 1, "unknown": 1 },
            "clicked": { "people": 0, "machines": 1, "unknown": 1 },
        })
    );
    assert_eq!(share(&answer, "email_open_rate")?, ["1", "5", "0.2"]);
    Ok(())
}
