//! Who gets a lead: refusals, turns by weight, owners of accounts, and what a lead that appears sets off.

use crate::support::{
    team::{assign, held, hire, identify, member, put_member, set_team, wallet, work},
    tenant::{Tenant, call},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[tokio::test]
async fn a_member_who_breaks_a_rule_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let own = wallet();
    let path = format!("/v1/sales-team/members/{own}");
    let backwards = json!([{ "from": "2026-02-02T00:00:00Z", "until": "2026-02-01T00:00:00Z" }]);
    for (field, value) in [
        ("name", json!("")),
        ("capacity", json!(100_001)),
        ("weight", json!(0)),
        ("skills", json!(["Much Too Loud"])),
        ("away[0].until", backwards),
        ("manager", json!(own)),
        ("meeting_link", json!("http://calendar.example.com/ada")),
        ("meeting_link", json!("https://127.0.0.1/ada")),
        ("meeting_link", json!("javascript:alert(1)")),
        ("hours.zone", json!({ "zone": "Mars/Base", "week": {} })),
        ("hours.week", json!({ "zone": "UTC", "week": {} })),
    ] {
        let mut body = member(1);
        let name = field.split(['[', '.']).next().unwrap_or_default();
        body[name] = value;
        let answer = tenant.call(Method::PUT, &path, Some(&body)).await?;
        let problem = answer.refusal(&path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let key = tenant.key("read").await?;
    call(&tenant.api, Method::PUT, &path, &key, Some(&member(1)))
        .await?
        .refusal(&path, StatusCode::FORBIDDEN)?;
    Ok(())
}

#[tokio::test]
async fn what_is_not_there_cannot_be_assigned_or_changed() -> Result<()> {
    let tenant = Tenant::open().await?;
    let person = identify(&tenant, "ann@acme.com", "trader").await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    let path = format!("/v1/leads/{person}/assign");
    other
        .post(&path, &json!({}))
        .await?
        .refusal(&path, StatusCode::NOT_FOUND)?;
    let stranger = json!({ "to": wallet() });
    let problem = tenant
        .post(&path, &stranger)
        .await?
        .refusal(&path, StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "to");
    let both = json!({ "to": wallet(), "needs": ["german"] });
    tenant
        .post(&path, &both)
        .await?
        .refusal(&path, StatusCode::BAD_REQUEST)?;
    let path = format!("/v1/leads/{person}/release");
    tenant
        .post(&path, &json!({}))
        .await?
        .refusal(&path, StatusCode::CONFLICT)?;
    for path in [
        format!("/v1/sales-team/members/{}", wallet()),
        "/v1/sales-accounts/acme.com".to_owned(),
    ] {
        let answer = tenant.call(Method::DELETE, &path, None).await?;
        answer.refusal(&path, StatusCode::NOT_FOUND)?;
    }
    Ok(())
}

#[tokio::test]
async fn only_a_companys_own_domain_is_an_account() -> Result<()> {
    let tenant = Tenant::open().await?;
    let owner = hire(&tenant, 1).await?;
    for domain in [
        "gmail.com",
        "mail.acme.com",
        "acme.nowhere",
        "co.uk",
        "mailinator.com",
    ] {
        let path = format!("/v1/sales-accounts/{domain}");
        let body = json!({ "name": "Acme", "owner": owner });
        let answer = tenant.call(Method::PUT, &path, Some(&body)).await?;
        let problem = answer.refusal(&path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], "domain", "{domain}");
    }
    Ok(())
}

#[tokio::test]
async fn leads_go_round_by_weight_and_the_turns_are_kept() -> Result<()> {
    let tenant = Tenant::open().await?;
    let (often, rarely) = (hire(&tenant, 3).await?, hire(&tenant, 1).await?);
    let mut got: BTreeMap<String, usize> = BTreeMap::new();
    for number in 0..8 {
        let person = identify(&tenant, &format!("p{number}@mail{number}.com"), "trader").await?;
        let assigned = assign(&tenant, &person).await?;
        assert_eq!(assigned["reason"], "turn", "{assigned}");
        let passed = &assigned["passed_over"][0]["because"]["kind"];
        assert_eq!(passed, "not_their_turn", "{assigned}");
        let member = assigned["member"].as_str().context("a member")?;
        *got.entry(member.to_owned()).or_default() += 1;
    }
    assert_eq!(got, BTreeMap::from([(often, 6), (rarely, 2)]));
    Ok(())
}

#[tokio::test]
async fn leads_that_are_assigned_together_take_turns_too() -> Result<()> {
    let tenant = Tenant::open().await?;
    let wallets = [hire(&tenant, 1).await?, hire(&tenant, 1).await?];
    let mut people = Vec::new();
    for number in 0..6 {
        people.push(identify(&tenant, &format!("p{number}@mail{number}.com"), "trader").await?);
    }
    let together = people.iter().map(|person| assign(&tenant, person));
    let assigned = futures::future::try_join_all(together).await?;
    for wallet in &wallets {
        let theirs = assigned.iter().filter(|it| it["member"] == **wallet);
        assert_eq!(theirs.count(), 3, "{assigned:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_institutions_lead_goes_to_the_owner_of_its_account() -> Result<()> {
    let tenant = Tenant::open().await?;
    let (owner, other) = (hire(&tenant, 1).await?, hire(&tenant, 1_000).await?);
    let link = "https://calendar.example.com/ada";
    let mut with_link = member(1);
    with_link["meeting_link"] = json!(link);
    put_member(&tenant, &owner, &with_link).await?;
    let body = json!({ "name": "Acme", "owner": owner });
    let path = "/v1/sales-accounts/acme.co.uk";
    tenant.call(Method::PUT, path, Some(&body)).await?;
    let person = identify(&tenant, "ann@mail.acme.co.uk", "institution").await?;
    let assigned = assign(&tenant, &person).await?;
    assert_eq!(assigned["member"], *owner, "{assigned}");
    assert_eq!(assigned["reason"], "account_owner");
    assert_eq!(assigned["meeting_link"], link);
    // A person of the company who buys for themselves is nobody's account.
    let private = identify(&tenant, "bob@acme.co.uk", "individual").await?;
    assert_eq!(assign(&tenant, &private).await?["member"], *other);
    // An owner who has left is passed over, and said to be.
    let gone = format!("/v1/sales-team/members/{owner}");
    tenant.call(Method::DELETE, &gone, None).await?;
    let late = identify(&tenant, "cid@acme.co.uk", "institution").await?;
    let assigned = assign(&tenant, &late).await?;
    assert_eq!(assigned["member"], *other, "{assigned}");
    let passed = &assigned["passed_over"][0];
    assert_eq!(passed["member"], *owner);
    assert_eq!(passed["because"]["kind"], "not_in_the_team");
    Ok(())
}

#[tokio::test]
async fn what_nobody_can_take_waits_in_the_queue_with_the_reasons() -> Result<()> {
    let tenant = Tenant::open().await?;
    set_team(&tenant, &json!({ "fallback": "inbound", "routes": false })).await?;
    let full = wallet();
    let mut full_desk = member(1);
    full_desk["capacity"] = json!(1);
    put_member(&tenant, &full, &full_desk).await?;
    let away = wallet();
    let mut absent = member(1);
    absent["away"] = json!([{ "from": "2020-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z" }]);
    put_member(&tenant, &away, &absent).await?;
    let first = identify(&tenant, "ann@one.com", "trader").await?;
    assert_eq!(assign(&tenant, &first).await?["member"], *full);
    // Asked again, the lead that they have is not in their own way.
    assert_eq!(assign(&tenant, &first).await?["member"], *full);
    let second = identify(&tenant, "bob@two.com", "trader").await?;
    let queued = assign(&tenant, &second).await?;
    assert_eq!(
        (&queued["member"], &queued["queue"]),
        (&Value::Null, &json!("inbound"))
    );
    assert_eq!(queued["reason"], "fallback");
    let because = |wallet: &str| {
        let passed = queued["passed_over"].as_array().into_iter().flatten();
        let found = passed.clone().find(|it| it["member"] == *wallet);
        found.map(|it| it["because"]["kind"].clone())
    };
    assert_eq!(because(&full), Some(json!("at_capacity")), "{queued}");
    assert_eq!(because(&away), Some(json!("away")), "{queued}");
    // A lead that is released makes room.
    tenant
        .post(&format!("/v1/leads/{first}/release"), &json!({}))
        .await?;
    assert_eq!(held(&tenant, &first).await?, Value::Null);
    assert_eq!(assign(&tenant, &second).await?["member"], *full);
    let history = tenant
        .json(&format!("/v1/leads/{second}/assignments"))
        .await?;
    let reasons: Vec<&Value> = history["data"]
        .as_array()
        .context("rows")?
        .iter()
        .map(|it| &it["reason"])
        .collect();
    assert_eq!(reasons, ["turn", "fallback"]);
    Ok(())
}

#[tokio::test]
async fn a_won_deal_makes_room() -> Result<()> {
    let tenant = Tenant::open().await?;
    let only = wallet();
    let mut desk = member(1);
    desk["capacity"] = json!(1);
    put_member(&tenant, &only, &desk).await?;
    let first = identify(&tenant, "ann@one.com", "trader").await?;
    assign(&tenant, &first).await?;
    let deal = json!({ "person": first, "name": "Desk", "amount": "1", "currency": "USD" });
    let deal = tenant.posted("/v1/deals", &deal).await?;
    let second = identify(&tenant, "bob@two.com", "trader").await?;
    assert_eq!(assign(&tenant, &second).await?["reason"], "fallback");
    let path = format!(
        "/v1/deals/{}/transition",
        deal["id"].as_str().context("an id")?
    );
    for to in ["qualified", "won"] {
        tenant.posted(&path, &json!({ "to": to })).await?;
    }
    assert_eq!(assign(&tenant, &second).await?["member"], *only);
    Ok(())
}

#[tokio::test]
async fn a_lead_that_appears_is_assigned_once_and_only_where_that_is_wanted() -> Result<()> {
    let tenant = Tenant::open().await?;
    let ada = hire(&tenant, 1).await?;
    let before = identify(&tenant, "ann@one.com", "trader").await?;
    work(&tenant).await?;
    assert_eq!(held(&tenant, &before).await?, Value::Null);
    set_team(&tenant, &json!({ "fallback": "inbound", "routes": true })).await?;
    let person = identify(&tenant, "bob@two.com", "trader").await?;
    work(&tenant).await?;
    let assigned = held(&tenant, &person).await?;
    assert_eq!(assigned["member"], *ada, "{assigned}");
    assert_eq!(assigned["assigned_by"], "engine");
    // Identified again, released and identified again: it appears once.
    tenant
        .post(&format!("/v1/leads/{person}/release"), &json!({}))
        .await?;
    identify(&tenant, "bob@two.com", "trader").await?;
    work(&tenant).await?;
    assert_eq!(held(&tenant, &person).await?, Value::Null);
    Ok(())
}

#[tokio::test]
async fn of_people_who_become_one_the_last_assignment_holds() -> Result<()> {
    let tenant = Tenant::open().await?;
    let (ada, bob) = (hire(&tenant, 1).await?, hire(&tenant, 1).await?);
    let one = identify(&tenant, "ann@one.com", "trader").await?;
    let two = identify(&tenant, "ann@two.com", "trader").await?;
    for (person, to) in [(&one, &ada), (&two, &bob)] {
        let path = format!("/v1/leads/{person}/assign");
        tenant.posted(&path, &json!({ "to": to })).await?;
    }
    let merge = json!({ "with": two, "reason": "the same customer" });
    let merged = tenant
        .posted(&format!("/v1/persons/{one}/merge"), &merge)
        .await?;
    assert_eq!(held(&tenant, &one).await?["member"], *bob);
    let listed = tenant.json("/v1/lead-assignments").await?;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1), "{listed}");
    let undo = json!({ "merge": merged["id"] });
    tenant
        .posted(&format!("/v1/persons/{one}/unmerge"), &undo)
        .await?;
    assert_eq!(held(&tenant, &one).await?["member"], *ada);
    let theirs = format!("/v1/lead-assignments?member={bob}");
    assert_eq!(tenant.json(&theirs).await?["data"][0]["person"], *two);
    Ok(())
}

#[tokio::test]
async fn a_lead_shows_how_it_arrived_first_and_last() -> Result<()> {
    let tenant = Tenant::open().await?;
    let now = crate::support::people::ago;
    tenant.does("v", "page_viewed", now(900), json!({})).await?;
    tenant
        .does("v", "sales_demo_held", now(60), json!({}))
        .await?;
    let person = tenant.person("v").await?;
    let lead = tenant.json(&format!("/v1/leads/{person}")).await?;
    let provenance = &lead["provenance"];
    assert_eq!(provenance["first"]["origin"], "website", "{lead}");
    assert_eq!(provenance["last"]["origin"], "event", "{lead}");
    Ok(())
}
