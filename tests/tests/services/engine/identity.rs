//! Who somebody is: browsers become people, people never become each other by an event.

use super::persons::{merge, unmerge};
use crate::support::{
    people::ago,
    tenant::{Tenant, call, sign_in},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The person that `identify` names.
async fn identify(tenant: &Tenant, body: &Value) -> Result<String> {
    let person = tenant.posted("/v1/identify", body).await?["person"].clone();
    Ok(person.as_str().context("a person")?.to_owned())
}

#[tokio::test]
async fn a_visitor_becomes_the_user_and_brings_what_they_did() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant
        .capture(&[("m1", "page_viewed", "browser-1", json!({}))])
        .await?;
    let person = identify(
        &tenant,
        &json!({ "anonymous_id": "browser-1", "user_id": "u1" }),
    )
    .await?;
    assert_eq!(
        identify(&tenant, &json!({ "user_id": "u1" })).await?,
        person
    );
    // Another browser of the same user, first seen by itself.
    tenant
        .capture(&[("m2", "page_viewed", "browser-2", json!({}))])
        .await?;
    let same = identify(
        &tenant,
        &json!({ "anonymous_id": "browser-2", "user_id": "u1" }),
    )
    .await?;
    assert_eq!(same, person);
    let people: i64 = sqlx::query_scalar("select count(*) from engine.person where canonical = id")
        .fetch_one(&tenant.api.mirror)
        .await?;
    assert_eq!(people, 1);
    Ok(())
}

#[tokio::test]
async fn a_shared_browser_does_not_mix_its_users() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mut people = BTreeSet::new();
    for user in ["u1", "u2"] {
        people.insert(
            identify(
                &tenant,
                &json!({ "anonymous_id": "shared", "user_id": user }),
            )
            .await?,
        );
    }
    assert_eq!(people.len(), 2);
    let again = identify(
        &tenant,
        &json!({ "anonymous_id": "shared", "user_id": "u1" }),
    )
    .await?;
    assert!(people.contains(&again));
    Ok(())
}

#[tokio::test]
async fn two_known_people_stay_two() -> Result<()> {
    let tenant = Tenant::open().await?;
    identify(
        &tenant,
        &json!({ "user_id": "u1", "email": "ada@example.com" }),
    )
    .await?;
    identify(&tenant, &json!({ "user_id": "u2" })).await?;
    let path = "/v1/identify";
    let body = json!({ "user_id": "u2", "email": "ADA@example.com" });
    let problem = tenant
        .post(path, &body)
        .await?
        .refusal(path, StatusCode::CONFLICT)?;
    assert_eq!(problem["type"], "urn:tessera:problem:two-people");
    Ok(())
}

