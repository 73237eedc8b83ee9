//! Scoring models: drafts, tests on past deals, and the change from one to another.

use crate::support::{
    client::do_work,
    people::ago,
    tenant::{Tenant, call},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use tessera_store::{
    leads::score,
    rule_set::{self},
    tenant,
};
use tokio::join;
use uuid::Uuid;

const MODELS: &str = "/v1/scoring/models";

/// So many points for a look at the prices, and nothing else.
fn prices_only(points: i32) -> Value {
    json!({
        "groups": [{ "name": "all" }],
        "rules": [{ "id": "prices", "group": "all", "when": { "event": "pricing_page_visited" },
                    "points": points, "count": { "up_to": 1 } }],
    })
}

#[tokio::test]
async fn a_model_that_breaks_a_rule_is_refused_by_the_fields_name() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mut lost_group = prices_only(5);
    lost_group["rules"][0]["group"] = json!("none");
    let mut unknown = prices_only(5);
    unknown["rules"][0]["decay"] = json!(3);
    for (model, field) in [
        (prices_only(1_001), "rules[0].points"),
        (lost_group, "rules[0].group"),
        (unknown, "rules[0].decay"),
        (json!({ "groups": [], "rules": [] }), "groups"),
    ] {
        let refused = tenant.post(MODELS, &model).await?;
        let problem = refused.refusal(MODELS, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field);
    }
    let listed = tenant.json(MODELS).await?;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
    Ok(())
}

#[tokio::test]
async fn a_rule_cannot_depend_on_a_score_or_a_rule() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (name, value, field) in [
        ("when", json!({ "rule": "prices" }), "rules[0].when.rule"),
        ("when", json!({ "score": "all" }), "rules[0].when.score"),
        ("points_from", json!("all"), "rules[0].points_from"),
    ] {
        let mut model = prices_only(5);
        model["rules"][0][name] = value;
        let refused = tenant.post(MODELS, &model).await?;
        let problem = refused.refusal(MODELS, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field);
    }

    // Named like what the model gives points for, so that anything it wrote down would come back.
    tenant
        .does("v1", "pricing_page_visited", ago(60), json!({}))
        .await?;
    let mut model = prices_only(5);
    for name in ["prices", "all", "score", "scored"] {
        let rule = json!({ "id": format!("of {name}"), "group": "all", "when": { "event": name },
                           "points": 100, "count": { "up_to": 10 } });
        model["rules"].as_array_mut().context("rules")?.push(rule);
    }
    tenant.posted(MODELS, &model).await?;
    let count = async || -> Result<i64> {
        Ok(sqlx::query_scalar("select count(*) from engine.event")
            .fetch_one(&tenant.api.mirror)
            .await?)
    };
    let before = count().await?;
    tenant
        .posted(&format!("{MODELS}/2/publish"), &json!({}))
        .await?;
    do_work(&tenant.api.mirror).await?;
    let person = tenant.person("v1").await?;
    assert_eq!(tenant.score(person).await?, json!(5));
    assert_eq!(count().await?, before);
    Ok(())
}

#[tokio::test]
async fn whoever_only_reads_writes_no_model_and_tests_one() -> Result<()> {
    let tenant = Tenant::open().await?;
    let key = tenant.key("read").await?;
    let path = "/v1/scoring/models/1/publish";
    for (path, body) in [(MODELS, prices_only(5)), (path, json!({}))] {
        let refused = call(&tenant.api, Method::POST, path, &key, Some(&body)).await?;
        refused.refusal(path, StatusCode::FORBIDDEN)?;
    }
    let path = "/v1/scoring/models/1/backtest";
    let tested = call(&tenant.api, Method::POST, path, &key, Some(&json!({}))).await?;
    assert_eq!(tested.status, StatusCode::ACCEPTED, "{tested:?}");
    let path = "/v1/scoring/models/2/backtest";
    let refused = call(&tenant.api, Method::POST, path, &key, Some(&json!({}))).await?;
    refused.refusal(path, StatusCode::NOT_FOUND)?;
    Ok(())
}

#[tokio::test]
async fn a_draft_scores_nobody_unless_it_is_asked_for() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant
        .does("v1", "pricing_page_visited", ago(60), json!({}))
        .await?;
    let person = tenant.person("v1").await?;
    let drafted = tenant.posted(MODELS, &prices_only(7)).await?;
    assert_eq!(drafted, json!({ "version": 2, "status": "draft" }));
    assert_eq!(tenant.score(person).await?, json!(25));
    let what_if = tenant
        .json(&format!("/v1/leads/{person}/score?model=2"))
        .await?;
    assert_eq!(
        (&what_if["total"], &what_if["model"]),
        (&json!(7), &json!(2))
    );
    let draft = tenant.json("/v1/scoring/models/2").await?;
    assert_eq!(
        (&draft["status"], &draft["model"]),
        (&json!("draft"), &prices_only(7))
    );
    Ok(())
}

