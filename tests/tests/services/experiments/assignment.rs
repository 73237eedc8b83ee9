//! Which arms visitors see, and that they keep them.

use crate::support::{
    client::do_work,
    database::until_waiting,
    experiments::{arm, assign, checked, define_metrics, design, launch, refused},
    segments::define_and_build,
    tenant::{Tenant, call},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

async fn running() -> Result<Tenant> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    Ok(tenant)
}

/// A visitor of each arm.
async fn one_of_each(tenant: &Tenant) -> Result<(String, String)> {
    let ids: Vec<String> = (0..40).map(|it| format!("someone-{it}")).collect();
    let visitors: Value = ids.iter().map(|id| json!({ "anonymous_id": id })).collect();
    let seen = assign(tenant, &visitors, false).await?;
    let of = |wanted: &str| {
        let mut both = ids.iter().zip(&seen);
        both.find(|(_, seen)| *arm(seen, "button") == wanted)
            .map(|(id, _)| id.clone())
    };
    Ok((of("plain").context("plain")?, of("round").context("round")?))
}

#[tokio::test]
async fn what_is_no_visitor_is_refused_by_field() -> Result<()> {
    let tenant = running().await?;
    for (visitors, field) in [
        (json!([]), "visitors"),
        (json!([{}]), "visitors[0]"),
        (
            json!([{ "anonymous_id": "a" }, { "wallet": "nobody" }]),
            "visitors[1].wallet",
        ),
        (json!([{ "email": "nobody" }]), "visitors[0].email"),
        (json!([{ "user_id": "undefined" }]), "visitors[0].user_id"),
    ] {
        let body = json!({ "visitors": visitors });
        assert_eq!(refused(&tenant, "/v1/assign", &body).await?, field);
    }
    Ok(())
}

#[tokio::test]
async fn a_page_may_download_features_and_neither_ask_nor_expose() -> Result<()> {
    let tenant = running().await?;
    let (page, read) = (tenant.key("write").await?, tenant.key("read").await?);
    let body = |expose: bool| json!({ "visitors": [{ "anonymous_id": "a" }], "expose": expose });
    for (key, expose, status) in [
        (&page, false, StatusCode::FORBIDDEN),
        (&read, true, StatusCode::FORBIDDEN),
        (&read, false, StatusCode::OK),
    ] {
        let answer = call(
            &tenant.api,
            Method::POST,
            "/v1/assign",
            key,
            Some(&body(expose)),
        )
        .await?;
        assert_eq!(answer.status, status);
    }
    let features = call(&tenant.api, Method::GET, "/v1/features", &page, None)
        .await?
        .json()?;
    assert_eq!(features["features"]["button"]["defaultValue"], "plain");
    let path = format!("/api/features/{page}");
    let by_sdk = tenant.api.get(&path).await?;
    assert_eq!(by_sdk.json()?, features);
    let by_admin = tenant
        .api
        .get(&format!("/api/features/{}", tenant.admin_key))
        .await?;
    assert_eq!(by_admin.status, StatusCode::FORBIDDEN);
    Ok(())
}

#[tokio::test]
async fn who_has_seen_an_arm_keeps_it_under_every_name() -> Result<()> {
    let tenant = running().await?;
    let (_, round) = one_of_each(&tenant).await?;
    let visitor = json!([{ "anonymous_id": round }]);
    let first = assign(&tenant, &visitor, true).await?;
    assert_eq!(
        first[0]["features"][0]["arm"],
        json!({ "phase": 1, "arm": "round", "seen_before": false })
    );
    // The visitor signs in, and comes back on another device that the hash would deal another arm.
    tenant
        .posted(
            "/v1/identify",
            &json!({ "anonymous_id": round, "user_id": "ada-1" }),
        )
        .await?;
    let email = json!({ "user_id": "ada-1", "email": "ada@example.com" });
    tenant.posted("/v1/identify", &email).await?;
    let (plain, _) = one_of_each(&tenant).await?;
    for visitor in [
        json!({ "email": "ada@example.com" }),
        json!({ "user_id": "ada-1" }),
        json!({ "user_id": "ada-1", "anonymous_id": plain }),
    ] {
        let seen = assign(&tenant, &json!([visitor]), true).await?;
        assert_eq!(
            seen[0]["features"][0]["arm"],
            json!({ "phase": 1, "arm": "round", "seen_before": true })
        );
    }
    let seen = assign(
        &tenant,
        &json!([{ "user_id": "ada-1", "anonymous_id": plain }]),
        false,
    )
    .await?;
    let document = &seen[0]["sticky"][format!("anonymous_id||{plain}")];
    assert_eq!(document["assignments"], json!({ "button__1": "round" }));
    Ok(())
}

