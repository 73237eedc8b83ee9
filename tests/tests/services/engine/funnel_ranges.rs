//! Ranges of days: what a kept funnel says of one, the same question of the event log, and the people
//! behind it.

use super::persons::merge;
use crate::support::{
    client::Api,
    funnel_events::{Happened, base, capture, happened, made, persons, results, verified},
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use std::{collections::BTreeSet, num::NonZeroU32, sync::Arc};
use tessera_api::{ApiConfig, RateLimit};
use uuid::Uuid;

const DAY: i64 = 86_400;

fn date(day: u64) -> NaiveDate {
    (base() + Days::new(day)).date_naive()
}

/// Three steps within two days.
fn funnel(mode: &str) -> Value {
    let step = |event: &str| json!({ "name": event, "any_of": [{ "event": event }] });
    json!({
        "mode": mode,
        "steps": [step("visit"), step("signup"), step("purchase")],
        "window_secs": 2 * DAY,
        "breakdown": "channel",
    })
}

/// The filters of days `first` through `last`; none is an open end.
fn filters(first: Option<u64>, last: Option<u64>) -> String {
    let from = first.map(|day| format!("from={}", date(day)));
    let through = last.map(|day| format!("through={}", date(day)));
    let filters: Vec<String> = from.into_iter().chain(through).collect();
    filters.join("&")
}

/// The same days asked of the event log.
async fn asked(
    tenant: &Tenant,
    definition: &Value,
    first: Option<u64>,
    last: Option<u64>,
) -> Result<Value> {
    let mut question = json!({ "definition": definition });
    let midnight = |day: u64| format!("{}T00:00:00Z", date(day));
    if let Some(first) = first {
        question["from"] = json!(midnight(first));
    }
    if let Some(last) = last {
        question["until"] = json!(midnight(last + 1));
    }
    Ok(tenant.posted("/v1/query/funnel", &question).await?["report"].clone())
}

/// Who is listed at a step, each once, on a day of the range.
async fn listed(tenant: &Tenant, id: i32, step: usize, filters: &str) -> Result<usize> {
    let mut people = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/funnels/{id}/people?step={step}&limit=3&{filters}&{cursor}");
        let path = path.replace("&&", "&");
        let page = tenant.json(path.trim_end_matches('&')).await?;
        for person in page["data"].as_array().context("data")? {
            let name = person["person"].as_str().context("an id")?.to_owned();
            ensure!(people.insert(name), "{person} is listed twice");
            let on: NaiveDate = person["entered_on"].as_str().context("a day")?.parse()?;
            for (bound, holds) in [
                (
                    "from=",
                    (|on, day| on >= day) as fn(NaiveDate, NaiveDate) -> bool,
                ),
                ("through=", |on, day| on <= day),
            ] {
                let bound = filters.split('&').find_map(|it| it.strip_prefix(bound));
                let holds = bound.map(|day| Ok::<_, anyhow::Error>(holds(on, day.parse()?)));
                ensure!(holds.transpose()?.unwrap_or(true), "{person} for {filters}");
            }
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("cursor={next}"),
            None => return Ok(people.len()),
        }
    }
}

/// A tenant of an API that answers any number of requests: every range is many of them.
async fn unlimited() -> Result<Tenant> {
    let config = ApiConfig {
        caller_limit: RateLimit {
            per_second: NonZeroU32::MAX,
            burst: NonZeroU32::MAX,
        },
        ..ApiConfig::default()
    };
    Tenant::join(Arc::new(Api::start_with(config).await?), 1).await
}

/// Holds all three against each other for every range, with and without open ends.
async fn agree_for_every_range(tenant: &Tenant, id: i32, definition: &Value) -> Result<()> {
    let days: Vec<Option<u64>> = [None].into_iter().chain((0..8).map(Some)).collect();
    for first in &days {
        for last in &days {
            if matches!((first, last), (Some(first), Some(last)) if last < first) {
                continue;
            }
            let filters = filters(*first, *last);
            let report = results(tenant, id, &filters).await?;
            let same = asked(tenant, definition, *first, *last).await?;
            ensure!(report == same, "{filters}: {report} is not {same}");
            for (step, counted) in (1..).zip(persons(&report)) {
                let listed = listed(tenant, id, step, &filters).await?;
                ensure!(u64::try_from(listed)? == counted, "{filters}: step {step}");
            }
        }
    }
    ensure!(verified(tenant, id).await?);
    Ok(())
}

#[tokio::test]
async fn a_person_who_converts_in_two_weeks_converts_in_both() -> Result<()> {
    let tenant = unlimited().await?;
    let definition = funnel("ordered");
    let id = made(&tenant, "mine", &definition).await?;
    let week = |day: i64| {
        [
            happened("a", "visit", day * DAY),
            happened("a", "signup", day * DAY + 60),
        ]
    };
    capture(&tenant, &week(0)).await?;
    let first = filters(Some(0), Some(1));
    let second = filters(Some(7), Some(8));
    assert_eq!(persons(&results(&tenant, id, &first).await?), [1, 1, 0]);
    capture(&tenant, &week(7)).await?;
    // Nothing took the first week away, and the second has its own entry.
    assert_eq!(persons(&results(&tenant, id, &first).await?), [1, 1, 0]);
    assert_eq!(persons(&results(&tenant, id, &second).await?), [1, 1, 0]);
    // A better attempt later does not empty the week before.
    capture(&tenant, &[happened("a", "purchase", 7 * DAY + 120)]).await?;
    assert_eq!(persons(&results(&tenant, id, &first).await?), [1, 1, 0]);
    assert_eq!(persons(&results(&tenant, id, &second).await?), [1, 1, 1]);
    // One person is one person in a range that has both.
    assert_eq!(persons(&results(&tenant, id, "").await?), [1, 1, 1]);
    agree_for_every_range(&tenant, id, &definition).await
}

