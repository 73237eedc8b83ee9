//! Funnels: what is refused, what is counted, and that every count is the people behind it.

use super::funnel_events::{
    Happened, asked, base, capture, definition, happened, made, persons, results, verified,
};
use super::tenant::{Tenant, call};
use crate::api_rows;
use anyhow::{Context, Result, ensure};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};
use std::sync::Arc;
use tessera_indexer::Builder;
use tessera_store::{
    U64,
    engine::{
        OrganisationId,
        ingest::{Touched, project},
        merge,
        rules::RulesCache,
        tenant,
    },
};
use uuid::Uuid;

/// Breaches that a refused body is told, field by field.
fn fields(problem: &Value) -> Vec<String> {
    let errors = problem["errors"].as_array().into_iter().flatten();
    errors
        .filter_map(|error| error["field"].as_str().map(str::to_owned))
        .collect()
}

async fn refused(tenant: &Tenant, name: &str, definition: &Value) -> Result<Vec<String>> {
    let body = json!({ "name": name, "definition": definition });
    let made = tenant.post("/v1/funnels", &body).await?;
    let asked = tenant
        .post("/v1/query/funnel", &json!({ "definition": definition }))
        .await?;
    asked.refusal("/v1/query/funnel", StatusCode::BAD_REQUEST)?;
    let problem = made.refusal("/v1/funnels", StatusCode::BAD_REQUEST)?;
    Ok(fields(&problem))
}

#[tokio::test]
async fn a_definition_is_refused_with_the_field_that_breaks_a_rule() -> Result<()> {
    let tenant = Tenant::open().await?;
    let changed = |change: fn(&mut Value)| {
        let mut definition = definition();
        change(&mut definition);
        definition
    };
    let step = json!({ "name": "more", "any_of": [{ "event": "visit" }] });
    let mut many = definition();
    many["steps"] = json!(vec![step; 33]);
    let cases = [
        (
            changed(|it| it["steps"] = json!([it["steps"][0]])),
            "definition.steps",
        ),
        (many, "definition.steps"),
        (
            changed(|it| it["window_secs"] = json!(0)),
            "definition.window_secs",
        ),
        (
            changed(|it| it["steps"][3]["any_of"] = json!([])),
            "definition.steps[3].any_of",
        ),
        (
            changed(|it| it["steps"][1]["any_of"][0] = json!({ "event": 7 })),
            "definition.steps[1].any_of[0].event",
        ),
        (
            changed(|it| it["exclusions"][0]["to_step"] = json!(2)),
            "definition.exclusions[0].to_step",
        ),
        (
            changed(|it| {
                it["steps"][0]["any_of"][0]["where"] =
                    json!([{ "property": "channel", "is": "equal", "value": "a\0b" }]);
            }),
            "definition.steps[0].any_of[0].where[0].value",
        ),
    ];
    for (definition, field) in cases {
        assert_eq!(
            refused(&tenant, "wrong", &definition).await?,
            [field],
            "{definition}"
        );
    }
    let both = changed(|it| it["window_secs"] = json!(0));
    assert_eq!(
        refused(&tenant, "", &both).await?,
        ["name", "definition.window_secs"]
    );
    Ok(())
}

#[tokio::test]
async fn a_name_is_taken_until_its_funnel_is_removed() -> Result<()> {
    let tenant = Tenant::open().await?;
    let first = made(&tenant, "mine", &definition()).await?;
    let body = json!({ "name": "mine", "definition": definition() });
    let again = tenant.post("/v1/funnels", &body).await?;
    again.refusal("/v1/funnels", StatusCode::CONFLICT)?;
    let path = format!("/v1/funnels/{first}");
    let removed = tenant.call(Method::DELETE, &path, None).await?;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    let twice = tenant.call(Method::DELETE, &path, None).await?;
    twice.refusal(&path, StatusCode::NOT_FOUND)?;
    tenant
        .get(&path)
        .await?
        .refusal(&path, StatusCode::NOT_FOUND)?;
    assert_ne!(made(&tenant, "mine", &definition()).await?, first);
    let listed = tenant.json("/v1/funnels").await?;
    let names: Vec<&str> = listed["data"]
        .as_array()
        .context("data")?
        .iter()
        .filter_map(|funnel| funnel["name"].as_str())
        .collect();
    assert_eq!(names, ["default", "mine"]);
    Ok(())
}

#[tokio::test]
async fn there_are_at_most_fifty_funnels() -> Result<()> {
    let tenant = Tenant::open().await?;
    for number in 1..50 {
        made(&tenant, &format!("funnel {number}"), &definition()).await?;
    }
    let body = json!({ "name": "one too many", "definition": definition() });
    let refused = tenant.post("/v1/funnels", &body).await?;
    refused.refusal("/v1/funnels", StatusCode::CONFLICT)?;
    Ok(())
}