/// Makes two browsers one person's, before any arm was seen.
async fn become_one(tenant: &Tenant, browsers: [&str; 2]) -> Result<()> {
    for browser in browsers {
        let said = json!({ "anonymous_id": browser, "user_id": "ada-1" });
        tenant.posted("/v1/identify", &said).await?;
    }
    Ok(())
}

/// How many exposures there are to each arm.
async fn exposures(tenant: &Tenant) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as(
        "select properties ->> 'arm' as arm, count(*) from engine.event
         where name = 'experiment_exposed' group by arm order by arm",
    )
    .fetch_all(&tenant.api.mirror)
    .await?)
}

#[tokio::test]
async fn a_person_who_is_asked_for_twice_in_a_request_is_shown_one_arm() -> Result<()> {
    let tenant = running().await?;
    let (plain, round) = one_of_each(&tenant).await?;
    become_one(&tenant, [&plain, &round]).await?;
    let twice = json!([{ "anonymous_id": round }, { "anonymous_id": plain }]);
    let seen = assign(&tenant, &twice, true).await?;
    let arms: Vec<&Value> = seen.iter().map(|it| &it["features"][0]["arm"]).collect();
    assert_eq!(
        json!(arms),
        json!([
            { "phase": 1, "arm": "round", "seen_before": false },
            { "phase": 1, "arm": "round", "seen_before": true },
        ])
    );
    let document = &seen[1]["sticky"][format!("anonymous_id||{plain}")];
    assert_eq!(document["assignments"], json!({ "button__1": "round" }));
    // The same of a visitor who is not known yet.
    let twice = json!([
        { "email": "bob@example.com", "anonymous_id": "new-1" },
        { "email": "bob@example.com", "anonymous_id": "new-1" },
    ]);
    let seen = assign(&tenant, &twice, true).await?;
    assert_eq!(arm(&seen[0], "button"), arm(&seen[1], "button"));
    assert_eq!(seen[1]["features"][0]["arm"]["seen_before"], true);
    let all: i64 = exposures(&tenant).await?.iter().map(|it| it.1).sum();
    assert_eq!(all, 2);
    Ok(())
}

#[tokio::test]
async fn a_person_who_is_asked_for_by_two_requests_together_is_shown_one_arm() -> Result<()> {
    let tenant = Arc::new(running().await?);
    let (plain, round) = one_of_each(&tenant).await?;
    become_one(&tenant, [&plain, &round]).await?;
    let mut holder = tenant.api.mirror.begin().await?;
    sqlx::query("select from engine.person for update")
        .fetch_all(&mut *holder)
        .await?;
    let asked = [plain, round].map(|browser| {
        let tenant = tenant.clone();
        tokio::spawn(
            async move { assign(&tenant, &json!([{ "anonymous_id": browser }]), true).await },
        )
    });
    until_waiting(&tenant.api.mirror, 2).await?;
    holder.rollback().await?;
    let [one, other] = asked;
    let (one, other) = (one.await??, other.await??);
    assert_eq!(arm(&one[0], "button"), arm(&other[0], "button"));
    let all = exposures(&tenant).await?;
    assert_eq!(all.iter().map(|it| it.1).collect::<Vec<_>>(), [1]);
    Ok(())
}

/// Nobody knows the person yet, so there is nobody to lock: who comes second finds it out and asks again.
#[tokio::test]
async fn a_new_person_who_is_asked_for_by_two_requests_together_is_shown_one_arm() -> Result<()> {
    let tenant = Arc::new(running().await?);
    let (plain, round) = one_of_each(&tenant).await?;
    for user in 0..8 {
        let asked = [plain.clone(), round.clone()].map(|browser| {
            let tenant = tenant.clone();
            let visitor = json!([{ "anonymous_id": browser, "user_id": format!("user-{user}") }]);
            tokio::spawn(async move { assign(&tenant, &visitor, true).await })
        });
        let [one, other] = asked;
        let (one, other) = (one.await??, other.await??);
        assert_eq!(arm(&one[0], "button"), arm(&other[0], "button"));
    }
    let health = tenant.json("/v1/experiments/button/health").await?;
    assert_eq!(health["crossed"]["share"]["numerator"], 0, "{health}");
    Ok(())
}

#[tokio::test]
async fn every_visitor_of_a_person_in_a_segment_takes_part() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let keen = json!({ "event": { "when": { "event": "docs" }, "at_least": 1 } });
    define_and_build(&tenant, "keen", &keen).await?;
    let mut aimed = design();
    aimed["allocation"]["segments"] = json!({ "any_of": ["keen"] });
    launch(&tenant, "button", &aimed).await?;
    tenant.capture(&[("m", "docs", "v", json!({}))]).await?;
    let twice = json!([{ "anonymous_id": "v" }, { "anonymous_id": "v" }]);
    let seen = assign(&tenant, &twice, false).await?;
    assert!(arm(&seen[0], "button").is_string());
    assert_eq!(seen[0], seen[1]);
    Ok(())
}

