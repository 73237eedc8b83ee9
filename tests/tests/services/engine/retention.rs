//! Retention: what is not over is blank.

use crate::support::{
    past::{day, event, visit},
    tenant::Tenant,
};
use anyhow::Result;
use axum::http::StatusCode;
use serde_json::{Value, json};

const PATH: &str = "/v1/query/retention";

/// The table as `[cohort, size, [active, eligible] or null, ...]`.
async fn rows(tenant: &Tenant, body: &Value) -> Result<Vec<Value>> {
    let answer = tenant.posted(PATH, body).await?;
    let cell = |cell: &Value| match cell {
        Value::Null => Value::Null,
        cell => json!([cell["numerator"], cell["denominator"]]),
    };
    let row = |row: &Value| {
        let cells = row["cells"].as_array().into_iter().flatten().map(cell);
        let head = [row["cohort"].clone(), row["size"].clone()];
        head.into_iter().chain(cells).collect()
    };
    Ok(answer["rows"]
        .as_array()
        .into_iter()
        .flatten()
        .map(row)
        .collect())
}

async fn three_people() -> Result<Tenant> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    other.happened(vec![visit("zoe", 0, "ads")]).await?;
    let trader = || json!({ "segment": "trader" });
    let facts = vec![
        visit("ann", 0, "ads"),
        event("ann", 0, "identified", trader()),
        event("ann", 1, "demo_requested", json!({})),
        visit("cid", 0, "blog"),
        event("cid", 2, "page_viewed", json!({})),
        visit("bob", 1, "ads"),
        event("bob", 1, "identified", json!({ "segment": "institution" })),
        event("bob", 3, "identified", trader()),
    ];
    tenant.happened(facts).await?;
    Ok(tenant)
}

