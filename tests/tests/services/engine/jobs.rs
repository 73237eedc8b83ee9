//! Jobs: what takes longer than a request may is done later, and says what came of it.

use crate::support::{
    client::do_work,
    tenant::{Tenant, call},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

const TRAIN: &str = "/v1/scoring/predictions/train";

async fn asked(tenant: &Tenant) -> Result<String> {
    let job = tenant.posted(TRAIN, &json!({})).await?;
    assert_eq!(
        (&job["status"], &job["result"]),
        (&json!("queued"), &Value::Null)
    );
    Ok(job["id"].as_str().context("an id")?.to_owned())
}

#[tokio::test]
async fn an_organisation_has_so_many_unfinished_jobs_and_no_more() -> Result<()> {
    let tenant = Tenant::open().await?;
    for _ in 0..5 {
        asked(&tenant).await?;
    }
    let refused = tenant.post(TRAIN, &json!({})).await?;
    refused.refusal(TRAIN, StatusCode::TOO_MANY_REQUESTS)?;
    assert!(refused.header(header::RETRY_AFTER).is_ok());
    do_work(&tenant.api.mirror).await?;
    asked(&tenant).await?;
    Ok(())
}

#[tokio::test]
async fn a_job_that_always_fails_is_given_up_and_says_why() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    let id = asked(&tenant).await?;
    sqlx::query("update engine.job set request = '{}'")
        .execute(pool)
        .await?;
    for _ in 0..3 {
        assert_eq!(do_work(pool).await?.failed, 1);
        sqlx::query("update engine.work set lease_until = now() where kind = 'job'")
            .execute(pool)
            .await?;
    }
    assert_eq!(do_work(pool).await?.failed, 0);
    let job = tenant.json(&format!("/v1/jobs/{id}")).await?;
    assert_eq!(job["status"], "failed");
    assert_eq!(job["problem"], "cannot read a job");
    assert!(job["finished_at"].is_string(), "{job}");
    Ok(())
}

#[tokio::test]
async fn a_job_is_its_organisations_alone() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    let path = format!("/v1/jobs/{}", asked(&tenant).await?);
    let refused = call(&other.api, Method::GET, &path, &other.admin_key, None).await?;
    refused.refusal(&path, StatusCode::NOT_FOUND)?;
    assert_eq!(tenant.json(&path).await?["kind"], "training");
    Ok(())
}
