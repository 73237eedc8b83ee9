//! Scores: the seed's numbers, at any time, however events arrive.

use crate::support::{
    client::do_work,
    people::ago,
    tenant::{Tenant, call},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tessera_domain::time::Timestamp;
use tessera_engine::leads::ranking;
use tessera_store::{rule_set, tenant};
use uuid::Uuid;

fn groups(score: &Value) -> Vec<(String, f64)> {
    let groups = score["groups"].as_array().cloned().unwrap_or_default();
    groups
        .iter()
        .map(|group| {
            let name = group["group"].as_str().unwrap_or_default().to_owned();
            (name, group["points"].as_f64().unwrap_or_default())
        })
        .collect()
}

#[tokio::test]
async fn the_future_and_unknown_models_are_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant
        .does("v1", "demo_requested", ago(60), json!({}))
        .await?;
    let person = tenant.person("v1").await?;
    let path = format!("/v1/leads/{person}/score?at={}", ago(-60));
    let problem = tenant
        .get(&path)
        .await?
        .refusal(&path, StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "at");
    for (path, status) in [
        (
            format!("/v1/leads/{person}/score?model=9"),
            StatusCode::NOT_FOUND,
        ),
        (
            format!("/v1/leads/{person}/score?model=0"),
            StatusCode::BAD_REQUEST,
        ),
        (
            format!("/v1/leads/{}/score", Uuid::now_v7()),
            StatusCode::NOT_FOUND,
        ),
        ("/v1/leads/v1/score".to_owned(), StatusCode::BAD_REQUEST),
    ] {
        tenant.get(&path).await?.refusal(&path, status)?;
    }
    Ok(())
}

#[tokio::test]
async fn another_tenant_sees_no_person_and_its_cursor_leads_nowhere() -> Result<()> {
    let tenant = Tenant::open().await?;
    for visitor in ["v1", "v2"] {
        tenant
            .does(visitor, "demo_requested", ago(60), json!({}))
            .await?;
    }
    let person = tenant.person("v1").await?;
    let page = tenant.json("/v1/leads?limit=1").await?;
    let cursor = page["next_cursor"].as_str().context("a cursor")?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    for path in [
        format!("/v1/leads/{person}/score"),
        format!("/v1/leads/{person}/score/explain"),
        format!("/v1/leads/{person}/prediction"),
        format!("/v1/persons/{person}"),
        format!("/v1/persons/{person}/timeline"),
    ] {
        other
            .get(&path)
            .await?
            .refusal(&path, StatusCode::NOT_FOUND)?;
    }
    let page = other.json(&format!("/v1/leads?cursor={cursor}")).await?;
    assert_eq!(page, json!({ "data": [], "next_cursor": null }));
    let key = tenant.key("write").await?;
    let path = "/v1/leads";
    let refused = call(&tenant.api, Method::GET, path, &key, None).await?;
    refused.refusal(path, StatusCode::FORBIDDEN)?;
    Ok(())
}

#[tokio::test]
async fn a_clock_that_runs_ahead_gives_no_points_yet() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant
        .does("v", "demo_requested", ago(-300), json!({}))
        .await?;
    let person = tenant.person("v").await?;
    assert_eq!(tenant.score(person).await?, 0);
    let leads = tenant.json("/v1/leads").await?;
    let scored_at: Timestamp = serde_json::from_value(leads["data"][0]["scored_at"].clone())?;
    assert!(scored_at < ago(-60), "{leads}");
    assert_eq!(leads["data"][0]["score"], 0, "{leads}");
    let beyond = json!({ "message_id": "m", "event": "demo_requested", "anonymous_id": "v",
        "timestamp": ago(-700) });
    let refused = tenant.post("/v1/events", &beyond).await?;
    let problem = refused.refusal("/v1/events", StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "timestamp");
    Ok(())
}

#[tokio::test]
async fn bots_repetitions_and_losses_give_no_points() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant
        .does("bot", "email_clicked", ago(60), json!({ "machine": true }))
        .await?;
    let bot = tenant.person("bot").await?;
    assert_eq!(tenant.score(bot).await?, json!(0));
    tenant
        .does(
            "reader",
            "email_clicked",
            ago(60),
            json!({ "machine": false }),
        )
        .await?;
    let reader = tenant.person("reader").await?;
    assert_eq!(tenant.score(reader).await?, json!(10));
    for at in [50, 40, 30] {
        tenant
            .does("eager", "demo_requested", ago(at), json!({}))
            .await?;
    }
    let eager = tenant.person("eager").await?;
    assert_eq!(tenant.score(eager).await?, json!(40));
    // 15 - 30 - 20 is below 0.
    tenant
        .does("gone", "content_shared", ago(60), json!({}))
        .await?;
    let losses = [
        ("gone", "cancelled", ago(50), json!({})),
        ("gone", "past_due", ago(40), json!({})),
    ];
    tenant.witness(&losses).await?;
    let gone = tenant.person("gone").await?;
    assert_eq!(tenant.score(gone).await?, json!(0));
    let leads = tenant.json("/v1/leads").await?;
    let listed: Vec<(&Value, &Value)> = leads["data"]
        .as_array()
        .context("leads")?
        .iter()
        .map(|lead| (&lead["person"], &lead["score"]))
        .collect();
    assert_eq!(
        listed,
        [
            (&json!(eager), &json!(40)),
            (&json!(reader), &json!(10)),
            (&json!(gone), &json!(0))
        ]
    );
    Ok(())
}

