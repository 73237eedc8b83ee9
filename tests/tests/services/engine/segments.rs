//! Segments: who is a member, and that each entry and exit is an event.

use crate::support::{
    client::do_work,
    funnel_events::{Happened, base, capture, happened},
    people::ago,
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use chrono::Utc;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tessera_domain::projection::Definition;
use tessera_engine::projection::{Verified, verify};
use tessera_store::tenant;
use tessera_tests::eventually;
use uuid::Uuid;

/// Twice in the documentation, and never subscribed.
fn keen() -> Value {
    json!({ "all": [
        { "event": { "when": { "event": "docs" }, "at_least": 2 } },
        { "not": { "event": { "when": { "event": "purchase" } } } },
    ] })
}

async fn define(tenant: &Tenant, name: &str, condition: &Value) -> Result<i64> {
    let body = json!({ "name": name, "condition": condition });
    let answer = tenant.post("/v1/segments", &body).await?;
    ensure!(answer.status == StatusCode::ACCEPTED, "{answer:?}");
    answer.json()?["version"].as_i64().context("a version")
}

async fn define_and_build(tenant: &Tenant, name: &str, condition: &Value) -> Result<()> {
    define(tenant, name, condition).await?;
    do_work(&tenant.api.mirror).await?;
    let segment = tenant.json(&format!("/v1/segments/{name}")).await?;
    ensure!(segment["status"] == "live", "{segment}");
    ensure!(segment["building"].is_null(), "{segment}");
    Ok(())
}

async fn members(tenant: &Tenant, name: &str) -> Result<BTreeSet<Uuid>> {
    let answer = tenant
        .json(&format!("/v1/segments/{name}/members?limit=200"))
        .await?;
    let rows = answer["data"].as_array().context("rows")?;
    let people = rows
        .iter()
        .map(|row| Ok(row["person"].as_str().context("an id")?.parse()?));
    people.collect()
}

/// Names and segments of a person's segment events, earliest first.
async fn moves(tenant: &Tenant, person: Uuid) -> Result<Vec<(String, String)>> {
    let path = format!("/v1/persons/{person}/timeline?limit=200");
    let timeline = tenant.json(&path).await?;
    let rows = timeline["data"].as_array().context("rows")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(rows
        .iter()
        .rev()
        .map(|row| (text(&row["event"]), text(&row["properties"]["segment"])))
        .filter(|(event, _)| event.starts_with("segment_"))
        .collect())
}

fn moved(event: &str, segment: &str) -> (String, String) {
    (event.to_owned(), segment.to_owned())
}

/// What the segment keeps, against what the events say.
async fn checked(tenant: &Tenant, name: &str) -> Result<Verified> {
    let organisation = tenant.organisation().await?;
    let mut reader = tenant::snapshot(&tenant.api.mirror, organisation).await?;
    let (id, body): (i32, Value) = sqlx::query_as(
        "select projection.id, body
         from engine.projection join engine.rule_set using (organisation, kind, name, version)
         where organisation = $1 and kind = 'segment' and name = $2 and projection.status = 'live'",
    )
    .bind(organisation.0)
    .bind(name)
    .fetch_one(&mut *reader)
    .await?;
    let definition = Definition::parse("segment", body)?;
    Ok(verify(&mut reader, id, &definition).await?)
}

#[tokio::test]
async fn a_condition_that_breaks_a_rule_is_refused_by_field_and_rule() -> Result<()> {
    let tenant = Tenant::open().await?;
    let refused = |name: &'static str, condition: Value, field: &'static str| {
        let tenant = &tenant;
        async move {
            let body = json!({ "name": name, "condition": condition });
            let answer = tenant.post("/v1/segments", &body).await?;
            ensure!(answer.status == StatusCode::BAD_REQUEST, "{answer:?}");
            let refusal = answer.json()?;
            ensure!(refusal["errors"][0]["field"] == field, "{refusal}");
            anyhow::Ok(())
        }
    };
    refused("Keen", keen(), "name").await?;
    refused("keen", json!({ "any": [] }), "condition.any").await?;
    let sealed = json!({ "trait": { "property": "email", "is": "set" } });
    refused("keen", sealed, "condition.trait.property").await?;
    let own = json!({ "event": { "when": { "event": "segment_exited" } } });
    refused("keen", own, "condition.event.when.event").await?;
    let absent = tenant.get("/v1/segments/keen").await?;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn no_client_can_send_an_entry() -> Result<()> {
    let tenant = Tenant::open().await?;
    let event = json!({ "message_id": "m", "event": "segment_entered", "anonymous_id": "v",
                        "properties": { "segment": "keen" } });
    let answer = tenant
        .posted("/v1/events/batch", &json!({ "events": [event] }))
        .await?;
    assert_eq!(answer["rejected"], 1, "{answer}");
    Ok(())
}

#[tokio::test]
async fn an_organisation_has_at_most_fifty_segments() -> Result<()> {
    let tenant = Tenant::open().await?;
    for number in 0..50 {
        define(&tenant, &format!("segment_{number}"), &keen()).await?;
    }
    define(&tenant, "segment_7", &keen()).await?;
    let body = json!({ "name": "one_more", "condition": keen() });
    let answer = tenant.post("/v1/segments", &body).await?;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn events_make_members_and_end_memberships_with_an_event_each() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_and_build(&tenant, "keen", &keen()).await?;
    capture(
        &tenant,
        &[happened("ann", "docs", 0), happened("bob", "docs", 1)],
    )
    .await?;
    assert_eq!(members(&tenant, "keen").await?, BTreeSet::new());
    capture(
        &tenant,
        &[happened("ann", "docs", 5), happened("ann", "docs", 6)],
    )
    .await?;
    let ann = tenant.person("ann").await?;
    assert_eq!(members(&tenant, "keen").await?, [ann].into());
    assert_eq!(
        moves(&tenant, ann).await?,
        [moved("segment_entered", "keen")]
    );
    let person = tenant.json(&format!("/v1/persons/{ann}")).await?;
    assert_eq!(person["segments"], json!(["keen"]));
    assert_eq!(tenant.json("/v1/segments/keen").await?["members"], 1);
    capture(&tenant, &[happened("ann", "purchase", 7)]).await?;
    assert_eq!(members(&tenant, "keen").await?, BTreeSet::new());
    let expected = [
        moved("segment_entered", "keen"),
        moved("segment_exited", "keen"),
    ];
    assert_eq!(moves(&tenant, ann).await?, expected);
    assert_eq!(tenant.json("/v1/segments/keen").await?["members"], 0);
    Ok(())
}

#[tokio::test]
async fn those_who_were_there_before_enter_when_the_segment_is_built() -> Result<()> {
    let tenant = Tenant::open().await?;
    capture(
        &tenant,
        &[happened("ann", "docs", 0), happened("ann", "docs", 5)],
    )
    .await?;
    capture(&tenant, &[happened("bob", "visit", 5)]).await?;
    let (ann, bob) = (tenant.person("ann").await?, tenant.person("bob").await?);
    define_and_build(&tenant, "keen", &keen()).await?;
    let absent = json!({ "not": { "event": { "when": { "event": "docs" } } } });
    define_and_build(&tenant, "absent", &absent).await?;
    assert_eq!(members(&tenant, "keen").await?, [ann].into());
    assert_eq!(members(&tenant, "absent").await?, [bob].into());
    // Work that is done again adds no events.
    do_work(&tenant.api.mirror).await?;
    assert_eq!(
        moves(&tenant, ann).await?,
        [moved("segment_entered", "keen")]
    );
    assert_eq!(
        moves(&tenant, bob).await?,
        [moved("segment_entered", "absent")]
    );
    Ok(())
}

#[tokio::test]
async fn another_version_moves_only_those_for_whom_it_differs() -> Result<()> {
    let tenant = Tenant::open().await?;
    let docs = |least: u32| json!({ "event": { "when": { "event": "docs" }, "at_least": least } });
    capture(
        &tenant,
        &[happened("ann", "docs", 0), happened("ann", "docs", 5)],
    )
    .await?;
    capture(&tenant, &[happened("bob", "docs", 5)]).await?;
    let (ann, bob) = (tenant.person("ann").await?, tenant.person("bob").await?);
    define_and_build(&tenant, "keen", &docs(1)).await?;
    assert_eq!(members(&tenant, "keen").await?, [ann, bob].into());
    assert_eq!(define(&tenant, "keen", &docs(2)).await?, 2);
    let building = tenant.json("/v1/segments/keen").await?;
    assert_eq!(
        (&building["version"], &building["building"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(members(&tenant, "keen").await?, [ann, bob].into());
    do_work(&tenant.api.mirror).await?;
    assert_eq!(members(&tenant, "keen").await?, [ann].into());
    let ever = moves(&tenant, bob).await?;
    assert_eq!(
        moves(&tenant, ann).await?,
        [moved("segment_entered", "keen")]
    );
    assert_eq!(
        ever,
        [
            moved("segment_entered", "keen"),
            moved("segment_exited", "keen")
        ]
    );
    Ok(())
}

/// Has a model published, once its work is done, that gives so many points for `docs`; its version.
async fn publish_model(tenant: &Tenant, points: i32) -> Result<Value> {
    let model = json!({ "groups": [{ "name": "all" }], "rules": [{
        "id": "docs", "group": "all", "when": { "event": "docs" }, "points": points,
        "count": { "up_to": 1 },
    }] });
    let made = tenant.posted("/v1/scoring/models", &model).await?;
    let path = format!("/v1/scoring/models/{}/publish", made["version"]);
    tenant.posted(&path, &json!({})).await?;
    Ok(made["version"].clone())
}

#[tokio::test]
async fn a_model_that_comes_into_force_keeps_what_was_just_defined() -> Result<()> {
    let tenant = Tenant::open().await?;
    capture(&tenant, &[happened("ann", "docs", 0)]).await?;
    let ann = tenant.person("ann").await?;
    let scored = |points: i32| json!({ "score": { "at_least": points } });
    define_and_build(&tenant, "scored", &scored(500)).await?;
    define_and_build(&tenant, "plain", &keen()).await?;
    // All of it is built by the same piece of work.
    define(&tenant, "scored", &scored(40)).await?;
    define(&tenant, "plain", &scored(40)).await?;
    let version = publish_model(&tenant, 60).await?;
    do_work(&tenant.api.mirror).await?;
    for name in ["scored", "plain"] {
        let segment = tenant.json(&format!("/v1/segments/{name}")).await?;
        assert_eq!(segment["condition"], scored(40), "{segment}");
        assert_eq!(segment["scoring_model"], version, "{segment}");
        assert_eq!(segment["status"], "live", "{segment}");
        assert_eq!(members(&tenant, name).await?, [ann].into());
    }
    Ok(())
}

#[tokio::test]
async fn a_name_that_is_used_again_has_no_members_from_before() -> Result<()> {
    let tenant = Tenant::open().await?;
    capture(
        &tenant,
        &[happened("ann", "docs", 0), happened("bob", "visit", 5)],
    )
    .await?;
    let (ann, bob) = (tenant.person("ann").await?, tenant.person("bob").await?);
    let did = |event: &str| json!({ "event": { "when": { "event": event } } });
    define_and_build(&tenant, "again", &did("docs")).await?;
    // Before any work is done.
    tenant
        .call(Method::DELETE, "/v1/segments/again", None)
        .await?;
    let person = tenant.json(&format!("/v1/persons/{ann}")).await?;
    assert_eq!(person["segments"], json!([]));
    define_and_build(&tenant, "again", &did("visit")).await?;
    assert_eq!(members(&tenant, "again").await?, [bob].into());
    let entered = vec![moved("segment_entered", "again")];
    assert_eq!(
        (moves(&tenant, ann).await?, moves(&tenant, bob).await?),
        (entered.clone(), entered)
    );
    Ok(())
}

#[tokio::test]
async fn a_segment_of_scores_follows_the_model_in_force() -> Result<()> {
    let tenant = Tenant::open().await?;
    let publish = async |points: i32| {
        let version = publish_model(&tenant, points).await?;
        do_work(&tenant.api.mirror).await?;
        anyhow::Ok(version)
    };
    publish(10).await?;
    capture(&tenant, &[happened("ann", "docs", 0)]).await?;
    let ann = tenant.person("ann").await?;
    define_and_build(&tenant, "hot", &json!({ "score": { "at_least": 50 } })).await?;
    assert_eq!(members(&tenant, "hot").await?, BTreeSet::new());
    let version = publish(60).await?;
    let segment = tenant.json("/v1/segments/hot").await?;
    assert_eq!(
        (&segment["version"], &segment["scoring_model"]),
        (&json!(2), &version)
    );
    assert_eq!(segment["created_by"], "engine");
    assert_eq!(members(&tenant, "hot").await?, [ann].into());
    publish(20).await?;
    assert_eq!(members(&tenant, "hot").await?, BTreeSet::new());
    Ok(())
}

#[tokio::test]
async fn time_alone_ends_a_membership() -> Result<()> {
    let tenant = Tenant::open().await?;
    let recent = json!({ "event": { "when": { "event": "docs" }, "within_days": 10 } });
    define_and_build(&tenant, "recent", &recent).await?;
    // The last seconds of the ten days.
    tenant
        .does("ann", "docs", ago(10 * 86_400 - 5), json!({}))
        .await?;
    let ann = tenant.person("ann").await?;
    assert_eq!(members(&tenant, "recent").await?, [ann].into());
    eventually(Duration::from_secs(60), async || {
        do_work(&tenant.api.mirror).await?;
        let left = members(&tenant, "recent").await?;
        Ok(if left.is_empty() {
            Ok(())
        } else {
            Err("still a member".to_owned())
        })
    })
    .await?;
    let expected = [
        moved("segment_entered", "recent"),
        moved("segment_exited", "recent"),
    ];
    assert_eq!(moves(&tenant, ann).await?, expected);
    let found = checked(&tenant, "recent").await?;
    assert_eq!((found.differing, found.sums), (0, 0));
    Ok(())
}

#[tokio::test]
async fn funnels_count_entries_and_segments_ignore_them() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_and_build(&tenant, "keen", &keen()).await?;
    let step = |event: &str| json!({ "name": event, "any_of": [{ "event": event }] });
    let funnel = json!({ "mode": "ordered", "window_secs": 8_640_000,
                         "steps": [step("docs"), step("segment_entered")] });
    let made = tenant
        .posted(
            "/v1/funnels",
            &json!({ "name": "to the segment", "definition": funnel }),
        )
        .await?;
    do_work(&tenant.api.mirror).await?;
    capture(
        &tenant,
        &[happened("ann", "docs", 0), happened("ann", "docs", 5)],
    )
    .await?;
    let path = format!("/v1/funnels/{}/results", made["id"]);
    let report = tenant.json(&path).await?["report"].clone();
    assert_eq!(report["steps"][1]["persons"], 1, "{report}");
    Ok(())
}

#[tokio::test]
async fn people_who_are_merged_count_as_one_member() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_and_build(&tenant, "keen", &keen()).await?;
    capture(
        &tenant,
        &[happened("ann", "docs", 0), happened("bob", "docs", 5)],
    )
    .await?;
    capture(
        &tenant,
        &[happened("cid", "docs", 0), happened("cid", "docs", 5)],
    )
    .await?;
    let (ann, bob, cid) = (
        tenant.person("ann").await?,
        tenant.person("bob").await?,
        tenant.person("cid").await?,
    );
    assert_eq!(members(&tenant, "keen").await?, [cid].into());
    let merge = async |winner: Uuid, loser: Uuid| {
        let body = json!({ "with": loser, "reason": "the same" });
        tenant
            .posted(&format!("/v1/persons/{winner}/merge"), &body)
            .await
    };
    merge(ann, bob).await?;
    assert_eq!(members(&tenant, "keen").await?, [ann, cid].into());
    let last = merge(ann, cid).await?;
    assert_eq!(members(&tenant, "keen").await?, [ann].into());
    let undo = json!({ "merge": last["id"] });
    tenant
        .posted(&format!("/v1/persons/{ann}/unmerge"), &undo)
        .await?;
    assert_eq!(members(&tenant, "keen").await?, [ann, cid].into());
    let found = checked(&tenant, "keen").await?;
    assert_eq!((found.differing, found.sums), (0, 0));
    Ok(())
}

#[tokio::test]
async fn a_removed_segment_has_no_members_and_its_name_is_free() -> Result<()> {
    let tenant = Tenant::open().await?;
    capture(
        &tenant,
        &[happened("ann", "docs", 0), happened("ann", "docs", 5)],
    )
    .await?;
    define_and_build(&tenant, "keen", &keen()).await?;
    let gone = tenant
        .call(Method::DELETE, "/v1/segments/keen", None)
        .await?;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{gone:?}");
    do_work(&tenant.api.mirror).await?;
    let left: i64 = sqlx::query_scalar("select count(*) from engine.segment_member")
        .fetch_one(&tenant.api.mirror)
        .await?;
    assert_eq!(left, 0);
    let again = tenant
        .call(Method::DELETE, "/v1/segments/keen", None)
        .await?;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    define_and_build(&tenant, "keen", &keen()).await?;
    assert_eq!(members(&tenant, "keen").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn another_organisation_sees_neither_segments_nor_members() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    define_and_build(&tenant, "keen", &keen()).await?;
    capture(
        &tenant,
        &[happened("ann", "docs", 0), happened("ann", "docs", 5)],
    )
    .await?;
    assert_eq!(other.json("/v1/segments").await?["data"], json!([]));
    let hidden = other.get("/v1/segments/keen/members").await?;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    define_and_build(&other, "keen", &keen()).await?;
    assert_eq!(members(&other, "keen").await?, BTreeSet::new());
    assert_eq!(members(&tenant, "keen").await?.len(), 1);
    Ok(())
}

/// Events of twelve visitors, some of whom turn out to be one.
fn random(seed: u64, count: u64) -> Vec<Happened> {
    let mut dice = seed;
    let mut roll = |sides: u64| {
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    (0..count)
        .map(|number| {
            let name =
                ["docs", "docs", "visit", "purchase"][usize::try_from(roll(4)).unwrap_or_default()];
            let secs = i64::try_from(roll(9 * 86_400)).unwrap_or_default();
            let visitor = roll(12);
            let event =
                happened(&format!("{seed}-{number}"), name, secs).of(&format!("visitor-{visitor}"));
            if roll(8) == 0 {
                event.by(&format!("user-{}", visitor / 2))
            } else {
                event
            }
        })
        .collect()
}

#[tokio::test]
async fn a_segment_made_before_between_or_after_the_events_has_the_same_members() -> Result<()> {
    let tenant = Tenant::open().await?;
    let days = (Utc::now() - base()).num_days();
    let recent = json!({ "any": [
        { "event": { "when": { "event": "docs" }, "at_least": 3, "within_days": days / 2 } },
        { "not": { "event": { "when": { "event": "visit" } } } },
    ] });
    for (name, events) in [
        ("before", random(1, 60)),
        ("between", random(2, 60)),
        ("after", vec![]),
    ] {
        define(&tenant, name, &recent).await?;
        for batch in events.chunks(7) {
            capture(&tenant, batch).await?;
        }
        do_work(&tenant.api.mirror).await?;
    }
    let before = members(&tenant, "before").await?;
    ensure!(before.len() > 1, "{before:?}");
    for name in ["before", "between", "after"] {
        assert_eq!(members(&tenant, name).await?, before, "{name}");
        let found = checked(&tenant, name).await?;
        assert_eq!((found.differing, found.sums), (0, 0), "{name}");
        let counted = tenant.json(&format!("/v1/segments/{name}")).await?["members"].clone();
        assert_eq!(counted, json!(before.len()), "{name}");
    }
    each_membership_follows_from_its_events(&tenant).await
}

/// Nobody enters twice in a row, and who entered last is a member, unless they count as another
/// person now.
async fn each_membership_follows_from_its_events(tenant: &Tenant) -> Result<()> {
    let events: Vec<(Uuid, String, String)> = sqlx::query_as(
        "select event.person, properties ->> 'segment', event.name from engine.event
         join engine.person on person.id = event.person and person.canonical = person.id
         where event.name like 'segment_%' order by position",
    )
    .fetch_all(&tenant.api.mirror)
    .await?;
    let mut last: BTreeMap<(Uuid, String), String> = BTreeMap::new();
    for (person, segment, name) in events {
        let before = last.insert((person, segment), name.clone());
        ensure!(before.as_deref() != Some(&name), "{name} twice in a row");
        ensure!(
            before.is_some() || name == "segment_entered",
            "an exit without an entry"
        );
    }
    let inside = last
        .into_iter()
        .filter(|(_, name)| name == "segment_entered");
    let inside: BTreeSet<(Uuid, String)> = inside.map(|(key, _)| key).collect();
    let kept: Vec<(Uuid, String)> =
        sqlx::query_as("select person, segment from engine.segment_member")
            .fetch_all(&tenant.api.mirror)
            .await?;
    assert_eq!(inside, kept.into_iter().collect());
    Ok(())
}
