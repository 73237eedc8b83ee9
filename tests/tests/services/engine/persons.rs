//! People: merges by an administrator, which leave no trace when they are taken back.

use crate::support::{
    people::ago,
    tenant::{Tenant, call},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use tessera_domain::time::Timestamp;
use tokio::join;
use uuid::Uuid;

/// Merges as an administrator; the merge's id.
pub(crate) async fn merge(tenant: &Tenant, winner: Uuid, loser: Uuid) -> Result<Uuid> {
    let body = json!({ "with": loser, "reason": "the same customer" });
    let merged = tenant
        .posted(&format!("/v1/persons/{winner}/merge"), &body)
        .await?;
    Ok(merged["id"].as_str().context("an id")?.parse()?)
}

/// Takes a merge back; who is who then.
pub(crate) async fn unmerge(tenant: &Tenant, person: Uuid, merge: Uuid) -> Result<Value> {
    tenant
        .posted(
            &format!("/v1/persons/{person}/unmerge"),
            &json!({ "merge": merge }),
        )
        .await
}

/// Three visitors: one asks for a demo, one looks at prices, one at nothing that counts.
pub(crate) async fn three(tenant: &Tenant) -> Result<[Uuid; 3]> {
    tenant
        .does("a", "demo_requested", ago(900), json!({}))
        .await?;
    tenant
        .does("b", "pricing_page_visited", ago(1_000), json!({}))
        .await?;
    tenant
        .does("c", "page_viewed", ago(1_100), json!({}))
        .await?;
    Ok([
        tenant.person("a").await?,
        tenant.person("b").await?,
        tenant.person("c").await?,
    ])
}

#[tokio::test]
async fn merges_that_make_no_sense_are_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    let [a, b, c] = three(&tenant).await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    other.does("a", "page_viewed", ago(60), json!({})).await?;
    let theirs = other.person("a").await?;
    merge(&tenant, a, b).await?;
    for (winner, loser, status) in [
        (c, c, StatusCode::CONFLICT),
        (c, b, StatusCode::CONFLICT),
        (b, c, StatusCode::CONFLICT),
        (c, Uuid::now_v7(), StatusCode::NOT_FOUND),
        (Uuid::now_v7(), c, StatusCode::NOT_FOUND),
        (a, theirs, StatusCode::NOT_FOUND),
    ] {
        let path = format!("/v1/persons/{winner}/merge");
        let body = json!({ "with": loser, "reason": "why not" });
        tenant.post(&path, &body).await?.refusal(&path, status)?;
    }
    let path = format!("/v1/persons/{a}/merge");
    let body = json!({ "with": c, "reason": "" });
    let refused = tenant.post(&path, &body).await?;
    let problem = refused.refusal(&path, StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "reason");
    let reader = tenant.key("read").await?;
    let body = json!({ "with": c, "reason": "a reader decides" });
    let refused = call(&tenant.api, Method::POST, &path, &reader, Some(&body)).await?;
    refused.refusal(&path, StatusCode::FORBIDDEN)?;
    Ok(())
}