#[tokio::test]
async fn a_conversion_behind_the_range_counts_within_the_window() -> Result<()> {
    let tenant = unlimited().await?;
    let definition = funnel("ordered");
    let id = made(&tenant, "mine", &definition).await?;
    let events = [
        happened("in", "visit", 0),
        happened("in", "signup", DAY + 60),
        happened("out", "visit", 0),
        happened("out", "signup", 2 * DAY + 1),
    ];
    capture(&tenant, &events).await?;
    let day = asked(&tenant, &definition, Some(0), Some(0)).await?;
    assert_eq!(persons(&day), [2, 1, 0]);
    agree_for_every_range(&tenant, id, &definition).await
}

/// Some 150 events of 12 people over eight days, the same in every run.
fn busy() -> Vec<Happened> {
    let mut seed = 7_u64;
    let mut drawn = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap_or(0) % below
    };
    (0..150)
        .map(|_| {
            let visitor = format!("visitor {}", drawn(12));
            let event = ["visit", "visit", "signup", "purchase"][drawn(4)];
            let channel = ["paid", "organic", ""][drawn(3)];
            let secs = i64::try_from(drawn(8 * 24)).unwrap_or(0) * 3_600;
            happened(&visitor, event, secs).with("channel", channel)
        })
        .collect()
}

#[tokio::test]
async fn kept_asked_and_listed_agree_for_every_range_in_every_mode() -> Result<()> {
    let tenant = unlimited().await?;
    let mut ids = Vec::new();
    for mode in ["ordered", "strict", "unordered"] {
        let definition = funnel(mode);
        ids.push((made(&tenant, mode, &definition).await?, definition));
    }
    for part in busy().chunks(10) {
        capture(&tenant, part).await?;
    }
    for (id, definition) in &ids {
        agree_for_every_range(&tenant, *id, definition).await?;
    }
    // Two of the people turn out to be one.
    let marks = [
        happened("visitor 1", "mark_1", 0),
        happened("visitor 2", "mark_2", 0),
    ];
    capture(&tenant, &marks).await?;
    let person = async |event: &str| -> Result<Uuid> {
        let query = "select person from engine.event where name = $1";
        let person = sqlx::query_scalar(query).bind(event);
        Ok(person.fetch_one(&tenant.api.mirror).await?)
    };
    let (winner, loser) = (person("mark_1").await?, person("mark_2").await?);
    merge(&tenant, winner, loser).await?;
    for (id, definition) in &ids {
        agree_for_every_range(&tenant, *id, definition).await?;
    }
    Ok(())
}

#[tokio::test]
async fn groups_are_the_largest_and_not_the_first() -> Result<()> {
    let tenant = unlimited().await?;
    let definition = funnel("ordered");
    let id = made(&tenant, "mine", &definition).await?;
    let visit =
        |visitor: &str, channel: &str| happened(visitor, "visit", 0).with("channel", channel);
    let small = (0..28).map(|number| visit(&format!("s{number}"), &format!("c{number:02}")));
    let large = (0..3).map(|number| visit(&format!("l{number}"), "zuletzt"));
    let events: Vec<Happened> = small.chain(large).collect();
    capture(&tenant, &events).await?;
    let report = results(&tenant, id, "").await?;
    assert_eq!(report, asked(&tenant, &definition, None, None).await?);
    let groups = report["groups"].as_array().context("groups")?;
    assert_eq!(groups.len(), 26);
    assert_eq!(groups[0]["group"]["value"], "zuletzt");
    assert_eq!(groups[25]["group"], json!({ "kind": "other", "values": 4 }));
    assert_eq!(persons(&groups[25]), [4, 0, 0]);
    Ok(())
}

#[tokio::test]
async fn values_that_cannot_be_compared_are_counted() -> Result<()> {
    let tenant = unlimited().await?;
    let mut definition = funnel("ordered");
    definition["steps"][1]["any_of"][0]["where"] =
        json!([{ "property": "seats", "is": "greater", "value": 9 }]);
    let id = made(&tenant, "mine", &definition).await?;
    let events = [
        happened("text", "visit", 0),
        happened("text", "signup", 60).with("seats", "10"),
        happened("odd", "visit", 0),
        happened("odd", "signup", 60).with("seats", "many"),
        happened("odd", "signup", DAY).with("seats", "few"),
    ];
    capture(&tenant, &events).await?;
    let report = results(&tenant, id, "").await?;
    assert_eq!(persons(&report), [2, 1, 0]);
    assert_eq!(report["not_compared"], 2);
    let first = results(&tenant, id, &filters(Some(0), Some(0))).await?;
    assert_eq!(first["not_compared"], 1);
    agree_for_every_range(&tenant, id, &definition).await
}