#[tokio::test]
async fn a_read_key_asks_and_changes_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    let (read, write) = (tenant.key("read").await?, tenant.key("write").await?);
    let body = json!({ "name": "mine", "definition": definition() });
    let question = json!({ "definition": definition() });
    let made = call(&tenant.api, Method::POST, "/v1/funnels", &read, Some(&body)).await?;
    made.refusal("/v1/funnels", StatusCode::FORBIDDEN)?;
    let path = "/v1/query/funnel";
    let asked = call(&tenant.api, Method::POST, path, &read, Some(&question)).await?;
    assert_eq!(asked.status, StatusCode::OK, "{asked:?}");
    let asked = call(&tenant.api, Method::POST, path, &write, Some(&question)).await?;
    asked.refusal(path, StatusCode::FORBIDDEN)?;
    let path = "/v1/funnels/1/results";
    let asked = call(&tenant.api, Method::GET, path, &write, None).await?;
    asked.refusal(path, StatusCode::FORBIDDEN)?;
    Ok(())
}

#[tokio::test]
async fn another_organisations_funnel_is_not_there() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(Arc::clone(&tenant.api), 2).await?;
    let id = made(&tenant, "mine", &definition()).await?;
    capture(&tenant, &[happened("a", "visit", 0)]).await?;
    for path in ["", "/results", "/people"].map(|part| format!("/v1/funnels/{id}{part}")) {
        other
            .get(&path)
            .await?
            .refusal(&path, StatusCode::NOT_FOUND)?;
    }
    let path = format!("/v1/funnels/{id}");
    let removed = other.call(Method::DELETE, &path, None).await?;
    removed.refusal(&path, StatusCode::NOT_FOUND)?;
    assert_eq!(persons(&asked(&other, &definition()).await?), [0, 0, 0, 0]);
    assert_eq!(persons(&results(&tenant, id, "").await?), [1, 0, 0, 0]);
    Ok(())
}

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
async fn parameters_that_make_no_sense_are_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    let id = made(&tenant, "mine", &definition()).await?;
    for (query, field) in [
        ("people?step=0", "step"),
        ("people?step=5", "step"),
        ("people?breakdown=%00", "breakdown"),
        ("results?from=2026-02-30", "from"),
        ("results?from=2026-02-02&through=2026-02-01", "through"),
        (
            "results?revenue_per_conversion=1e9",
            "revenue_per_conversion",
        ),
        (
            "results?revenue_per_conversion=-1",
            "revenue_per_conversion",
        ),
        ("results?step=1", "step"),
    ] {
        let path = format!("/v1/funnels/{id}/{query}");
        let problem = tenant
            .get(&path)
            .await?
            .refusal(&path, StatusCode::BAD_REQUEST)?;
        assert_eq!(fields(&problem), [field], "{query}");
    }
    let path = "/v1/funnels/none";
    tenant
        .get(path)
        .await?
        .refusal(path, StatusCode::BAD_REQUEST)?;
    let moment = "2026-02-01T00:00:00Z";
    let question = json!({ "definition": definition(), "from": moment, "until": moment });
    let path = "/v1/query/funnel";
    let problem = tenant
        .post(path, &question)
        .await?
        .refusal(path, StatusCode::BAD_REQUEST)?;
    assert_eq!(fields(&problem), ["until"]);
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
async fn the_stream_is_asked_about_a_span_of_time() -> Result<()> {
    let tenant = Tenant::open().await?;
    capture(&tenant, &story()).await?;
    let at = |secs: i64| (base() + chrono::Duration::seconds(secs)).to_rfc3339();
    let question = json!({ "definition": definition(), "from": at(1), "until": at(86_401),
        "revenue_per_conversion": "10.5" });
    let answer = tenant.posted("/v1/query/funnel", &question).await?;
    // Only d's visit is in it, and the purchase, a minute later, is not.
    assert_eq!(persons(&answer["report"]), [1, 0, 0, 0]);
    let question = json!({ "definition": definition(), "until": at(100) });
    let answer = tenant.posted("/v1/query/funnel", &question).await?;
    // The signup of b is at the very end, which is outside.
    assert_eq!(persons(&answer["report"]), [4, 2, 1, 0]);
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
        ],
    )
    .await?;
    assert_eq!(persons(&results(&tenant, id, "").await?), [1, 0, 0, 0]);
    let person = async |event: &str| -> Result<Uuid> {
        let query = "select person from engine.event where name = $1";
        let person = sqlx::query_scalar(query).bind(event);
        Ok(person.fetch_one(&tenant.api.mirror).await?)
    };
    let (winner, loser) = (person("visit").await?, person("demo").await?);
    let organisation = OrganisationId(1);
    let rules = RulesCache::default();
    let id_of_merge = Uuid::now_v7();

    let mut transaction = tenant::begin(&tenant.api.mirror, organisation).await?;
    let current = rules.current(&mut transaction, organisation).await?;
    merge::apply(
        &mut transaction,
        organisation,
        winner,
        loser,
        "same person",
        "test",
        id_of_merge,
    )
    .await?;
    let touched = Touched {
        rebuilt: [winner].into(),
        gone: [loser].into(),
        ..Touched::default()
    };
    project(&mut transaction, organisation, &current, &touched).await?;
    transaction.commit().await?;
    let report = results(&tenant, id, "").await?;
    assert_eq!(persons(&report), [1, 1, 1, 0]);
    assert_eq!(report, asked(&tenant, &definition()).await?);
    ensure!(verified(&tenant, id).await?);

    let mut transaction = tenant::begin(&tenant.api.mirror, organisation).await?;
    let current = rules.current(&mut transaction, organisation).await?;
    let parted = merge::undo(&mut transaction, id_of_merge).await?;
    let touched = Touched {
        rebuilt: parted
            .context("a merge")?
            .into_iter()
            .map(|(_, canonical)| canonical)
            .collect(),
        ..Touched::default()
    };
    project(&mut transaction, organisation, &current, &touched).await?;
    transaction.commit().await?;
    let report = results(&tenant, id, "").await?;
    assert_eq!(persons(&report), [1, 0, 0, 0]);
    assert_eq!(report, asked(&tenant, &definition()).await?);
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
    let cheap = api_rows::subscription(1, 1, 1);
    let dear = tessera_store::subscription::SubscriptionRow {
        price: U64(20_001),
        ..api_rows::subscription(2, 1, 2)
    };
    tessera_store::subscription::upsert(&mut conn, &[cheap, dear]).await?;
    // (10,000 + 20,001) / 2 millionths, rounded half to even.
    let mint = api_rows::key(api_rows::MINT, 1).to_string();
    assert_eq!(revenue().await?, json!({ "amount": "0.015", "mint": mint }));
    let plan = tessera_store::plan::PlanRow {
        mint: api_rows::key(api_rows::MINT, 2),
        ..api_rows::plan(9, 1)
    };
    tessera_store::plan::upsert(&mut conn, &[plan]).await?;
    tessera_store::subscription::upsert(&mut conn, &[api_rows::subscription(3, 9, 3)]).await?;
    assert_eq!(revenue().await?, json!(null));
    Ok(())
}

