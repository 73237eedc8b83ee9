//! Jobs: what takes longer than a request may is done later, and says what came of it.

use crate::{
    engine::concurrency::a_lock_is_waited_for,
    support::{
        client::{do_work, master_key},
        tenant::{Tenant, call},
    },
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use std::time::Duration;
use tessera_engine::{
    Engine,
    work::{Worker, WorkerConfig},
};
use tessera_store::{PgPool, work};
use tokio_util::sync::CancellationToken;

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
    assert!(job_work(pool).await?.is_none(), "its work is done");
    Ok(())
}

#[tokio::test]
async fn a_job_that_ends_every_process_that_does_it_is_given_up() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    let id = asked(&tenant).await?;
    for _ in 0..3 {
        take_as_a_process_that_ends(pool).await?;
    }
    assert_eq!(do_work(pool).await?.failed, 1);
    let job = tenant.json(&format!("/v1/jobs/{id}")).await?;
    assert_eq!(job["status"], "failed", "{job}");
    assert!(job_work(pool).await?.is_none());
    Ok(())
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_gives_no_job_up() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    let id = asked(&tenant).await?;
    for _ in 0..2 {
        take_as_a_process_that_ends(pool).await?;
    }
    sqlx::query("update engine.job set request = '{}'")
        .execute(pool)
        .await?;
    let mut held = hold_the_job(pool).await?;
    let failing = {
        let pool = pool.clone();
        tokio::spawn(async move { do_work(&pool).await })
    };
    a_lock_is_waited_for(&tenant).await?;
    sqlx::query("update engine.job set request = $1")
        .bind(json!({ "kind": "backtest", "version": 1 }))
        .execute(&mut *held)
        .await?;
    sqlx::query(LOSE_THE_LEASE).execute(pool).await?;
    take(pool).await?;
    held.commit().await?;
    failing.await??;
    let job = tenant.json(&format!("/v1/jobs/{id}")).await?;
    assert_eq!(job["status"], "queued", "{job}");
    Ok(())
}

#[tokio::test]
async fn a_worker_that_is_stopped_gives_its_job_back_untried() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    let id = asked(&tenant).await?;
    for _ in 0..4 {
        let held = hold_the_job(pool).await?;
        let stop = CancellationToken::new();
        let engine = Engine::new(pool.clone(), master_key(), None);
        let worker = Worker::new(engine, WorkerConfig::default());
        let working = tokio::spawn(worker.run(stop.clone()));
        a_lock_is_waited_for(&tenant).await?;
        stop.cancel();
        working.await?;
        held.rollback().await?;
        assert_eq!(job_work(pool).await?, Some((0, false)));
    }
    do_work(pool).await?;
    let job = tenant.json(&format!("/v1/jobs/{id}")).await?;
    assert_eq!(job["status"], "done", "{job}");
    Ok(())
}

/// Attempts at the job, and whether a worker has it; none when there is nothing left to do.
async fn job_work(pool: &PgPool) -> Result<Option<(i32, bool)>> {
    let work = "select attempts, lease_until is not null from engine.work where kind = 'job'";
    Ok(sqlx::query_as(work).fetch_optional(pool).await?)
}

const LOSE_THE_LEASE: &str = "update engine.work set lease_until = now() where kind = 'job'";

async fn take(pool: &PgPool) -> Result<()> {
    let mut conn = pool.acquire().await?;
    let taken = work::take(&mut conn, &["job"], 1, Duration::from_secs(60)).await?;
    assert_eq!(taken.len(), 1);
    Ok(())
}

async fn take_as_a_process_that_ends(pool: &PgPool) -> Result<()> {
    take(pool).await?;
    sqlx::query(LOSE_THE_LEASE).execute(pool).await?;
    Ok(())
}

/// Whoever writes the job waits until the transaction ends.
async fn hold_the_job(pool: &PgPool) -> Result<sqlx::Transaction<'static, sqlx::Postgres>> {
    let mut transaction = pool.begin().await?;
    sqlx::query("select from engine.job for update")
        .execute(&mut *transaction)
        .await?;
    Ok(transaction)
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