#[tokio::test]
async fn an_experiment_that_remembers_nothing_deals_by_the_hash_alone() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let mut forgetful = design();
    forgetful["allocation"]["sticky"] = json!(false);
    launch(&tenant, "button", &forgetful).await?;
    let (plain, round) = one_of_each(&tenant).await?;
    become_one(&tenant, [&plain, &round]).await?;
    for (browser, dealt, seen_before) in [
        (&round, "round", false),
        (&round, "round", true),
        (&plain, "plain", false),
        (&plain, "plain", true),
    ] {
        let seen = assign(&tenant, &json!([{ "anonymous_id": browser }]), true).await?;
        assert_eq!(
            seen[0]["features"][0]["arm"],
            json!({ "phase": 1, "arm": dealt, "seen_before": seen_before })
        );
        assert_eq!(seen[0]["sticky"], json!({}));
    }
    let counted = [("plain".to_owned(), 1), ("round".to_owned(), 1)];
    assert_eq!(exposures(&tenant).await?, counted);
    Ok(())
}

#[tokio::test]
async fn who_saw_two_arms_before_they_were_one_keeps_the_first_and_counts_in_none() -> Result<()> {
    let tenant = running().await?;
    let (plain, round) = one_of_each(&tenant).await?;
    assign(&tenant, &json!([{ "anonymous_id": round }]), true).await?;
    assign(&tenant, &json!([{ "anonymous_id": plain }]), true).await?;
    for id in [&round, &plain] {
        tenant
            .posted(
                "/v1/identify",
                &json!({ "anonymous_id": id, "user_id": "ada-1" }),
            )
            .await?;
    }
    let seen = assign(&tenant, &json!([{ "user_id": "ada-1" }]), false).await?;
    assert_eq!(arm(&seen[0], "button"), "round");
    let counted: Vec<(String, i64)> = sqlx::query_as(
        "select label, sum(amount)::bigint from engine.projection_sum
         join engine.projection on projection.id = projection_sum.projection
         where kind = 'experiment' and measure < 2 group by label having sum(amount) <> 0",
    )
    .fetch_all(&tenant.api.mirror)
    .await?;
    assert_eq!(counted, [(String::new(), 1)]);
    let found = checked(&tenant, "button/1").await?;
    assert_eq!((found.people, found.differing, found.sums), (1, 0, 0));
    Ok(())
}

#[tokio::test]
async fn a_segment_decides_who_takes_part_until_they_have_seen_an_arm() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let keen = json!({ "event": { "when": { "event": "docs" }, "at_least": 1 } });
    define_and_build(&tenant, "keen", &keen).await?;
    let mut aimed = design();
    aimed["allocation"]["segments"] = json!({ "any_of": ["keen"] });
    launch(&tenant, "button", &aimed).await?;
    let visitor = json!([{ "anonymous_id": "v" }]);
    assert_eq!(
        arm(&assign(&tenant, &visitor, true).await?[0], "button"),
        &Value::Null
    );
    tenant.capture(&[("m", "docs", "v", json!({}))]).await?;
    let seen = assign(&tenant, &visitor, true).await?[0].clone();
    assert!(arm(&seen, "button").is_string());
    let refused = tenant
        .call(Method::DELETE, "/v1/segments/keen", None)
        .await?;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let keener = json!({ "event": { "when": { "event": "docs" }, "at_least": 2 } });
    define_and_build(&tenant, "keen", &keener).await?;
    assert_eq!(
        arm(&assign(&tenant, &visitor, true).await?[0], "button"),
        arm(&seen, "button")
    );
    Ok(())
}

#[tokio::test]
async fn an_erased_visitor_has_seen_nothing() -> Result<()> {
    let tenant = running().await?;
    let (plain, _) = one_of_each(&tenant).await?;
    tenant
        .posted(
            "/v1/identify",
            &json!({ "anonymous_id": plain, "user_id": "ada-1" }),
        )
        .await?;
    assign(
        &tenant,
        &json!([{ "user_id": "ada-1", "anonymous_id": plain }]),
        true,
    )
    .await?;
    let person = tenant
        .posted(
            "/v1/identify",
            &json!({ "anonymous_id": plain, "user_id": "ada-1" }),
        )
        .await?;
    let person = person["person"].as_str().context("a person")?.to_owned();
    let erased = tenant
        .call(Method::DELETE, &format!("/v1/persons/{person}"), None)
        .await?;
    assert!(erased.status.is_success(), "{erased:?}");
    do_work(&tenant.api.mirror).await?;
    let seen = assign(
        &tenant,
        &json!([{ "user_id": "ada-1", "anonymous_id": plain }]),
        false,
    )
    .await?;
    assert_eq!(seen[0]["features"][0]["arm"]["seen_before"], false);
    Ok(())
}