#[tokio::test]
async fn questions_that_mean_nothing_are_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let good = json!({ "cohort": "signup", "period": "day", "periods": 4 });
    for (field, value) in [
        ("periods", json!(0)),
        ("periods", json!(401)),
        ("as_of", json!("2999-01-01T00:00:00Z")),
        ("from", json!("2000-01-01T00:00:00Z")),
        ("cohort", json!("planet")),
        ("period", json!("year")),
        ("returned_by", json!(vec![json!({ "event": "a" }); 17])),
    ] {
        let mut body = good.clone();
        body[field] = value;
        assert_eq!(tenant.refused_fields(PATH, &body).await?, [field], "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn a_period_that_is_not_over_is_blank_and_not_zero() -> Result<()> {
    let tenant = three_people().await?;
    let mut body = json!({
        "cohort": "signup", "period": "day", "periods": 4, "as_of": "2026-01-08T12:00:00Z",
    });
    // Day 3, on which bob came back, is not over.
    let expected = [
        json!(["2026-01-05", 2, [2, 2], [1, 2], [1, 2], null]),
        json!(["2026-01-06", 1, [1, 1], [0, 1], null, null]),
    ];
    assert_eq!(rows(&tenant, &body).await?, expected);
    body["returned_by"] = json!([{ "event": "demo_requested" }]);
    let expected = [
        json!(["2026-01-05", 2, [0, 2], [1, 2], [0, 2], null]),
        json!(["2026-01-06", 1, [0, 1], [0, 1], null, null]),
    ];
    assert_eq!(rows(&tenant, &body).await?, expected);
    body["from"] = json!(day(1));
    assert_eq!(rows(&tenant, &body).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn signups_before_the_shown_periods_are_left_out() -> Result<()> {
    let tenant = three_people().await?;
    let body = json!({
        "cohort": "signup", "period": "day", "periods": 3, "as_of": "2026-01-08T12:00:00Z",
    });
    let expected = [json!(["2026-01-06", 1, [1, 1], [0, 1], null])];
    assert_eq!(rows(&tenant, &body).await?, expected);
    Ok(())
}

#[tokio::test]
async fn segments_and_channels_are_cohorts_too() -> Result<()> {
    let tenant = three_people().await?;
    let mut body = json!({
        "cohort": "segment", "period": "day", "periods": 2, "as_of": "2026-01-08T12:00:00Z",
    });
    // By the noon of day 3, bob has become a trader, and everybody's second day is over.
    let expected = [
        json!(["trader", 2, [2, 2], [1, 2]]),
        json!(["unknown", 1, [1, 1], [0, 1]]),
    ];
    assert_eq!(rows(&tenant, &body).await?, expected);
    body["as_of"] = json!("2026-01-07T12:00:00Z");
    let expected = [
        json!(["institution", 1, [1, 1], null]),
        json!(["trader", 1, [1, 1], [1, 1]]),
        json!(["unknown", 1, [1, 1], [0, 1]]),
    ];
    assert_eq!(rows(&tenant, &body).await?, expected);
    body["cohort"] = json!("channel");
    let expected = [
        json!(["ads", 2, [2, 2], [1, 1]]),
        json!(["blog", 1, [1, 1], [0, 1]]),
    ];
    assert_eq!(rows(&tenant, &body).await?, expected);
    Ok(())
}

#[tokio::test]
async fn a_flood_of_made_up_channels_hides_no_larger_one() -> Result<()> {
    let tenant = Tenant::open().await?;
    let flood = (0..205).map(|it| visit(&format!("v{it}"), 0, &format!("made-up-{it}")));
    // Nobody of the flood is seen later than these two, and nobody of a larger channel.
    let late = ["y", "z"].map(|who| visit(who, 1, "real"));
    tenant.happened(flood.chain(late).collect()).await?;
    let body = json!({ "cohort": "channel", "period": "month", "periods": 1 });
    let rows = rows(&tenant, &body).await?;
    assert_eq!(rows.len(), 201);
    assert_eq!(rows[199], json!(["real", 2, [2, 2]]));
    assert_eq!(rows[200], json!(["(other)", 6, [6, 6]]));
    Ok(())
}

#[tokio::test]
async fn what_is_done_to_people_brings_nobody_back() -> Result<()> {
    let tenant = Tenant::open().await?;
    let none = || json!({});
    let facts = vec![
        visit("ann", 0, "ads"),
        event("ann", 1, "email_delivered", none()),
        event("ann", 1, "email_opened", json!({ "machine": true })),
        event("ann", 1, "email_clicked", json!({ "agent": "unknown" })),
        event("ann", 1, "segment_entered", json!({ "segment": "x" })),
        event("ann", 1, "charged", json!({ "amount": "5" })),
        event("ann", 2, "email_opened", none()),
        // Has never done anything, and is in no cohort.
        event("bob", 0, "email_delivered", none()),
        // Came a day after the mail.
        event("cid", 0, "email_delivered", none()),
        event("cid", 1, "page_viewed", none()),
    ];
    tenant.happened(facts).await?;
    let mut body = json!({
        "cohort": "signup", "period": "day", "periods": 3, "as_of": "2026-01-08T12:00:00Z",
        "from": day(0),
    });
    let expected = [
        json!(["2026-01-05", 1, [1, 1], [0, 1], [1, 1]]),
        json!(["2026-01-06", 1, [1, 1], [0, 1], null]),
    ];
    assert_eq!(rows(&tenant, &body).await?, expected);
    // What is asked for counts, unless a machine did it.
    body["returned_by"] = json!([{ "event": "charged" }, { "event": "email_clicked" }]);
    let expected = json!(["2026-01-05", 1, [0, 1], [1, 1], [0, 1]]);
    assert_eq!(rows(&tenant, &body).await?[0], expected);
    body["returned_by"] = json!([{ "event": "email_opened" }]);
    let expected = json!(["2026-01-05", 1, [0, 1], [0, 1], [1, 1]]);
    assert_eq!(rows(&tenant, &body).await?[0], expected);
    Ok(())
}

#[tokio::test]
async fn the_registry_says_which_events_are_acts() -> Result<()> {
    let tenant = Tenant::open().await?;
    let facts = vec![
        visit("ann", 0, "ads"),
        event("ann", 1, "sms_delivered", json!({})),
    ];
    tenant.happened(facts).await?;
    let body = json!({
        "cohort": "signup", "period": "day", "periods": 2, "as_of": "2026-01-08T12:00:00Z",
        "from": day(0),
    });
    let expected = json!(["2026-01-05", 1, [1, 1], [1, 1]]);
    assert_eq!(rows(&tenant, &body).await?, [expected]);
    let registry = json!({ "events": { "sms_delivered": { "own_act": false } } });
    let draft = tenant.posted("/v1/event-registries", &registry).await?;
    let path = format!("/v1/event-registries/{}/publish", draft["version"]);
    let published = tenant.post(&path, &json!({})).await?;
    assert_eq!(published.status, StatusCode::NO_CONTENT);
    let expected = json!(["2026-01-05", 1, [1, 1], [0, 1]]);
    assert_eq!(rows(&tenant, &body).await?, [expected]);
    Ok(())
}
