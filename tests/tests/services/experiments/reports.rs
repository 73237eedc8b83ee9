//! Reports: signed, shown, and checked by others.

use crate::support::{
    browser::Browser,
    client::{Answer, do_work},
    experiments::{define_metrics, design, draft, launch, start},
    tenant::{Tenant, call},
};
use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};
use std::process::Command;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A report of now.
pub(super) async fn signed(tenant: &Tenant, key: &str) -> Result<Value> {
    let path = format!("/v1/experiments/{key}/reports");
    tenant.posted(&path, &json!({})).await
}

/// Where the event log differs from a report.
pub(super) async fn verified(tenant: &Tenant, key: &str, report: &Value) -> Result<Value> {
    let id = report["id"].as_str().context("an id")?;
    let path = format!("/v1/experiments/{key}/reports/{id}/verification");
    let asked = tenant.posted(&path, &json!({})).await?;
    do_work(&tenant.api.mirror).await?;
    let job = asked["id"].as_str().context("a job")?;
    let job = tenant.json(&format!("/v1/jobs/{job}")).await?;
    ensure!(job["status"] == "done", "{job}");
    let result = &job["result"];
    ensure!(result["is_same"] == (result["differences"] == json!([])));
    Ok(result["differences"].clone())
}

/// Whether a signature is right, by what is served alone.
fn is_signed(text: &str, signature: &Value, key: &Value) -> Result<bool> {
    let pem = key.as_str().context("a key")?;
    let body = pem.lines().nth(1).context("a line")?;
    let der = BASE64_STANDARD.decode(body)?;
    let (header, key) = der.split_at(12);
    ensure!(header == [48, 42, 48, 5, 6, 3, 43, 101, 112, 3, 33, 0]);
    let key = VerifyingKey::from_bytes(key.try_into()?)?;
    let signature = BASE64_STANDARD.decode(signature.as_str().context("a signature")?)?;
    let signature = Signature::from_slice(&signature)?;
    Ok(key.verify_strict(text.as_bytes(), &signature).is_ok())
}

/// What OpenSSL says of it, as `docs/reports.md` asks it.
fn openssl_agrees(text: &str, signature: &Value, key: &Value) -> Result<bool> {
    let folder = TempDir::new()?;
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).map(|()| path)
    };
    let signature = BASE64_STANDARD.decode(signature.as_str().context("a signature")?)?;
    let text = file("report.txt", text.as_bytes())?;
    let signature = file("report.sig", &signature)?;
    let key = file("key.pem", key.as_str().context("a key")?.as_bytes())?;
    let asked = Command::new("openssl")
        .args(["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey"])
        .arg(key)
        .arg("-in")
        .arg(text)
        .arg("-sigfile")
        .arg(signature)
        .output()?;
    Ok(asked.status.success())
}

#[tokio::test]
async fn nothing_is_signed_that_is_not_there_or_not_complete() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/experiments/button/reports";
    let absent = tenant.post(path, &json!({})).await?;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    assert_eq!(tenant.get(path).await?.status, StatusCode::NOT_FOUND);
    define_metrics(&tenant).await?;
    draft(&tenant, "button", &design()).await?;
    let idle = tenant.post(path, &json!({})).await?;
    assert_eq!(idle.status, StatusCode::CONFLICT);
    start(&tenant, "button").await?;
    let early = tenant.post(path, &json!({})).await?;
    assert_eq!(early.status, StatusCode::CONFLICT, "{early:?}");
    do_work(&tenant.api.mirror).await?;
    let no_phase = tenant.post(path, &json!({ "phase": 2 })).await?;
    assert_eq!(no_phase.status, StatusCode::NOT_FOUND);
    for number in [0, -1] {
        let refused = tenant.post(path, &json!({ "phase": number })).await?;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{number}");
    }
    // A reader's key signs nothing.
    let reader = tenant.key("read").await?;
    let refused = call(&tenant.api, Method::POST, path, &reader, Some(&json!({}))).await?;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    signed(&tenant, "button").await?;
    Ok(())
}