#[tokio::test]
async fn a_pages_key_states_no_email_and_no_personal_trait() -> Result<()> {
    let tenant = Tenant::open().await?;
    let key = tenant.key("write").await?;
    let path = "/v1/identify";
    for (body, field) in [
        (
            json!({ "user_id": "u1", "email": "victim@example.com" }),
            "email",
        ),
        (
            json!({ "user_id": "u1", "traits": { "name": "Victim" } }),
            "traits.name",
        ),
        (json!({ "user_id": "null" }), "user_id"),
        (
            json!({ "anonymous_id": "undefined", "user_id": "u1" }),
            "anonymous_id",
        ),
        (
            json!({ "traits": { "segment": "whale" }, "user_id": "u1" }),
            "traits.segment",
        ),
        (json!({}), "anonymous_id"),
    ] {
        let answer = call(&tenant.api, Method::POST, path, &key, Some(&body)).await?;
        let problem = answer.refusal(path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field, "{body}");
    }
    let body = json!({ "anonymous_id": "b", "user_id": "u1", "traits": { "segment": "trader" } });
    let answer = call(&tenant.api, Method::POST, path, &key, Some(&body)).await?;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn a_wallet_speaks_for_itself_and_for_no_other() -> Result<()> {
    let tenant = Tenant::open().await?;
    let org = tenant.org();
    tenant
        .capture(&[("m1", "pricing_page_visited", "browser-1", json!({}))])
        .await?;
    let path = "/v1/identify";
    let mut people = BTreeSet::new();
    for browser in ["browser-1", "browser-2"] {
        let session = sign_in(&tenant.api, &Keypair::new(), Some(&org)).await?;
        let body = json!({ "anonymous_id": browser });
        let answer = call(&tenant.api, Method::POST, path, &session, Some(&body)).await?;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        people.insert(answer.json()?["person"].to_string());
        let email = json!({ "email": "victim@example.com" });
        let refused = call(&tenant.api, Method::POST, path, &session, Some(&email)).await?;
        refused.refusal(path, StatusCode::BAD_REQUEST)?;
    }
    assert_eq!(people.len(), 2);
    Ok(())
}

#[tokio::test]
async fn two_wallets_in_one_browser_are_two_until_somebody_merges_them() -> Result<()> {
    let tenant = Tenant::open().await?;
    let org = tenant.org();
    for (browser, event) in [("b", "pricing_page_visited"), ("c", "demo_requested")] {
        tenant.does(browser, event, ago(60), json!({})).await?;
    }
    let mut sessions = Vec::new();
    for _ in 0..2 {
        sessions.push(sign_in(&tenant.api, &Keypair::new(), Some(&org)).await?);
    }
    let says = async |session: &str, body: Value| -> Result<Uuid> {
        let path = "/v1/identify";
        let answer = call(&tenant.api, Method::POST, path, session, Some(&body)).await?;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let person = answer.json()?["person"].clone();
        Ok(person.as_str().context("a person")?.parse()?)
    };
    let first = says(&sessions[0], json!({ "anonymous_id": "b" })).await?;
    let second = says(&sessions[1], json!({ "anonymous_id": "b" })).await?;
    assert_ne!(first, second);
    // The browser stays with the first user; the second brings another.
    assert_eq!(tenant.score(first).await?, json!(25));
    assert_eq!(
        says(&sessions[1], json!({ "anonymous_id": "c" })).await?,
        second
    );
    let apart = async || -> Result<()> {
        for (session, person, score) in [(&sessions[0], first, 25), (&sessions[1], second, 40)] {
            assert_eq!(says(session, json!({})).await?, person);
            assert_eq!(tenant.score(person).await?, json!(score));
        }
        let leads = tenant.json("/v1/leads").await?;
        assert_eq!(leads["data"].as_array().map(Vec::len), Some(2));
        Ok(())
    };
    apart().await?;

    let merged = merge(&tenant, first, second).await?;
    for session in &sessions {
        assert_eq!(says(session, json!({})).await?, first);
    }
    let leads = tenant.json("/v1/leads").await?;
    assert_eq!(leads["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(leads["data"][0]["score"], json!(65));
    let person = tenant.json(&format!("/v1/persons/{first}")).await?;
    let expected = [("anonymous", 2), ("wallet", 2)];
    let expected = expected.map(|(kind, count)| json!({ "kind": kind, "count": count }));
    assert_eq!(person["identifiers"], json!(expected));

    unmerge(&tenant, first, merged).await?;
    apart().await
}

#[tokio::test]
async fn personal_traits_are_sealed_in_the_database_and_opened_for_those_who_may() -> Result<()> {
    let tenant = Tenant::open().await?;
    let body =
        json!({ "user_id": "u1", "traits": { "name": "Ada Lovelace", "segment": "institution" } });
    let person = identify(&tenant, &body).await?;
    identify(
        &tenant,
        &json!({ "user_id": "u1", "traits": { "phone": "+41 1" } }),
    )
    .await?;
    let path = format!("/v1/persons/{person}/personal-traits");
    assert_eq!(
        tenant.json(&path).await?,
        json!({ "name": "Ada Lovelace", "phone": "+41 1" })
    );
    let reader = tenant.key("read").await?;
    let refused = call(&tenant.api, Method::GET, &path, &reader, None).await?;
    refused.refusal(&path, StatusCode::FORBIDDEN)?;
    let everything: String = sqlx::query_scalar(
        "select string_agg(rows.text, '') from (
             select to_jsonb(person)::text as text from engine.person
             union all select to_jsonb(event)::text from engine.event
             union all select to_jsonb(identifier)::text from engine.identifier) rows",
    )
    .fetch_one(&tenant.api.mirror)
    .await?;
    assert!(everything.contains("institution"));
    for hidden in ["Ada", "u1\"", "+41"] {
        assert!(!everything.contains(hidden), "{hidden}");
    }
    Ok(())
}

#[tokio::test]
async fn people_who_meet_at_once_become_one_person() -> Result<()> {
    let tenant = std::sync::Arc::new(Tenant::open().await?);
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let tenant = tenant.clone();
            tokio::spawn(async move {
                let body = json!({ "anonymous_id": format!("browser-{number}"), "user_id": "u1" });
                identify(&tenant, &body).await
            })
        })
        .collect();
    let mut people = BTreeSet::new();
    for task in tasks {
        people.insert(task.await??);
    }
    assert_eq!(people.len(), 1, "{people:?}");
    Ok(())
}
