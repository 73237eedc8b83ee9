//! The order of leads is that of the scores that they have at the moment of the list, whatever decays,
//! and segments agree with it.

use crate::support::{
    client::do_work,
    people::ago,
    segments::{define_and_build, members},
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
};
use tessera_domain::{
    event::Event,
    leads::scoring::{LIST_SECS, Millipoints, ScoringModel, score_as_of},
    time::Timestamp,
};
use tessera_engine::{
    RulesCache,
    leads::ranking::{self, Lead},
    projection::{Touched, project},
};
use tessera_store::{PgConnection, capture::event, people::person, projection, rule_set, tenant};
use uuid::Uuid;

const DAY: i64 = 86_400;
/// What a segment asks for, whole points.
const ENOUGH: i32 = 20;

/// Points that go at different speeds, some of them taken away, and a cap.
fn model() -> Value {
    let rule = |event: &str, group: &str, points: i32, up_to: u32, days: Option<u32>| {
        json!({ "id": event, "group": group, "when": { "event": event }, "points": points,
                "count": { "up_to": up_to }, "decay_days": days })
    };
    json!({
        "groups": [{ "name": "interest", "cap": 70 }, { "name": "other" }],
        "rules": [
            rule("demo_requested", "interest", 40, 2, Some(3)),
            rule("pricing_page_visited", "interest", 30, 1, Some(30)),
            rule("webinar_attended", "other", 15, 1, None),
            rule("cancelled", "other", -25, 1, Some(7)),
        ],
    })
}

/// An organisation with that model, and forty people who did this and that in the last month.
async fn opened() -> Result<Tenant> {
    let tenant = Tenant::open().await?;
    let drafted = tenant.posted("/v1/scoring/models", &model()).await?;
    let path = format!("/v1/scoring/models/{}/publish", drafted["version"]);
    tenant.posted(&path, &json!({})).await?;
    do_work(&tenant.api.mirror).await?;
    let names = [
        "demo_requested",
        "pricing_page_visited",
        "webinar_attended",
        "demo_requested",
        "cancelled",
    ];
    for number in 0..40_usize {
        let visitor = format!("v{number}");
        let events: Vec<(&str, &str, Timestamp, Value)> = names
            .into_iter()
            .enumerate()
            .filter(|(place, _)| (number >> place) % 2 == 0)
            .map(|(place, name)| {
                // Nothing of it since the oldest list was begun.
                let ago_secs = 4_000 + (number * 50_021 + place * 97_001) % 2_500_000;
                let at = ago(i64::try_from(ago_secs).unwrap_or_default());
                (visitor.as_str(), name, at, json!({}))
            })
            .collect();
        tenant.witness(&events).await?;
    }
    // A clock that runs ahead would take points away before their time.
    tenant
        .witness(&[
            ("ahead", "webinar_attended", ago(DAY), json!({})),
            ("ahead", "cancelled", ago(-300), json!({})),
        ])
        .await?;
    Ok(tenant)
}

async fn listed(tenant: &Tenant, limit: usize) -> Result<Vec<Value>> {
    let mut leads = Vec::new();
    let mut path = format!("/v1/leads?limit={limit}");
    loop {
        let page = tenant.json(&path).await?;
        leads.extend(page["data"].as_array().cloned().context("leads")?);
        let Some(cursor) = page["next_cursor"].as_str() else {
            return Ok(leads);
        };
        path = format!("/v1/leads?limit={limit}&cursor={cursor}");
    }
}

#[tokio::test]
async fn a_list_and_the_leads_own_scores_agree_page_by_page() -> Result<()> {
    let tenant = opened().await?;
    for limit in [3, 200] {
        let leads = listed(&tenant, limit).await?;
        let people: BTreeSet<String> = leads.iter().map(|it| it["person"].to_string()).collect();
        assert_eq!((leads.len(), people.len()), (40, 40), "each once");
        let moments: BTreeSet<&str> = leads
            .iter()
            .filter_map(|it| it["scored_at"].as_str())
            .collect();
        assert_eq!(moments.len(), 1, "a list is of one moment");
        let mut last = f64::INFINITY;
        for lead in &leads {
            let text = |name: &str| lead[name].as_str().context("a text");
            let (id, at) = (text("person")?, text("scored_at")?);
            let own = tenant
                .json(&format!("/v1/leads/{id}/score?at={at}"))
                .await?;
            assert_eq!(own["total"], lead["score"], "{lead}");
            let score = lead["score"].as_f64().context("a score")?;
            ensure!(score <= last, "{score} comes after {last}");
            last = score;
        }
    }
    Ok(())
}