#[tokio::test]
async fn a_changed_report_has_no_signature_and_the_served_one_has() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    let report = signed(&tenant, "button").await?;
    let text = report["report"].as_str().context("a text")?;
    let published = tenant
        .api
        .json(&format!("/v1/orgs/{}/report-key", tenant.org()))
        .await?;
    assert_eq!(published["public_key"], report["public_key"]);
    let (signature, key) = (&report["signature"], &report["public_key"]);
    assert!(is_signed(text, signature, key)? && openssl_agrees(text, signature, key)?);
    for at in [0, text.len() / 2, text.len() - 1] {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] ^= 1;
        let changed = String::from_utf8(bytes)?;
        assert!(!is_signed(&changed, signature, key)?);
        assert!(!openssl_agrees(&changed, signature, key)?);
    }
    let body: Value = serde_json::from_str(text)?;
    assert_eq!(body["organisation"], json!(tenant.org()));
    assert_eq!(body["format"], "tessera-experiment-report/1");
    assert!(text.starts_with(r#"{"as_of":""#), "{text}");
    let shown = tenant.json("/v1/experiments/button/results").await?;
    assert_eq!(body["results"]["metrics"], shown["metrics"]);
    Ok(())
}

#[tokio::test]
async fn reports_are_kept_as_they_were_and_by_their_organisation() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    let reports = [
        signed(&tenant, "button").await?,
        signed(&tenant, "button").await?,
    ];
    let list = tenant.json("/v1/experiments/button/reports").await?;
    let ids: Vec<&Value> = list["data"]
        .as_array()
        .context("rows")?
        .iter()
        .map(|it| &it["id"])
        .collect();
    assert_eq!(ids, [&reports[0]["id"], &reports[1]["id"]]);
    assert_eq!(list["data"][0]["phase"], 1);
    let path = format!(
        "/v1/experiments/button/reports/{}",
        ids[0].as_str().context("an id")?
    );
    assert_eq!(tenant.json(&path).await?, reports[0]);
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    assert_eq!(other.get(&path).await?.status, StatusCode::NOT_FOUND);
    let theirs = other
        .api
        .json(&format!("/v1/orgs/{}/report-key", other.org()))
        .await?;
    assert_ne!(theirs["public_key"], reports[0]["public_key"]);
    let nobody = "/v1/orgs/11111111111111111111111111111111/report-key";
    tenant.api.refusal(nobody, StatusCode::NOT_FOUND).await?;
    Ok(())
}

/// A report as a browser asks for it.
async fn page(tenant: &Tenant, path: &str) -> Result<Answer> {
    accepting(tenant, path, "text/html,application/xhtml+xml,*/*;q=0.8").await
}

async fn accepting(tenant: &Tenant, path: &str, accept: &str) -> Result<Answer> {
    let token = format!("Bearer {}", tenant.admin_key);
    let request = Request::get(path)
        .header(header::AUTHORIZATION, token)
        .header(header::ACCEPT, accept)
        .body(Body::empty())?;
    tenant.api.send(request).await
}

