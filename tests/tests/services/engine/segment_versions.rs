//! Versions of segments: what replaces another one moves those for whom it differs, once.

use crate::support::{
    client::do_work,
    funnel_events::{Happened, base, capture, happened},
    segments::{checked, define, define_and_build, keen, members, moved, moves},
    tenant::Tenant,
};
use anyhow::{Result, ensure};
use axum::http::{Method, StatusCode};
use chrono::Utc;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

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
