//! Segments: who is a member, and that each entry and exit is an event.

use crate::support::{
    client::do_work,
    funnel_events::{capture, happened},
    journeys::{nurturing, publish},
    people::ago,
    segments::{checked, define, define_and_build, keen, members, moved, moves},
    tenant::Tenant,
};
use anyhow::{Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use tessera_tests::eventually;
use uuid::Uuid;

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
async fn a_segment_by_which_people_enter_a_journey_stays() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_and_build(&tenant, "keen", &keen()).await?;
    let mut journey = nurturing();
    journey["entry"] = json!({ "segment": "keen" });
    publish(&tenant, "welcome", &journey).await?;
    let path = "/v1/segments/keen";
    let refused = tenant.call(Method::DELETE, path, None).await?;
    let problem = refused.refusal(path, StatusCode::CONFLICT)?;
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("the journey welcome"), "{problem}");
    let gone = tenant
        .call(Method::DELETE, "/v1/journeys/welcome", None)
        .await?;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{gone:?}");
    let gone = tenant.call(Method::DELETE, path, None).await?;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{gone:?}");
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

#[tokio::test]
async fn whoever_only_gets_mail_is_idle_as_the_registry_in_force_says() -> Result<()> {
    let tenant = Tenant::open().await?;
    let day = 86_400;
    tenant
        .does("v", "page_viewed", ago(40 * day), json!({}))
        .await?;
    let person = tenant.person("v").await?;
    let idle = json!({ "all": [
        { "active": {} },
        { "not": { "active": { "within_days": 30 } } },
    ] });
    define_and_build(&tenant, "idle", &idle).await?;
    tenant
        .does("v", "email_delivered", ago(5 * day), json!({}))
        .await?;
    tenant
        .does(
            "v",
            "email_opened",
            ago(4 * day),
            json!({ "machine": true }),
        )
        .await?;
    assert_eq!(members(&tenant, "idle").await?, [person].into());
    tenant
        .does("v", "sms_delivered", ago(3 * day), json!({}))
        .await?;
    assert_eq!(members(&tenant, "idle").await?, BTreeSet::new());
    let registry = json!({ "events": { "sms_delivered": { "own_act": false } } });
    let draft = tenant.posted("/v1/event-registries", &registry).await?;
    let path = format!("/v1/event-registries/{}/publish", draft["version"]);
    let published = tenant.post(&path, &json!({})).await?;
    assert_eq!(published.status, StatusCode::NO_CONTENT);
    do_work(&tenant.api.mirror).await?;
    assert_eq!(members(&tenant, "idle").await?, [person].into());
    assert_eq!(checked(&tenant, "idle").await?.differing, 0);
    Ok(())
}