/// Everybody by their own score at `at`, from all of their events.
fn by_own_score(
    model: &ScoringModel,
    histories: &HashMap<Uuid, Vec<Event>>,
    at: Timestamp,
) -> Vec<Lead> {
    let mut leads: Vec<Lead> = histories
        .iter()
        .map(|(person, events)| Lead {
            person: *person,
            score: score_as_of(model, events, at).total,
        })
        .collect();
    leads.sort_by_key(|it| (Reverse(it.score), it.person));
    leads
}

async fn all_pages(
    conn: &mut PgConnection,
    model: (i32, &ScoringModel),
    at: Timestamp,
    limit: i64,
) -> Result<Vec<Lead>> {
    let mut leads: Vec<Lead> = Vec::new();
    loop {
        let page = ranking::page(conn, model, at, leads.last().copied(), limit).await?;
        if page.is_empty() {
            return Ok(leads);
        }
        leads.extend(page);
    }
}

/// Has everybody looked at whose time has come by `now`.
async fn pass_time(tenant: &Tenant, now: Timestamp) -> Result<()> {
    let organisation = tenant.organisation().await?;
    let mut transaction = tenant::begin(&tenant.api.mirror, organisation).await?;
    let rules = RulesCache::default()
        .current(&mut transaction, organisation)
        .await?;
    let people = projection::people_due(&mut transaction, now.into(), 1_000).await?;
    person::lock(&mut transaction, &people, &[]).await?;
    let touched = Touched {
        later: people.into_iter().collect(),
        ..Touched::default()
    };
    project(&mut transaction, organisation, &rules, &touched, now).await?;
    Ok(transaction.commit().await?)
}

#[tokio::test]
async fn the_order_is_that_of_the_scores_at_every_moment_without_any_event() -> Result<()> {
    let tenant = opened().await?;
    let condition = json!({ "score": { "at_least": ENOUGH } });
    define_and_build(&tenant, "interested", &condition).await?;
    let organisation = tenant.organisation().await?;
    let begin = async || tenant::snapshot(&tenant.api.mirror, organisation).await;
    let mut reader = begin().await?;
    let (version, rules) = rule_set::scoring_model(&mut reader, None)
        .await?
        .context("a model")?;
    let people = person::ids(&mut reader, None, 100).await?;
    let mut histories = event::histories(&mut reader, &people).await?;
    histories.retain(|_, events| events.iter().any(|event| rules.heeds(event)));
    drop(reader);
    let begun = ago(0);
    let mut orders = BTreeSet::new();
    for (secs, looks) in [
        (0, false),
        (200, false),
        (301, false),
        (DAY / 3, false),
        (DAY, true),
        (DAY + 4_000, false),
        (3 * DAY, true),
        (9 * DAY, false),
        (40 * DAY, true),
    ] {
        let now = begun.plus_secs(secs);
        if looks {
            pass_time(&tenant, now).await?;
            let reaches = |lead: &Lead| lead.score >= Millipoints::whole(ENOUGH);
            let all = by_own_score(&rules, &histories, now);
            let expected: BTreeSet<Uuid> = all
                .iter()
                .filter(|it| reaches(it))
                .map(|it| it.person)
                .collect();
            assert_eq!(members(&tenant, "interested").await?, expected, "{secs}");
        }
        // A list that was begun before everybody was looked at goes on.
        for at in [now, now.plus_secs(-LIST_SECS)] {
            let expected = by_own_score(&rules, &histories, at);
            let mut reader = begin().await?;
            for limit in [4, 100] {
                let leads = all_pages(&mut reader, (version, &rules), at, limit).await?;
                assert_eq!(leads, expected, "{secs}, {limit} a page");
            }
            let order: Vec<Uuid> = expected.into_iter().map(|it| it.person).collect();
            orders.insert(order);
        }
    }
    ensure!(orders.len() > 5, "the order changes: {}", orders.len());
    Ok(())
}
