//! Leads that appear: who makes one appear, and how many are assigned together.

use crate::support::{
    database::until_waiting,
    people::ago,
    team::{assign, count, held, hire, identify, member, put_member, set_team, wallet, work},
    tenant::{Tenant, call, sign_in},
};
use anyhow::{Context, Result, ensure};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use std::fmt::Write as _;
use uuid::Uuid;

/// What somebody with this token is identified as.
async fn identified(tenant: &Tenant, token: &str, claim: &Value) -> Result<String> {
    let path = "/v1/identify";
    let answer = call(&tenant.api, Method::POST, path, token, Some(claim)).await?;
    ensure!(answer.status == StatusCode::OK, "{answer:?}");
    let person = answer.json()?["person"].clone();
    Ok(person.as_str().context("a person")?.to_owned())
}

async fn route_whoever_appears(tenant: &Tenant) -> Result<()> {
    set_team(tenant, &json!({ "fallback": "inbound", "routes": true })).await
}

#[tokio::test]
async fn a_claim_in_a_page_makes_no_lead_appear_and_a_proof_does() -> Result<()> {
    let tenant = Tenant::open().await?;
    let ada = hire(&tenant, 1).await?;
    route_whoever_appears(&tenant).await?;
    let page = tenant.key("write").await?;
    let claim = json!({ "user_id": "made-up" });
    let stranger = identified(&tenant, &page, &claim).await?;
    work(&tenant).await?;
    assert_eq!(held(&tenant, &stranger).await?, Value::Null);
    // What a server says of the same user, and a wallet of itself, is proved.
    assert_eq!(
        identified(&tenant, &tenant.admin_key, &claim).await?,
        stranger
    );
    let session = sign_in(&tenant.api, &Keypair::new(), Some(&tenant.org())).await?;
    let wallet = identified(&tenant, &session, &json!({})).await?;
    work(&tenant).await?;
    for person in [stranger, wallet] {
        assert_eq!(held(&tenant, &person).await?["member"], *ada);
    }
    Ok(())
}

#[tokio::test]
async fn leads_that_wait_are_one_work_and_fill_nobody_beyond_their_capacity() -> Result<()> {
    let tenant = Tenant::open().await?;
    let ada = wallet();
    let mut desk = member(1);
    desk["capacity"] = json!(2);
    put_member(&tenant, &ada, &desk).await?;
    route_whoever_appears(&tenant).await?;
    let mut people = Vec::new();
    for number in 0..4 {
        people.push(identify(&tenant, &format!("p{number}@mail{number}.com"), "trader").await?);
    }
    assert_eq!(count(&tenant, "work where kind = 'routing'").await?, 1);
    assert_eq!(count(&tenant, "waiting_lead").await?, 4);
    // One of them is assigned by hand meanwhile, and one erased.
    let by_hand = format!("/v1/leads/{}/assign", people[0]);
    let by_hand = tenant.posted(&by_hand, &json!({ "to": ada })).await?;
    let erased = format!("/v1/persons/{}", people[1]);
    tenant.call(Method::DELETE, &erased, None).await?;
    assert_eq!(count(&tenant, "waiting_lead").await?, 3);
    work(&tenant).await?;
    assert_eq!(count(&tenant, "waiting_lead").await?, 0);
    assert_eq!(held(&tenant, &people[0]).await?["id"], by_hand["id"]);
    assert_eq!(held(&tenant, &people[2]).await?["member"], *ada);
    assert_eq!(held(&tenant, &people[3]).await?["queue"], "inbound");
    assert_eq!(count(&tenant, "lead_assignment").await?, 3);
    Ok(())
}

#[tokio::test]
async fn an_import_of_more_leads_than_a_page_is_assigned_to_the_last() -> Result<()> {
    let tenant = Tenant::open().await?;
    for wallet in [wallet(), wallet()] {
        let mut desk = member(1);
        desk["capacity"] = json!(1_000);
        put_member(&tenant, &wallet, &desk).await?;
    }
    route_whoever_appears(&tenant).await?;
    let mut file = String::new();
    for number in 0..402 {
        let row = json!({
            "message_id": format!("p-{number}"), "timestamp": ago(86_400), "user_id": format!("user-{number}"),
        });
        writeln!(file, "{row}")?;
    }
    let request = Request::post("/v1/imports?kind=persons")
        .header(
            header::AUTHORIZATION,
            format!("Bearer {}", tenant.admin_key),
        )
        .header(header::CONTENT_TYPE, "application/x-ndjson")
        .body(Body::from(file))?;
    let import = tenant.api.send(request).await?.json()?;
    assert_eq!(import["accepted"], 402, "{import}");
    assert_eq!(count(&tenant, "work where kind = 'routing'").await?, 1);
    work(&tenant).await?;
    assert_eq!(count(&tenant, "waiting_lead").await?, 0);
    let each: Vec<i64> =
        sqlx::query_scalar("select count(*) from engine.lead_assignment group by member")
            .fetch_all(&tenant.api.mirror)
            .await?;
    assert_eq!(each, [201, 201]);
    Ok(())
}