#[tokio::test]
async fn a_page_is_for_who_accepts_one_and_data_for_all_others() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let mut evil = design();
    evil["name"] = json!("<script>alert(1)</script>");
    launch(&tenant, "button", &evil).await?;
    let report = signed(&tenant, "button").await?;
    let id = report["id"].as_str().context("an id")?;
    for path in [
        "/v1/experiments/button/results".to_owned(),
        "/v1/experiments/button/health".to_owned(),
        "/v1/experiments/button/report".to_owned(),
        format!("/v1/experiments/button/reports/{id}"),
    ] {
        let data = tenant.get(&path).await?;
        assert_eq!(data.header(header::CONTENT_TYPE)?, "application/json");
        let stated = page(&tenant, &format!("{path}?format=json")).await?;
        assert_eq!(stated.header(header::CONTENT_TYPE)?, "application/json");
        let stated = tenant.get(&format!("{path}?format=html")).await?;
        let page = page(&tenant, &path).await?;
        for answer in [stated, page] {
            assert_eq!(
                answer.header(header::CONTENT_TYPE)?,
                "text/html; charset=utf-8"
            );
            assert_eq!(answer.header(header::VARY)?, "accept");
            let policy = answer.header(header::CONTENT_SECURITY_POLICY)?;
            assert!(
                policy.starts_with("default-src 'none'; style-src 'sha256-"),
                "{policy}"
            );
            assert!(!answer.text.contains("<script"), "{}", answer.text);
            assert!(
                answer
                    .text
                    .contains("&lt;script&gt;alert(1)&lt;/script&gt;")
            );
        }
        let other = tenant.get(&format!("{path}?format=pdf")).await?;
        assert_eq!(other.status, StatusCode::BAD_REQUEST);
    }
    for (accept, content) in [
        ("application/json, text/html;q=0.5", "application/json"),
        ("text/html;q=0", "application/json"),
        (
            "TEXT/HTML, application/json;q=0.9",
            "text/html; charset=utf-8",
        ),
    ] {
        let answer = accepting(&tenant, "/v1/experiments/button/results", accept).await?;
        assert_eq!(answer.header(header::CONTENT_TYPE)?, content, "{accept}");
    }
    let shown = page(&tenant, &format!("/v1/experiments/button/reports/{id}")).await?;
    let signature = report["signature"].as_str().context("a signature")?;
    assert!(shown.text.contains(signature), "{}", shown.text);
    let health = page(&tenant, "/v1/experiments/button/health").await?;
    assert!(
        health.text.contains("Do people come to the arms"),
        "{}",
        health.text
    );
    assert!(!health.text.contains("class=\"decision"), "{}", health.text);
    Ok(())
}

#[tokio::test]
async fn the_newest_report_is_that_of_the_latest_phase_or_of_the_one_asked_for() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/experiments/button/report";
    assert_eq!(tenant.get(path).await?.status, StatusCode::NOT_FOUND);
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    assert_eq!(tenant.get(path).await?.status, StatusCode::NOT_FOUND);
    signed(&tenant, "button").await?;
    let second = signed(&tenant, "button").await?;
    assert_eq!(tenant.json(path).await?, second);
    tenant
        .posted(
            "/v1/experiments/button/stop",
            &json!({ "reason": "enough" }),
        )
        .await?;
    do_work(&tenant.api.mirror).await?;
    let ended = tenant.json("/v1/experiments/button/results").await?;
    let ending = &ended["ending"];
    assert_eq!(
        (&ending["reason"], &ending["shipped"]),
        (&json!("enough"), &Value::Null)
    );
    assert_eq!(ended["decision"]["action"], "undecided");
    start(&tenant, "button").await?;
    do_work(&tenant.api.mirror).await?;
    let third = signed(&tenant, "button").await?;
    assert_eq!(tenant.json(path).await?, third);
    let of_first = tenant.json(&format!("{path}?phase=1")).await?;
    assert_ne!(of_first, third);
    let none = tenant.get(&format!("{path}?phase=7")).await?;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    let nought = tenant.get(&format!("{path}?phase=0")).await?;
    assert_eq!(nought.status, StatusCode::BAD_REQUEST);
    Ok(())
}

/// The policy of a page names its style by a digest: another one, and the page would be bare.
#[tokio::test]
async fn a_browser_draws_a_page_as_it_is_meant() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    let report = page(&tenant, "/v1/experiments/button/results").await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}/", listener.local_addr()?);
    let (headers, text) = (report.headers, report.text);
    let app = Router::new().fallback(async move || (headers.clone(), text.clone()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let browser = Browser::start().await?;
    browser.open(&origin).await?;
    let width = browser
        .run("return getComputedStyle(document.querySelector('.decision')).borderLeftWidth")
        .await?;
    assert_eq!(width, "6px");
    let heading = browser
        .run("return document.querySelector('h1').textContent")
        .await?;
    assert_eq!(heading, "Buttons");
    let room = "return document.documentElement.scrollWidth <= innerWidth";
    assert_eq!(browser.run(room).await?, true);
    Ok(())
}