#[tokio::test]
async fn the_seeds_table_counts_to_the_number_and_is_explained() -> Result<()> {
    let tenant = Tenant::open().await?;
    let segment = json!({ "segment": "institution", "country": "CH" });
    tenant
        .witness(&[("v1", "identified", ago(90), segment)])
        .await?;
    tenant
        .does("v1", "pricing_page_visited", ago(80), json!({}))
        .await?;
    tenant
        .does("v1", "demooRequested", ago(70), json!({}))
        .await?;
    let person = tenant.person("v1").await?;
    // institution 50, pricing page 25, demo 40.
    let score = tenant.json(&format!("/v1/leads/{person}/score")).await?;
    assert_eq!((&score["total"], &score["model"]), (&json!(115), &json!(1)));
    let expected = [
        ("demographics", 50.0),
        ("behavior", 65.0),
        ("engagement", 0.0),
        ("intent", 0.0),
        ("on_chain", 0.0),
    ];
    let expected = expected.map(|(name, points)| (name.to_owned(), points));
    assert_eq!(groups(&score), expected);
    // webinar 30, API access 30, subscribed 40.
    tenant
        .does("v1", "webinar_attended", ago(60), json!({}))
        .await?;
    tenant
        .does(
            "v1",
            "intent_declared",
            ago(50),
            json!({ "intent": "api_access" }),
        )
        .await?;
    tenant
        .witness(&[("v1", "subscribed", ago(40), json!({}))])
        .await?;
    let why = tenant
        .json(&format!("/v1/leads/{person}/score/explain"))
        .await?;
    assert_eq!(why["total"], json!(215));
    let parts: Vec<(String, i64)> = why["contributions"]
        .as_array()
        .context("contributions")?
        .iter()
        .map(|it| {
            assert_eq!(it["counted"], it["points"]);
            let rule = it["rule"].as_str().unwrap_or_default().to_owned();
            (rule, it["points"].as_i64().unwrap_or_default())
        })
        .collect();
    let expected = [
        ("institution", 50),
        ("pricing_page_visited", 25),
        ("demo_requested", 40),
        ("webinar_attended", 30),
        ("api_access", 30),
        ("subscribed", 40),
    ];
    assert_eq!(
        parts,
        expected.map(|(rule, points)| (rule.to_owned(), points))
    );
    let leads = tenant.json("/v1/leads").await?;
    assert_eq!(leads["data"][0]["score"], json!(215));
    assert_eq!(leads["data"][0]["open_deals"], json!(0));
    Ok(())
}