#[tokio::test]
async fn a_lead_that_cannot_be_read_holds_up_no_other() -> Result<()> {
    let tenant = Tenant::open().await?;
    let ada = hire(&tenant, 1).await?;
    route_whoever_appears(&tenant).await?;
    let broken = identify(&tenant, "ann@one.com", "institution").await?;
    let sound = identify(&tenant, "bob@two.com", "institution").await?;
    sqlx::query("update engine.person set sealed = '\\x00' where id = $1")
        .bind(broken.parse::<Uuid>()?)
        .execute(&tenant.api.mirror)
        .await?;
    work(&tenant).await?;
    assert_eq!(held(&tenant, &sound).await?["member"], *ada);
    assert_eq!(count(&tenant, "lead_assignment").await?, 1);
    assert_eq!(count(&tenant, "waiting_lead").await?, 0);
    Ok(())
}

#[tokio::test]
async fn an_address_that_is_only_stated_leads_to_no_owner_of_an_account() -> Result<()> {
    let tenant = Tenant::open().await?;
    let owner = hire(&tenant, 1).await?;
    let other = hire(&tenant, 1_000).await?;
    let account = json!({ "name": "Acme", "owner": owner });
    tenant
        .call(Method::PUT, "/v1/sales-accounts/acme.com", Some(&account))
        .await?;
    let session = sign_in(&tenant.api, &Keypair::new(), Some(&tenant.org())).await?;
    let traits = json!({ "segment": "institution", "email": "ceo@acme.com" });
    let person = identified(&tenant, &session, &json!({ "traits": traits })).await?;
    let assigned = assign(&tenant, &person).await?;
    assert_eq!(assigned["member"], *other, "{assigned}");
    Ok(())
}

/// Of those who are one person the last assignment holds, also when it has ended.
#[tokio::test]
async fn a_lead_that_nobody_has_after_a_merge_takes_no_place() -> Result<()> {
    let tenant = Tenant::open().await?;
    let ada = wallet();
    let mut desk = member(1);
    desk["capacity"] = json!(1);
    put_member(&tenant, &ada, &desk).await?;
    let one = identify(&tenant, "ann@one.com", "trader").await?;
    let two = identify(&tenant, "ann@two.com", "trader").await?;
    for person in [&one, &two] {
        let path = format!("/v1/leads/{person}/assign");
        tenant.posted(&path, &json!({ "to": ada })).await?;
    }
    let released = tenant
        .post(&format!("/v1/leads/{two}/release"), &json!({}))
        .await?;
    ensure!(released.status.is_success(), "{released:?}");
    let merge = json!({ "with": two, "reason": "the same customer" });
    tenant
        .posted(&format!("/v1/persons/{one}/merge"), &merge)
        .await?;
    assert_eq!(held(&tenant, &one).await?, Value::Null);
    let third = identify(&tenant, "bob@three.com", "trader").await?;
    assert_eq!(assign(&tenant, &third).await?["member"], *ada);
    Ok(())
}

#[tokio::test]
async fn of_two_members_who_are_added_together_one_may_be_too_many() -> Result<()> {
    let tenant = Tenant::open().await?;
    set_team(&tenant, &json!({ "fallback": "inbound", "routes": false })).await?;
    let pool = tenant.api.mirror.clone();
    let members = "insert into engine.sales_member
             (organisation, wallet, name, capacity, weight, skills, away, updated_by, updated_at)
         select organisation, sha256(number::text::bytea), 'a', 1, 1, '{}', '[]', 'test', now()
         from engine.sales_team, generate_series($1, $2) number";
    sqlx::query(members)
        .bind(1)
        .bind(499)
        .execute(&pool)
        .await?;
    // Another request that adds one, and has not committed yet.
    let mut first = pool.begin().await?;
    sqlx::query("select from engine.sales_team for no key update")
        .execute(&mut *first)
        .await?;
    sqlx::query(members)
        .bind(500)
        .bind(500)
        .execute(&mut *first)
        .await?;
    let path = format!("/v1/sales-team/members/{}", wallet());
    let new = member(1);
    let second = tenant.call(Method::PUT, &path, Some(&new));
    let waiting = async {
        until_waiting(&pool, 1).await?;
        anyhow::Ok(first.commit().await?)
    };
    let (second, ()) = tokio::try_join!(second, waiting)?;
    second.refusal(&path, StatusCode::CONFLICT)?;
    assert_eq!(count(&tenant, "sales_member").await?, 500);
    Ok(())
}
