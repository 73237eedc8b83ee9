//! Exports of people for advertising: who is in one, and who never is.

use crate::support::{
    client::do_work,
    segments::define_and_build,
    tenant::{Tenant, call, sign_in},
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use solana_keypair::Keypair;
use tessera_engine::clear;

const PATH: &str = "/v1/audience-exports";

/// Somebody of a country, with an address that a server has proved.
async fn customer(tenant: &Tenant, name: &str, traits: Value) -> Result<String> {
    let body = json!({ "user_id": name, "email": format!("{name}@example.com"), "traits": traits });
    let known = tenant.posted("/v1/identify", &body).await?;
    Ok(known["person"].as_str().context("a person")?.to_owned())
}

/// So many people who agreed, all of a segment that is built.
async fn agreed(tenant: &Tenant, count: usize) -> Result<Vec<String>> {
    let mut people = Vec::new();
    for number in 0..count {
        let traits = json!({ "country": "CH", "ad_consent": true });
        people.push(customer(tenant, &format!("Agreed{number}"), traits).await?);
    }
    Ok(people)
}

async fn swiss(tenant: &Tenant) -> Result<()> {
    let condition = json!({ "trait": { "property": "country", "is": "equal", "value": "CH" } });
    define_and_build(tenant, "swiss", &condition).await
}

fn wanted() -> Value {
    json!({ "segment": "swiss", "format": "google_customer_match" })
}

/// What came of an export.
async fn made(tenant: &Tenant, body: &Value) -> Result<Value> {
    let asked = tenant.posted(PATH, body).await?;
    do_work(&tenant.api.mirror).await?;
    let id = asked["id"].as_str().context("an id")?;
    tenant.json(&format!("/v1/jobs/{id}")).await
}

fn line(address: &str) -> String {
    let digest = Sha256::digest(address);
    digest.iter().map(|it| format!("{it:02x}")).collect()
}

#[tokio::test]
async fn an_export_of_nothing_or_by_nobody_is_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    let absent = tenant.post(PATH, &wanted()).await?;
    absent.refusal(PATH, StatusCode::NOT_FOUND)?;
    for body in [
        json!({ "segment": "swiss", "format": "carrier_pigeon" }),
        json!({ "segment": "swiss" }),
        json!({ "segment": "swiss", "format": "meta_custom_audience", "more": 1 }),
    ] {
        let refused = tenant.post(PATH, &body).await?;
        refused.refusal(PATH, StatusCode::BAD_REQUEST)?;
    }
    let reader = tenant.key("read").await?;
    let session = sign_in(&tenant.api, &Keypair::new(), Some(&tenant.org())).await?;
    for token in [&reader, &session] {
        let refused = call(&tenant.api, Method::POST, PATH, token, Some(&wanted())).await?;
        refused.refusal(PATH, StatusCode::FORBIDDEN)?;
        let refused = call(&tenant.api, Method::GET, PATH, token, None).await?;
        refused.refusal(PATH, StatusCode::FORBIDDEN)?;
    }
    assert_eq!(tenant.json(PATH).await?["data"], json!([]));
    Ok(())
}

#[tokio::test]
async fn only_a_server_states_that_somebody_has_agreed() -> Result<()> {
    let tenant = Tenant::open().await?;
    let page = tenant.key("write").await?;
    let session = sign_in(&tenant.api, &Keypair::new(), Some(&tenant.org())).await?;
    let path = "/v1/identify";
    for (token, body) in [
        (
            &page,
            json!({ "anonymous_id": "v1", "user_id": "ada", "traits": { "ad_consent": true } }),
        ),
        (&session, json!({ "traits": { "ad_consent": true } })),
    ] {
        let refused = call(&tenant.api, Method::POST, path, token, Some(&body)).await?;
        let problem = refused.refusal(path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], "traits.ad_consent");
    }
    let wrong = json!({ "user_id": "ada", "traits": { "ad_consent": "yes" } });
    let refused = tenant.post(path, &wrong).await?;
    let problem = refused.refusal(path, StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["rule"], "must be true or false");
    Ok(())
}

#[tokio::test]
async fn a_list_of_few_is_not_made_and_says_not_how_many() -> Result<()> {
    let tenant = Tenant::open().await?;
    agreed(&tenant, 99).await?;
    customer(&tenant, "asked", json!({ "country": "CH" })).await?;
    swiss(&tenant).await?;
    let job = made(&tenant, &wanted()).await?;
    assert_eq!(job["status"], "failed", "{job}");
    let problem = job["problem"].as_str().context("a problem")?;
    assert!(problem.starts_with("fewer than 100 "), "{problem}");
    assert!(!problem.contains("99"), "{problem}");
    let listed = tenant.json(PATH).await?;
    assert_eq!(listed["data"][0]["id"], job["id"]);
    assert_eq!(listed["data"][0]["people"], Value::Null);
    Ok(())
}