#[tokio::test]
async fn an_answer_that_is_known_is_not_sent_again() -> Result<()> {
    let tenant = Tenant::open().await?;
    let id = made(&tenant, "mine", &definition()).await?;
    let path = format!("/v1/funnels/{id}/results");
    let tag = tenant.get(&path).await?.header(header::ETAG)?.to_owned();
    let again = async || {
        let request = Request::get(&path)
            .header(
                header::AUTHORIZATION,
                format!("Bearer {}", tenant.admin_key),
            )
            .header(header::IF_NONE_MATCH, &tag);
        tenant.api.send(request.body(Body::empty())?).await
    };
    assert_eq!(again().await?.status, StatusCode::NOT_MODIFIED);
    capture(&tenant, &[happened("a", "visit", 0)]).await?;
    assert_eq!(again().await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn what_a_removed_funnel_kept_is_cleared_away() -> Result<()> {
    let tenant = Tenant::open().await?;
    let id = made(&tenant, "mine", &definition()).await?;
    capture(&tenant, &story()).await?;
    let path = format!("/v1/funnels/{id}");
    tenant.call(Method::DELETE, &path, None).await?;
    capture(&tenant, &[happened("g", "visit", 0)]).await?;
    Builder::new(tenant.api.mirror.clone()).catch_up().await?;
    let left: Option<i64> = sqlx::query_scalar(
        "select (select count(*) from engine.funnel where id = $1)
              + (select count(*) from engine.funnel_person where funnel = $1)
              + (select count(*) from engine.funnel_count where funnel = $1)",
    )
    .bind(id)
    .fetch_one(&tenant.api.mirror)
    .await?;
    assert_eq!(left, Some(0));
    // The others are as they were.
    assert_eq!(
        tenant.json("/v1/funnels").await?["data"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    Ok(())
}