#[tokio::test]
async fn merges_cannot_go_in_a_circle() -> Result<()> {
    let tenant = Tenant::open().await?;
    let [a, b, c] = three(&tenant).await?;
    merge(&tenant, a, b).await?;
    merge(&tenant, c, a).await?;
    for (winner, loser) in [(a, c), (b, c), (b, a), (a, b)] {
        let path = format!("/v1/persons/{winner}/merge");
        let body = json!({ "with": loser, "reason": "round and round" });
        tenant
            .post(&path, &body)
            .await?
            .refusal(&path, StatusCode::CONFLICT)?;
    }
    for id in [a, b, c] {
        assert_eq!(
            tenant.json(&format!("/v1/persons/{id}")).await?["id"],
            json!(c)
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_merge_is_taken_back_once_and_by_a_person_in_it() -> Result<()> {
    let tenant = Tenant::open().await?;
    let [a, b, c] = three(&tenant).await?;
    let merged = merge(&tenant, a, b).await?;
    let body = json!({ "merge": merged });
    let path = format!("/v1/persons/{c}/unmerge");
    tenant
        .post(&path, &body)
        .await?
        .refusal(&path, StatusCode::NOT_FOUND)?;
    // The loser's id will do.
    let apart = unmerge(&tenant, b, merged).await?;
    let mut expected = [a, b];
    expected.sort_unstable();
    let expected = expected.map(|id| json!({ "person": id, "canonical": id }));
    assert_eq!(apart["people"], json!(expected));
    let path = format!("/v1/persons/{a}/unmerge");
    tenant
        .post(&path, &body)
        .await?
        .refusal(&path, StatusCode::CONFLICT)?;
    Ok(())
}

#[tokio::test]
async fn a_merged_person_is_answered_as_the_winner() -> Result<()> {
    let tenant = Tenant::open().await?;
    let [a, b, _] = three(&tenant).await?;
    let id = merge(&tenant, a, b).await?;
    let person = tenant.json(&format!("/v1/persons/{b}")).await?;
    assert_eq!(person["id"], json!(a));
    assert_eq!(person["merged"], json!([b]));
    assert_eq!(person["identified"], json!(false));
    assert_eq!(
        person["identifiers"],
        json!([{ "kind": "anonymous", "count": 2 }])
    );
    assert_eq!(person["merges"][0]["id"], json!(id));
    assert_eq!(person["merges"][0]["reason"], json!("the same customer"));
    assert_eq!(person["merges"][0]["undone_at"], json!(null));
    // Demo 40 and pricing page 25.
    assert_eq!(tenant.score(b).await?, json!(65));
    let leads = tenant.json("/v1/leads").await?;
    assert_eq!(leads["data"].as_array().context("leads")?.len(), 1);
    assert_eq!(leads["data"][0]["score"], json!(65));
    Ok(())
}

#[tokio::test]
async fn taking_a_merge_back_leaves_no_trace() -> Result<()> {
    let tenant = Tenant::open().await?;
    let [a, b, c] = three(&tenant).await?;
    let before = tenant.kept().await?;
    let mut people_before = Vec::new();
    for id in [a, b, c] {
        people_before.push(tenant.json(&format!("/v1/persons/{id}")).await?);
    }
    // c had no score, and gets one with b; a in turn gets both.
    let first = merge(&tenant, c, b).await?;
    let second = merge(&tenant, a, c).await?;
    assert_eq!(tenant.score(b).await?, json!(65));
    assert_ne!(tenant.kept().await?, before);
    // The first is taken back while the second stands.
    unmerge(&tenant, a, first).await?;
    assert_eq!(tenant.score(a).await?, json!(40));
    assert_eq!(tenant.score(b).await?, json!(25));
    unmerge(&tenant, a, second).await?;
    assert_eq!(tenant.kept().await?, before);
    for (id, mut before) in [a, b, c].into_iter().zip(people_before) {
        let mut after = tenant.json(&format!("/v1/persons/{id}")).await?;
        before["merges"] = after["merges"].take();
        after["merges"] = before["merges"].clone();
        assert_eq!(after, before);
    }
    // A person whose score came from the merge alone has none without it.
    let again = merge(&tenant, c, b).await?;
    assert_eq!(tenant.score(c).await?, json!(25));
    unmerge(&tenant, c, again).await?;
    assert_eq!(tenant.kept().await?, before);
    tenant.rebuild().await?;
    assert_eq!(tenant.kept().await?, before);
    Ok(())
}

#[tokio::test]
async fn a_browser_is_a_user_only_while_it_is_merged_with_one() -> Result<()> {
    let tenant = Tenant::open().await?;
    let [a, b, _] = three(&tenant).await?;
    let named = json!({ "message_id": "m", "event": "page_viewed", "anonymous_id": "b", "user_id": "user-42" });
    tenant.posted("/v1/events", &named).await?;
    let person = tenant.json(&format!("/v1/persons/{b}")).await?;
    assert_eq!(person["identified"], json!(true));
    // An administrator may let the browser stay.
    let merged = merge(&tenant, a, b).await?;
    let person = tenant.json(&format!("/v1/persons/{a}")).await?;
    assert_eq!(person["identified"], json!(true));
    let expected = [("anonymous", 2), ("user", 1)];
    let expected = expected.map(|(kind, count)| json!({ "kind": kind, "count": count }));
    assert_eq!(person["identifiers"], json!(expected));
    unmerge(&tenant, a, merged).await?;
    for (id, identified) in [(a, false), (b, true)] {
        let person = tenant.json(&format!("/v1/persons/{id}")).await?;
        assert_eq!(person["identified"], json!(identified));
    }
    Ok(())
}

#[tokio::test]
async fn merges_at_once_end_in_one_person_and_no_circle() -> Result<()> {
    let tenant = Tenant::open().await?;
    for round in 0..5 {
        let (one, two) = (format!("one{round}"), format!("two{round}"));
        tenant
            .does(&one, "demo_requested", ago(90), json!({}))
            .await?;
        tenant
            .does(&two, "pricing_page_visited", ago(80), json!({}))
            .await?;
        let (one, two) = (tenant.person(&one).await?, tenant.person(&two).await?);
        let body = |with: Uuid| json!({ "with": with, "reason": "at once" });
        let paths = [one, two].map(|id| format!("/v1/persons/{id}/merge"));
        let bodies = [body(two), body(one)];
        let (left, right) = join!(
            tenant.post(&paths[0], &bodies[0]),
            tenant.post(&paths[1], &bodies[1])
        );
        let mut statuses = [left?.status, right?.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [StatusCode::CREATED, StatusCode::CONFLICT]);
        assert_eq!(tenant.score(one).await?, json!(65));
        assert_eq!(tenant.score(two).await?, json!(65));
    }
    let before = tenant.kept().await?;
    tenant.rebuild().await?;
    assert_eq!(tenant.kept().await?, before);
    Ok(())
}

#[tokio::test]
async fn events_that_come_while_people_merge_and_part_count_for_who_they_are() -> Result<()> {
    let tenant = Arc::new(Tenant::open().await?);
    let [a, b, c] = three(&tenant).await?;
    let captures = {
        let tenant = tenant.clone();
        tokio::spawn(async move {
            for (index, event) in [
                "demo_requested",
                "whitepaper_downloaded",
                "github_repo_visited",
                "api_documentation_viewed",
                "webinar_attended",
            ]
            .into_iter()
            .cycle()
            .take(40)
            .enumerate()
            {
                let visitor = ["a", "b", "c"][index % 3];
                let at = ago(800 - i64::try_from(index)?);
                tenant.does(visitor, event, at, json!({})).await?;
            }
            anyhow::Ok(())
        })
    };
    let merges = {
        let tenant = tenant.clone();
        tokio::spawn(async move {
            for _ in 0..8 {
                let first = merge(&tenant, a, b).await?;
                let second = merge(&tenant, c, a).await?;
                unmerge(&tenant, b, first).await?;
                unmerge(&tenant, c, second).await?;
            }
            anyhow::Ok(())
        })
    };
    captures.await??;
    merges.await??;
    let before = tenant.kept().await?;
    tenant.rebuild().await?;
    assert_eq!(tenant.kept().await?, before);
    Ok(())
}

#[tokio::test]
async fn a_timeline_comes_latest_first_with_the_merged() -> Result<()> {
    let tenant = Tenant::open().await?;
    let [a, b, _] = three(&tenant).await?;
    // Two at one moment.
    tenant
        .does(
            "a",
            "webinar_attended",
            ago(900),
            json!({ "title": "Mining" }),
        )
        .await?;
    merge(&tenant, a, b).await?;
    let mut events = Vec::new();
    let mut path = format!("/v1/persons/{b}/timeline?limit=1");
    loop {
        let page = tenant.json(&path).await?;
        for event in page["data"].as_array().context("events")? {
            events.push((event["event"].clone(), event["person"].clone()));
        }
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/persons/{b}/timeline?limit=1&cursor={cursor}");
    }
    let expected = [
        ("webinar_attended", a),
        ("demo_requested", a),
        ("pricing_page_visited", b),
    ];
    assert_eq!(
        events,
        expected.map(|(event, person)| (json!(event), json!(person)))
    );
    let leads = tenant.json("/v1/leads?limit=1").await?;
    assert_eq!(leads["next_cursor"], json!(null));
    Ok(())
}

#[tokio::test]
async fn a_person_was_seen_when_things_happened_in_whatever_order_they_arrive() -> Result<()> {
    let tenant = Tenant::open().await?;
    let [early, middle, late] = [9_000, 6_000, 3_000].map(ago);
    let seen = async || {
        let person = tenant.person("v").await?;
        let person = tenant.json(&format!("/v1/persons/{person}")).await?;
        anyhow::Ok([person["first_seen"].clone(), person["last_seen"].clone()])
    };
    for (at, expected) in [
        (middle, [middle, middle]),
        (late, [middle, late]),
        (early, [early, late]),
        // Sent again, it is no sign of life.
        (middle, [early, late]),
    ] {
        tenant.does("v", "page_viewed", at, json!({})).await?;
        assert_eq!(json!(seen().await?), json!(expected));
    }
    // A clock that is ahead makes nobody be seen later than now; a refused message is no sign either.
    let before = ago(0);
    tenant
        .does("v", "page_viewed", ago(-500), json!({}))
        .await?;
    let [_, last] = seen().await?;
    let last: Timestamp = serde_json::from_value(last)?;
    assert!((before..=ago(0).plus_secs(1)).contains(&last), "{last:?}");
    let reused = json!({ "message_id": format!("v-page_viewed-{}", early.0), "event": "page_viewed",
        "anonymous_id": "v", "timestamp": ago(12_000) });
    let refused = tenant
        .post("/v1/events/batch", &json!({ "events": [reused] }))
        .await?;
    assert_eq!(refused.status, StatusCode::MULTI_STATUS);
    assert_eq!(seen().await?[0], json!(early));
    Ok(())
}

#[tokio::test]
async fn what_is_done_to_a_person_is_no_sign_of_life() -> Result<()> {
    let tenant = Tenant::open().await?;
    let seen = async || {
        let person = tenant.person("v").await?;
        let person = tenant.json(&format!("/v1/persons/{person}")).await?;
        anyhow::Ok([person["first_seen"].clone(), person["last_seen"].clone()])
    };
    let [mailed, acted, opened] = [9_000, 6_000, 3_000].map(ago);
    tenant
        .does("v", "email_delivered", mailed, json!({}))
        .await?;
    assert_eq!(seen().await?, [json!(mailed), json!(null)]);
    tenant.does("v", "page_viewed", acted, json!({})).await?;
    tenant
        .does("v", "email_opened", opened, json!({ "machine": true }))
        .await?;
    tenant
        .does(
            "v",
            "email_clicked",
            opened,
            json!({ "user_agent": "Mozilla/5.0" }),
        )
        .await?;
    assert_eq!(seen().await?, [json!(mailed), json!(acted)]);

    // The registry in force decides about the past, too.
    tenant.does("v", "sms_read", opened, json!({})).await?;
    for (own_act, last) in [(true, opened), (false, acted), (true, opened)] {
        let registry = json!({ "events": { "sms_read": { "own_act": own_act } } });
        let draft = tenant.posted("/v1/event-registries", &registry).await?;
        let path = format!("/v1/event-registries/{}/publish", draft["version"]);
        tenant.post(&path, &json!({})).await?;
        assert_eq!(seen().await?, [json!(mailed), json!(last)], "{own_act}");
    }
    Ok(())
}
