//! When companies are looked up: whose address counts, that of a company's leads one asks, and that nobody waits
//! for a site that does not answer.

use super::companies::{LOCAL, World};
use crate::support::{
    client::do_work,
    team::{count, identify},
    tenant::{Tenant, call, sign_in},
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use std::time::Duration;
use tessera_engine::{
    leads::enrichment::LookupConfig,
    work::{Kind, Worker, WorkerConfig, schedule},
};
use tessera_tests::eventually;
use tokio_util::sync::CancellationToken;

const SOON: Duration = Duration::from_secs(10);

/// Has a lead's company looked up later.
async fn enrich(tenant: &Tenant, person: &str) -> Result<()> {
    let path = format!("/v1/leads/{person}/enrich");
    let answer = tenant.post(&path, &json!({})).await?;
    ensure!(answer.status == StatusCode::ACCEPTED, "{answer:?}");
    Ok(())
}

/// The company of a lead; none before it was looked up.
async fn company(tenant: &Tenant, person: &str) -> Result<Option<Value>> {
    let path = format!("/v1/leads/{person}/company");
    let answer = tenant.get(&path).await?;
    if answer.status == StatusCode::OK {
        return Ok(Some(answer.json()?));
    }
    answer.refusal(&path, StatusCode::NOT_FOUND)?;
    Ok(None)
}

/// How often the root of a company's site was asked for.
fn asked(world: &World, domain: &str) -> usize {
    let all = world.asked();
    all.iter().filter(|it| it.0 == domain).count()
}

#[tokio::test]
async fn an_address_that_is_only_stated_is_not_looked_up() -> Result<()> {
    let world = World::start().await?;
    let tenant = world.tenant().await?;
    let settings = json!({ "automatic": true });
    tenant
        .call(Method::PUT, "/v1/enrichment", Some(&settings))
        .await?;
    let session = sign_in(&tenant.api, &Keypair::new(), Some(&tenant.org())).await?;
    let claim = json!({ "traits": { "email": "ceo@acme.com" } });
    let path = "/v1/identify";
    let answer = call(&tenant.api, Method::POST, path, &session, Some(&claim)).await?;
    let person = answer.json()?["person"].clone();
    let person = person.as_str().context("a person")?;
    world.work(&tenant).await?;
    // Nor when it is asked for.
    enrich(&tenant, person).await?;
    world.work(&tenant).await?;
    assert_eq!(company(&tenant, person).await?, None);
    assert_eq!(world.asked(), []);
    Ok(())
}

#[tokio::test]
async fn of_a_companys_leads_that_arrive_together_one_asks() -> Result<()> {
    let world = World::start().await?;
    let tenant = world.tenant().await?;
    do_work(&tenant.api.mirror).await?;
    let mut people = Vec::new();
    for number in 0..8 {
        let person = identify(&tenant, &format!("p{number}@acme.com"), "institution").await?;
        enrich(&tenant, &person).await?;
        people.push(person);
    }
    let drain = async || {
        let engine = world.engine(&tenant, LOCAL);
        let drained = Worker::new(engine, WorkerConfig::default()).drain().await?;
        ensure!(drained.failed == 0, "{drained:?}");
        anyhow::Ok(())
    };
    tokio::try_join!(drain(), drain(), drain(), drain())?;
    assert_eq!(asked(&world, "acme.com"), 1);
    // Those that had to wait find what was said.
    sqlx::query("update engine.work set due_at = now() where kind = 'enrichment'")
        .execute(&tenant.api.mirror)
        .await?;
    world.work(&tenant).await?;
    assert_eq!(asked(&world, "acme.com"), 1);
    let first = company(&tenant, &people[0]).await?.context("a company")?;
    assert_ne!(first["facts"], json!([]));
    for person in &people {
        let other = company(&tenant, person).await?.context("a company")?;
        assert_eq!(other["facts"], first["facts"]);
    }
    assert_eq!(count(&tenant, "company_claim").await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_claim_whose_worker_died_is_taken_over() -> Result<()> {
    let world = World::start().await?;
    let tenant = world.tenant().await?;
    let person = identify(&tenant, "ann@acme.com", "institution").await?;
    enrich(&tenant, &person).await?;
    let claim = "insert into engine.company_claim (organisation, domain, work, claimed_at)
                 select id, 'acme.com', $1, now() from engine.organisation";
    sqlx::query(claim)
        .bind(-1_i64)
        .execute(&tenant.api.mirror)
        .await?;
    world.work(&tenant).await?;
    assert_eq!(company(&tenant, &person).await?, None);
    assert_eq!(asked(&world, "acme.com"), 0);
    // It is looked at again, and the claim is old.
    for statement in [
        "update engine.company_claim set claimed_at = now() - interval '11 minutes'",
        "update engine.work set due_at = now() where kind = 'enrichment'",
    ] {
        let done = sqlx::query(statement).execute(&tenant.api.mirror).await?;
        assert_eq!(done.rows_affected(), 1, "{statement}");
    }
    world.work(&tenant).await?;
    assert!(company(&tenant, &person).await?.is_some());
    assert_eq!(count(&tenant, "company_claim").await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_work_that_was_cut_off_asks_again_by_its_own_claim() -> Result<()> {
    let world = World::start().await?;
    let tenant = world.tenant().await?;
    let person = identify(&tenant, "ann@acme.com", "institution").await?;
    enrich(&tenant, &person).await?;
    sqlx::query(
        "insert into engine.company_claim (organisation, domain, work, claimed_at)
         select organisation, 'acme.com', id, now() from engine.work where kind = 'enrichment'",
    )
    .execute(&tenant.api.mirror)
    .await?;
    world.work(&tenant).await?;
    assert!(company(&tenant, &person).await?.is_some());
    Ok(())
}

#[tokio::test]
async fn facts_about_the_domain_that_a_lead_had_before_are_forgotten() -> Result<()> {
    let world = World::start().await?;
    let tenant = world.tenant().await?;
    let mut person = String::new();
    for email in ["ann@acme.com", "ann@picture.com"] {
        let claim = json!({ "user_id": "ann", "email": email });
        let identified = tenant.posted("/v1/identify", &claim).await?;
        person = identified["person"]
            .as_str()
            .context("a person")?
            .to_owned();
        enrich(&tenant, &person).await?;
        world.work(&tenant).await?;
    }
    let known = company(&tenant, &person).await?.context("a company")?;
    assert_eq!(known["domain"], "picture.com");
    let about = "company_fact where domain = 'acme.com'";
    assert_eq!(count(&tenant, about).await?, 0);
    Ok(())
}

#[tokio::test]
async fn companies_that_do_not_answer_hold_up_no_message() -> Result<()> {
    let world = World::start().await?;
    let tenant = world.tenant().await?;
    for number in 0..2 {
        let email = format!("a@{number}silent.com");
        let person = identify(&tenant, &email, "institution").await?;
        enrich(&tenant, &person).await?;
    }
    let patient = LookupConfig {
        timeout: Duration::from_secs(600),
        ..LOCAL
    };
    // A single place for messages, so that one company would be enough to hold them up.
    let narrow = WorkerConfig {
        outgoing: 1,
        ..WorkerConfig::default()
    };
    let stop = CancellationToken::new();
    let worker = Worker::new(world.engine(&tenant, patient), narrow);
    let running = tokio::spawn(worker.run(stop.clone()));
    eventually(SOON, async || {
        let asked = world.asked().len();
        Ok(if asked == 0 {
            Err("nobody was asked".to_owned())
        } else {
            Ok(())
        })
    })
    .await?;
    let organisation = tenant.organisation().await?;
    let mut conn = tenant.api.mirror.acquire().await?;
    schedule(&mut conn, Kind::Send, organisation).await?;
    drop(conn);
    eventually(SOON, async || {
        let left = count(&tenant, "work where kind = 'send'").await?;
        Ok(if left == 0 {
            Ok(())
        } else {
            Err("the message waits".to_owned())
        })
    })
    .await?;
    assert_eq!(count(&tenant, "work where kind = 'enrichment'").await?, 2);
    stop.cancel();
    running.await?;
    Ok(())
}
