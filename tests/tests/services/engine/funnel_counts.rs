//! What funnels count, against counts by hand; and that every count is the people behind it.

use super::persons::{merge, unmerge};
use crate::support::{
    funnel_events::{
        Happened, asked, base, capture, definition, happened, made, persons, results, verified,
    },
    rows,
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::http::Method;
use serde_json::json;
use tessera_store::U64;
use uuid::Uuid;

/// Five people who enter and one who does not; see each.
fn story() -> Vec<Happened> {
    let organic = |it: Happened| it.with("channel", "organic");
    let paid = |it: Happened| it.with("channel", "paid");
    let day = 86_400;
    vec![
        // All four steps, a minute each.
        organic(happened("a", "visit", 0)),
        happened("a", "signup", 60),
        happened("a", "demo", 120),
        happened("a", "purchase", 180),
        // Cancelled between the second step and the third: two steps.
        organic(happened("b", "visit", 0)),
        happened("b", "signup", 100),
        happened("b", "cancel", 150),
        happened("b", "demo", 200),
        happened("b", "purchase", 300),
        // The purchase is later than an hour after the visit: three steps.
        paid(happened("c", "visit", 0)),
        happened("c", "signup", 30),
        happened("c", "demo", 90),
        happened("c", "purchase", 3_601),
        // A day later, and no signup: one step.
        paid(happened("d", "visit", day)),
        happened("d", "purchase", day + 60),
        // A whole hour is inside; no channel: two steps.
        happened("e", "visit", 0),
        happened("e", "signup", 3_600),
        // Never came in.
        happened("f", "signup", 0),
    ]
}

#[tokio::test]
async fn a_funnel_counts_what_was_counted_by_hand() -> Result<()> {
    let tenant = Tenant::open().await?;
    let id = made(&tenant, "mine", &definition()).await?;
    capture(&tenant, &story()).await?;
    let report = results(&tenant, id, "revenue_per_conversion=120").await?;
    assert_eq!(persons(&report), [5, 4, 2, 1]);
    let step = |index: usize| &report["steps"][index];
    assert_eq!(step(0)["conversion_from_previous"], json!(null));
    let share = &step(1)["conversion_from_previous"];
    assert_eq!(
        (&share["numerator"], &share["denominator"], &share["rate"]),
        (&json!(4), &json!(5), &json!(0.8))
    );
    // Wilson's interval of 4 in 5 at 95 %, by hand.
    for (bound, by_hand) in [(0, 0.375_54), (1, 0.963_77)] {
        let found = share["interval"][bound].as_f64().context("a bound")?;
        ensure!((found - by_hand).abs() < 1e-4, "{found}");
    }
    assert_eq!(
        step(3)["conversion_from_first"]["rate"],
        json!(0.2),
        "{report}"
    );
    // (60 + 100 + 30 + 3,600) / 4, and a minute for both who went on.
    let mean = |index: usize| &step(index)["time_from_previous"]["mean_secs"];
    assert_eq!((mean(1), mean(2)), (&json!(947.5), &json!(60.0)));
    // Both lose as much to the steps 3 and 4, half of whom would have converted; 3 is first.
    assert_eq!(
        report["bottleneck"],
        json!({ "step": 3, "lost_persons": 2, "lost_revenue": "120" })
    );
    let group = |index: usize| {
        (
            &report["groups"][index]["group"],
            persons(&report["groups"][index]),
        )
    };
    assert_eq!(
        [group(0), group(1), group(2)],
        [
            (
                &json!({ "kind": "value", "value": "organic" }),
                vec![2, 2, 1, 1]
            ),
            (
                &json!({ "kind": "value", "value": "paid" }),
                vec![2, 1, 1, 0]
            ),
            (&json!({ "kind": "missing" }), vec![1, 1, 0, 0]),
        ]
    );
    let (first, next) = (
        base().format("%Y-%m-%d"),
        (base() + chrono::Days::new(1)).format("%Y-%m-%d"),
    );
    let of = async |filters: String| {
        Ok::<_, anyhow::Error>(persons(&results(&tenant, id, &filters).await?))
    };
    assert_eq!(of(format!("through={first}")).await?, [4, 4, 2, 1]);
    assert_eq!(of(format!("from={next}")).await?, [1, 0, 0, 0]);
    assert_eq!(
        of(format!("from={first}&through={first}&breakdown=paid")).await?,
        [1, 1, 1, 0]
    );
    assert_eq!(of("breakdown=".to_owned()).await?, [1, 1, 0, 0]);
    assert_eq!(of("breakdown=nobody".to_owned()).await?, [0, 0, 0, 0]);
    ensure!(verified(&tenant, id).await?);
    Ok(())
}

#[tokio::test]
async fn each_count_is_the_people_behind_it() -> Result<()> {
    let tenant = Tenant::open().await?;
    let id = made(&tenant, "mine", &definition()).await?;
    capture(&tenant, &story()).await?;
    let first = base().format("%Y-%m-%d");
    let mut compared = 0;
    for filters in [
        String::new(),
        "breakdown=organic".to_owned(),
        "breakdown=paid".to_owned(),
        "breakdown=".to_owned(),
        format!("through={first}"),
        format!("from={first}&through={first}&breakdown=paid"),
    ] {
        let counted = persons(&results(&tenant, id, &filters).await?);
        for (step, counted) in (1..).zip(&counted) {
            let mut people: Vec<String> = Vec::new();
            let mut cursor = String::new();
            loop {
                let path = format!("/v1/funnels/{id}/people?step={step}&limit=2&{filters}{cursor}");
                let page = tenant.json(path.trim_end_matches('&')).await?;
                for person in page["data"].as_array().context("data")? {
                    ensure!(person["step"].as_i64() >= Some(step), "{person}");
                    people.push(person["person"].as_str().context("an id")?.to_owned());
                }
                match page["next_cursor"].as_str() {
                    Some(next) if filters.is_empty() => cursor = format!("cursor={next}"),
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert!(people.is_sorted_by(|left, right| left < right));
            assert_eq!(u64::try_from(people.len())?, *counted, "{step} {filters}");
            compared += people.len();
        }
    }
    assert_eq!(compared, 12 + 6 + 4 + 2 + 11 + 3);
    Ok(())
}

#[tokio::test]
async fn late_and_repeated_events_count_as_if_they_came_in_order_and_once() -> Result<()> {
    let tenant = Tenant::open().await?;
    let id = made(&tenant, "mine", &definition()).await?;
    let mut backwards = story();
    backwards.reverse();
    for event in &backwards {
        capture(&tenant, std::slice::from_ref(event)).await?;
    }
    capture(&tenant, &story()).await?;
    let report = results(&tenant, id, "").await?;
    assert_eq!(persons(&report), [5, 4, 2, 1]);
    assert_eq!(report, asked(&tenant, &definition()).await?);
    // A visit that turns out to have been earlier puts the purchase outside of the hour.
    let earlier = [
        happened("a", "visit", -3_500),
        happened("a", "signup", -3_499),
    ];
    capture(&tenant, &earlier).await?;
    let report = results(&tenant, id, "").await?;
    // Three steps within the hour of the earlier visit; four within that of the later one stand.
    assert_eq!(persons(&report), [5, 4, 2, 1]);
    assert_eq!(report, asked(&tenant, &definition()).await?);
    // A cancellation that is told late takes the third step away.
    capture(&tenant, &[happened("c", "cancel", 45)]).await?;
    let report = results(&tenant, id, "").await?;
    assert_eq!(persons(&report), [5, 4, 1, 1]);
    assert_eq!(report, asked(&tenant, &definition()).await?);
    ensure!(verified(&tenant, id).await?);
    Ok(())
}

#[tokio::test]
async fn events_of_one_moment_count_in_the_order_that_serves() -> Result<()> {
    let tenant = Tenant::open().await?;
    let id = made(&tenant, "mine", &definition()).await?;
    let events = ["purchase", "demo", "signup", "visit"].map(|event| happened("a", event, 0));
    capture(&tenant, &events).await?;
    // The same event twice is two events, but no step is taken twice.
    capture(
        &tenant,
        &[happened("b", "visit", 0), happened("b", "visit", 0).again()],
    )
    .await?;
    let report = results(&tenant, id, "").await?;
    assert_eq!(persons(&report), [2, 1, 1, 1]);
    assert_eq!(report, asked(&tenant, &definition()).await?);
    Ok(())
}

#[tokio::test]
async fn a_span_of_time_limits_the_entry_and_not_the_conversion() -> Result<()> {
    let tenant = Tenant::open().await?;
    capture(&tenant, &story()).await?;
    let at = |secs: i64| (base() + chrono::Duration::seconds(secs)).to_rfc3339();
    let question = json!({ "definition": definition(), "from": at(1), "until": at(86_401),
        "revenue_per_conversion": "10.5" });
    let answer = tenant.posted("/v1/query/funnel", &question).await?;
    // Only d's visit is in it.
    assert_eq!(persons(&answer["report"]), [1, 0, 0, 0]);
    let question = json!({ "definition": definition(), "until": at(100) });
    let answer = tenant.posted("/v1/query/funnel", &question).await?;
    // Four visits are in it, and what those four do within the hour counts, later as it is.
    assert_eq!(persons(&answer["report"]), [4, 4, 2, 1]);
    Ok(())
}

#[tokio::test]
async fn merging_people_joins_their_attempts_and_unmerging_parts_them() -> Result<()> {
    let tenant = Tenant::open().await?;
    let id = made(&tenant, "mine", &definition()).await?;
    capture(
        &tenant,
        &[
            happened("first", "visit", 0),
            happened("second", "signup", 60),
            happened("second", "demo", 120),
            happened("second", "demo_requested", 120),
        ],
    )
    .await?;
    assert_eq!(persons(&results(&tenant, id, "").await?), [1, 0, 0, 0]);
    let scored = async || -> Result<Vec<Uuid>> {
        let query = "select person from engine.projection_person
                     join engine.projection on id = projection where kind = 'scoring_model'";
        Ok(sqlx::query_scalar(query)
            .fetch_all(&tenant.api.mirror)
            .await?)
    };
    let person = async |event: &str| -> Result<Uuid> {
        let query = "select person from engine.event where name = $1";
        let person = sqlx::query_scalar(query).bind(event);
        Ok(person.fetch_one(&tenant.api.mirror).await?)
    };
    let (winner, loser) = (person("visit").await?, person("demo").await?);
    assert_eq!(scored().await?, [loser]);
    let merge = merge(&tenant, winner, loser).await?;
    let report = results(&tenant, id, "").await?;
    assert_eq!(persons(&report), [1, 1, 1, 0]);
    assert_eq!(report, asked(&tenant, &definition()).await?);
    assert_eq!(scored().await?, [winner]);
    ensure!(verified(&tenant, id).await?);

    unmerge(&tenant, winner, merge).await?;
    let report = results(&tenant, id, "").await?;
    assert_eq!(persons(&report), [1, 0, 0, 0]);
    assert_eq!(report, asked(&tenant, &definition()).await?);
    assert_eq!(scored().await?, [loser]);
    ensure!(verified(&tenant, id).await?);
    Ok(())
}

#[tokio::test]
async fn the_bottleneck_is_priced_by_what_subscriptions_cost() -> Result<()> {
    let tenant = Tenant::open().await?;
    let id = made(&tenant, "mine", &definition()).await?;
    let path = format!("/v1/funnels/{id}/results");
    let revenue = async || {
        Ok::<_, anyhow::Error>(tenant.json(&path).await?["revenue_per_conversion"].clone())
    };
    assert_eq!(revenue().await?, json!(null));
    let mut conn = tenant.api.mirror.acquire().await?;
    let monthly = |number, plan, wallet| tessera_store::mirror::subscription::SubscriptionRow {
        period_secs: 0,
        period_months: 1,
        ..rows::subscription(number, plan, wallet)
    };
    let cheap = monthly(1, 1, 1);
    let dear = tessera_store::mirror::subscription::SubscriptionRow {
        price: U64(20_001),
        ..monthly(2, 1, 2)
    };
    rows::upsert(&mut conn, &[cheap, dear]).await?;
    // (10,000 + 20,001) / 2 millionths, rounded half to even.
    let mint = rows::key(rows::MINT, 1).to_string();
    let in_mint = |amount: &str| json!({ "amount": amount, "currency": mint, "rates": [], "without_rate": [] });
    assert_eq!(revenue().await?, in_mint("0.015"));
    // A year of 240,000 is 20,000 a month.
    let yearly = tessera_store::mirror::subscription::SubscriptionRow {
        price: U64(239_991),
        period_secs: 0,
        period_months: 12,
        ..rows::subscription(4, 1, 4)
    };
    rows::upsert(&mut conn, &[yearly]).await?;
    assert_eq!(revenue().await?, in_mint("0.016667"));
    let plan = tessera_store::mirror::plan::PlanRow {
        mint: rows::key(rows::MINT, 2),
        ..rows::plan(9, 1)
    };
    rows::upsert(&mut conn, &[plan]).await?;
    rows::upsert(&mut conn, &[monthly(3, 9, 3)]).await?;
    let unknown = revenue().await?;
    assert_eq!(
        (&unknown["amount"], &unknown["currency"]),
        (&json!(null), &json!("USD"))
    );
    assert_eq!(unknown["without_rate"].as_array().map(Vec::len), Some(2));
    for (number, usd) in [(1, "1"), (2, "3")] {
        let currency = rows::key(rows::MINT, number).to_string();
        let rate = json!({ "currency": currency, "from": "2025-01-01", "usd": usd });
        tenant
            .call(Method::PUT, "/v1/exchange-rates", Some(&rate))
            .await?;
    }
    // 0.050001 of them in dollars, and 0.01 in threes.
    assert_eq!(revenue().await?["amount"], "0.02");
    Ok(())
}