#[tokio::test]
async fn a_list_has_those_who_agreed_and_refuse_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    agreed(&tenant, 100).await?;
    let yes = json!({ "country": "CH", "ad_consent": true });
    customer(&tenant, "unasked", json!({ "country": "CH" })).await?;
    customer(&tenant, "changed", yes.clone()).await?;
    customer(&tenant, "changed", json!({ "ad_consent": false })).await?;
    customer(
        &tenant,
        "abroad",
        json!({ "country": "FR", "ad_consent": true }),
    )
    .await?;
    let mut claims = yes.clone();
    claims["email"] = json!("claimed@example.com");
    let claimed = json!({ "user_id": "claims", "traits": claims });
    tenant.posted("/v1/identify", &claimed).await?;
    customer(&tenant, "topical", yes.clone()).await?;
    sqlx::query(
        "insert into engine.topic_refusal (organisation, digest, topic)
         select identifier.organisation, digest, 'news' from engine.identifier
         join engine.person on person.id = identifier.person
         where kind = 'email' order by person.id desc limit 1",
    )
    .execute(&tenant.api.mirror)
    .await?;
    customer(&tenant, "suppressed", yes.clone()).await?;
    let suppressed = json!({ "email": "suppressed@example.com" });
    let added = tenant.post("/v1/suppressions", &suppressed).await?;
    ensure!(added.status == StatusCode::NO_CONTENT, "{added:?}");
    swiss(&tenant).await?;
    let job = made(&tenant, &wanted()).await?;
    assert_eq!(job["status"], "done", "{job}");
    assert_eq!(job["result"]["people"], 100);
    let file = job["result"]["csv"].as_str().context("a file")?;
    let lines: Vec<&str> = file.lines().collect();
    let mut expected: Vec<String> = (0..100)
        .map(|it| line(&format!("agreed{it}@example.com")))
        .collect();
    expected.sort();
    assert_eq!(lines[0], "Email");
    assert_eq!(lines[1..], expected);
    let other = json!({ "segment": "swiss", "format": "meta_custom_audience" });
    let other = made(&tenant, &other).await?;
    let other = other["result"]["csv"].as_str().context("a file")?;
    assert_eq!(other.lines().next(), Some("email"));
    // It is known who asked for what.
    let listed = tenant.json(PATH).await?;
    let first = &listed["data"][1];
    assert_eq!(first["id"], job["id"]);
    assert_eq!(first["people"], 100);
    assert_eq!(first["segment"], "swiss");
    assert_eq!(first["created_by"], job["created_by"]);
    // It is not for who may read everything else.
    let path = format!("/v1/jobs/{}", job["id"].as_str().context("an id")?);
    let reader = tenant.key("read").await?;
    let refused = call(&tenant.api, Method::GET, &path, &reader, None).await?;
    refused.refusal(&path, StatusCode::FORBIDDEN)?;
    // Nothing of it is stored in the clear.
    let stored: String = sqlx::query_scalar(
        "select (select string_agg(to_jsonb(job)::text, '') from engine.job)
             || (select string_agg(to_jsonb(it)::text || encode(sealed, 'escape'), '')
                 from engine.audience_export it)",
    )
    .fetch_one(&tenant.api.mirror)
    .await?;
    assert!(!stored.contains(&expected[0]) && !stored.contains("@example.com"));
    Ok(())
}

#[tokio::test]
async fn an_erased_person_is_in_no_list_that_can_be_read() -> Result<()> {
    let tenant = Tenant::open().await?;
    let people = agreed(&tenant, 101).await?;
    swiss(&tenant).await?;
    let job = made(&tenant, &wanted()).await?;
    let path = format!("/v1/jobs/{}", job["id"].as_str().context("an id")?);
    assert!(job["result"]["csv"].is_string());
    let person = format!("/v1/persons/{}", people[7]);
    tenant.call(Method::DELETE, &person, None).await?;
    let read = tenant.json(&path).await?;
    assert_eq!(read["result"]["csv"], Value::Null);
    assert_eq!(read["result"]["people"], 101);
    let again = made(&tenant, &wanted()).await?;
    let file = again["result"]["csv"].as_str().context("a file")?;
    assert_eq!(file.lines().count(), 101);
    assert!(!file.contains(&line("agreed7@example.com")));
    // A file can be read for a day.
    sqlx::query("update engine.audience_export set created_at = created_at - interval '25 hours'")
        .execute(&tenant.api.mirror)
        .await?;
    let path = format!("/v1/jobs/{}", again["id"].as_str().context("an id")?);
    assert_eq!(tenant.json(&path).await?["result"]["csv"], Value::Null);
    clear(&mut *tenant.api.mirror.acquire().await?).await?;
    let kept = "select count(*) from engine.audience_export where sealed is not null";
    let kept: i64 = sqlx::query_scalar(kept)
        .fetch_one(&tenant.api.mirror)
        .await?;
    assert_eq!(kept, 0);
    Ok(())
}