#[tokio::test]
async fn drafts_written_at_once_get_different_numbers() -> Result<()> {
    let tenant = Tenant::open().await?;
    let body = prices_only(3);
    let (left, right) = join!(tenant.post(MODELS, &body), tenant.post(MODELS, &body));
    let created = [left?, right?]
        .iter()
        .filter(|answer| answer.status == StatusCode::CREATED)
        .count();
    let listed = tenant.json(MODELS).await?;
    // The request that was in the way is asked to try again.
    assert!(created >= 1);
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(created + 1));
    Ok(())
}

#[tokio::test]
async fn a_backtest_compares_both_models_on_what_was_known_before_the_decision() -> Result<()> {
    let tenant = Tenant::open().await?;
    let closed = ago(1_000);
    // Before the decision: 25 + 40, nothing, 25, nothing.
    for (visitor, event, at) in [
        ("won1", "pricing_page_visited", ago(2_000)),
        ("won1", "demo_requested", ago(1_900)),
        ("won2", "demo_requested", closed),
        ("lost1", "pricing_page_visited", ago(2_000)),
        ("lost1", "webinar_attended", ago(900)),
        ("lost2", "page_viewed", ago(2_000)),
    ] {
        tenant.does(visitor, event, at, json!({})).await?;
    }
    let mut deals = Vec::new();
    for (visitor, won) in [
        ("won1", true),
        ("won2", true),
        ("lost1", false),
        ("lost2", false),
    ] {
        deals.push((tenant.person(visitor).await?, won, closed));
    }
    tenant.decided(&deals).await?;
    tenant.posted(MODELS, &prices_only(100)).await?;
    let path = "/v1/scoring/models/2/backtest";
    let tested = tenant.result_of(path, &json!({})).await?;
    assert_eq!(tested["deals"], json!(4));
    // Won 65 and 0, lost 25 and 0: of four pairs, won above lost in 2 and level in 1.
    let published = &tested["published"];
    assert_eq!(published["version"], json!(1));
    assert_eq!(published["report"]["auc"], json!(0.625));
    assert_eq!(published["report"]["mean_won"], json!(32.5));
    assert_eq!(published["report"]["mean_lost"], json!(12.5));
    // Won 100 and 0, lost 100 and 0: above in 1, level in 2.
    let candidate = &tested["candidate"];
    assert_eq!(candidate["version"], json!(2));
    assert_eq!(candidate["report"]["auc"], json!(0.5));
    assert_eq!(candidate["report"]["mean_won"], json!(50.0));
    assert_eq!(candidate["report"]["won"]["denominator"], json!(4));
    Ok(())
}

#[tokio::test]
async fn the_old_model_answers_until_the_new_one_is_built() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant
        .does("v1", "pricing_page_visited", ago(60), json!({}))
        .await?;
    let person = tenant.person("v1").await?;
    for points in [7, 8] {
        tenant.posted(MODELS, &prices_only(points)).await?;
    }
    let path = "/v1/scoring/models/2/publish";
    let answer = tenant.post(path, &json!({})).await?;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    assert_eq!(
        answer.json()?,
        json!({ "version": 2, "status": "building" })
    );
    let answer = tenant
        .post("/v1/scoring/models/1/publish", &json!({}))
        .await?;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(
        answer.json()?,
        json!({ "version": 1, "status": "published" })
    );
    for version in [2, 3] {
        let path = format!("/v1/scoring/models/{version}/publish");
        let refused = tenant.post(&path, &json!({})).await?;
        refused.refusal(&path, StatusCode::CONFLICT)?;
    }
    let path = "/v1/scoring/models/9/publish";
    let refused = tenant.post(path, &json!({})).await?;
    refused.refusal(path, StatusCode::NOT_FOUND)?;
    assert_eq!(tenant.score(person).await?, json!(25));
    // Whoever comes meanwhile is scored under both.
    tenant
        .does("v2", "pricing_page_visited", ago(50), json!({}))
        .await?;
    let organisation = tenant.organisation().await?;
    let mut writer = tenant::begin(&tenant.api.mirror, organisation).await?;
    let building = rule_set::building(&mut writer).await?;
    let building = building.map(|set| (set.version, set.body));
    assert_eq!(building, Some((2, prices_only(7))));
    for (version, people) in [(1, 2), (2, 1)] {
        let (now, first) = (ago(0).into(), (i64::MAX, Uuid::nil()));
        let placed = score::still(&mut writer, version, now, first, 9).await?;
        assert_eq!(placed.len(), people, "{version}");
    }
    drop(writer);
    tenant.rebuild().await?;
    do_work(&tenant.api.mirror).await?;
    assert_eq!(tenant.score(person).await?, json!(7));
    let leads = tenant.json("/v1/leads").await?;
    assert_eq!(leads["data"].as_array().map(Vec::len), Some(2));
    // The one before it can come back.
    let back = tenant
        .posted("/v1/scoring/models/1/publish", &json!({}))
        .await?;
    assert_eq!(back["status"], json!("building"));
    Ok(())
}