#[tokio::test]
async fn a_score_is_told_as_of_any_past_moment() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant
        .does("v1", "pricing_page_visited", ago(3_000), json!({}))
        .await?;
    tenant
        .does("v1", "demo_requested", ago(1_000), json!({}))
        .await?;
    let person = tenant.person("v1").await?;
    for (secs, total) in [(3_100, 0), (2_000, 25), (500, 65)] {
        let path = format!("/v1/leads/{person}/score?at={}", ago(secs));
        assert_eq!(tenant.json(&path).await?["total"], json!(total), "{path}");
        let path = path.replace("/score", "/score/explain");
        assert_eq!(tenant.json(&path).await?["total"], json!(total), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn an_event_that_comes_late_counts_as_if_it_had_come_in_time() -> Result<()> {
    let tenant = Tenant::open().await?;
    let (first, then) = (ago(2_000), ago(1_000));
    let institution = json!({ "segment": "institution" });
    let trader = json!({ "segment": "trader" });
    let in_time = [
        ("in_time", "identified", first, institution.clone()),
        ("in_time", "identified", then, trader.clone()),
    ];
    let late = [
        ("late", "identified", then, trader),
        ("late", "identified", first, institution),
    ];
    for event in in_time.into_iter().chain(late) {
        tenant.witness(&[event]).await?;
    }
    let leads = tenant.json("/v1/leads").await?;
    for lead in [0, 1].map(|index| &leads["data"][index]) {
        assert_eq!(lead["score"], json!(35));
    }
    let late = tenant.person("late").await?;
    let path = format!("/v1/leads/{late}/score?at={}", ago(1_500));
    assert_eq!(tenant.json(&path).await?["total"], json!(50));
    Ok(())
}

#[tokio::test]
async fn every_order_of_arrival_gives_the_same_score() -> Result<()> {
    let tenant = Tenant::open().await?;
    let events = [
        ("pricing_page_visited", ago(4_000)),
        ("demo_requested", ago(3_000)),
        ("demo_requested", ago(2_000)),
        ("whitepaper_downloaded", ago(1_000)),
    ];
    for order in 0..24_usize {
        // The order-th permutation, in the factorial number system.
        let mut left = events.to_vec();
        let visitor = format!("v{order}");
        for (index, base) in [order / 6, order / 2 % 3, order % 2, 0]
            .into_iter()
            .enumerate()
        {
            let (event, at) = left.remove(base);
            assert_eq!(left.len(), 3 - index);
            tenant.does(&visitor, event, at, json!({})).await?;
        }
    }
    let leads = tenant.json("/v1/leads").await?;
    let leads = leads["data"].as_array().context("leads")?;
    assert_eq!(leads.len(), 24);
    // Pricing page 25, demo 40, whitepaper 20.
    let told: BTreeSet<String> = leads.iter().map(|lead| lead["score"].to_string()).collect();
    assert_eq!(told, ["85".to_owned()].into());
    let before = tenant.kept().await?;
    tenant.rebuild().await?;
    assert_eq!(tenant.kept().await?, before);
    Ok(())
}

#[tokio::test]
async fn leads_come_highest_first_and_each_once() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (visitor, event) in [
        ("low", "email_opened"),
        ("high", "demo_requested"),
        ("same", "email_opened"),
        ("middle", "webinar_attended"),
        ("nothing", "page_viewed"),
    ] {
        tenant.does(visitor, event, ago(60), json!({})).await?;
    }
    let (mut scores, mut people) = (Vec::new(), BTreeSet::new());
    let mut path = "/v1/leads?limit=1".to_owned();
    loop {
        let page = tenant.json(&path).await?;
        for lead in page["data"].as_array().context("leads")? {
            scores.push(lead["score"].as_i64().context("a score")?);
            people.insert(lead["person"].to_string());
        }
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/leads?limit=1&cursor={cursor}");
    }
    assert_eq!(scores, [40, 30, 5, 5]);
    assert_eq!(people.len(), 4);
    Ok(())
}

#[tokio::test]
async fn a_model_that_changes_while_a_list_is_read_is_not_mixed_with_the_old_one() -> Result<()> {
    let tenant = Tenant::open().await?;
    for visitor in ["v1", "v2"] {
        tenant
            .does(visitor, "demo_requested", ago(60), json!({}))
            .await?;
    }
    let first = tenant.json("/v1/leads?limit=1").await?;
    let cursor = first["next_cursor"].as_str().context("a cursor")?;
    let organisation = tenant.organisation().await?;
    let mut reader = tenant::snapshot(&tenant.api.mirror, organisation).await?;
    let (model, rules) = rule_set::scoring_model(&mut reader, None)
        .await?
        .context("a model")?;

    let body = json!({
        "groups": [{ "name": "all" }],
        "rules": [{ "id": "demo", "group": "all", "when": { "event": "demo_requested" },
                    "points": 7, "count": { "up_to": 1 } }],
    });
    let drafted = tenant.posted("/v1/scoring/models", &body).await?;
    assert_eq!(drafted["version"], json!(2));
    tenant
        .posted("/v1/scoring/models/2/publish", &json!({}))
        .await?;
    tenant.rebuild().await?;
    do_work(&tenant.api.mirror).await?;

    // Whoever began to read before sees the old model's scores, all of them.
    let rows = ranking::page(&mut reader, (model, &rules), ago(0), None, 10).await?;
    let points: Vec<i64> = rows.iter().map(|row| row.score.0).collect();
    assert_eq!((model, points), (1, vec![40_000, 40_000]));
    // A next page would be of another list.
    let path = format!("/v1/leads?limit=1&cursor={cursor}");
    tenant
        .get(&path)
        .await?
        .refusal(&path, StatusCode::CONFLICT)?;
    let anew = tenant.json("/v1/leads").await?;
    assert_eq!(anew["data"][0]["score"], json!(7));
    assert_eq!(anew["data"][1]["model"], json!(2));
    Ok(())
}
