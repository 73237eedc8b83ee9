//! What is done to an experiment while something else is done to it.

use crate::support::{
    client::master_key,
    experiments::{caller, define_metrics, design, launch, play, stop_in},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::time::Duration;
use tessera_engine::{
    Engine,
    experiments::phases,
    work::{Worker, WorkerConfig},
};
use tessera_store::{Transaction, rules, tenant};
use tessera_tests::eventually;

/// Waits until something waits for a lock.
async fn awaited(tenant: &Tenant) -> Result<()> {
    eventually(Duration::from_secs(20), async || {
        let waiting: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'",
        )
        .fetch_one(&tenant.api.mirror)
        .await?;
        Ok(if waiting > 0 {
            Ok(())
        } else {
            Err("nothing waits".to_owned())
        })
    })
    .await
}

/// A transaction in which nothing else of the organisation changes rules.
async fn alone(tenant: &Tenant) -> Result<Transaction> {
    let organisation = tenant.organisation().await?;
    let mut transaction = tenant::begin(&tenant.api.mirror, organisation).await?;
    rules::lock(&mut transaction, organisation).await?;
    Ok(transaction)
}

/// Has experiments looked at, and lets the team act after the look has read and before it writes.
async fn look_during(
    tenant: &Tenant,
    team: impl AsyncFnOnce(&mut Transaction) -> Result<()>,
) -> Result<()> {
    let pool = &tenant.api.mirror;
    sqlx::query(
        "update engine.work set due_at =
             now() + case kind when 'experiment_look' then '0' else '1 day' end::interval",
    )
    .execute(pool)
    .await?;
    let mut transaction = alone(tenant).await?;
    let engine = Engine::new(pool.clone(), master_key(), None);
    let worker = Worker::new(engine, WorkerConfig::default());
    let (looked, acted) = tokio::join!(worker.drain(), async {
        awaited(tenant).await?;
        team(&mut transaction).await?;
        transaction.commit().await?;
        anyhow::Ok(())
    });
    acted?;
    assert_eq!(looked?.failed, 0);
    Ok(())
}

/// An experiment that a look ships.
async fn won(tenant: &Tenant) -> Result<()> {
    define_metrics(tenant).await?;
    let mut quick = design();
    quick["decision"] = json!({ "min_days": 0, "automatic": true });
    launch(tenant, "button", &quick).await?;
    play(tenant, 2_000, 10, 25).await
}

async fn stands(tenant: &Tenant) -> Result<(Value, Value, Value)> {
    let it = tenant.json("/v1/experiments/button").await?;
    Ok((
        it["status"].clone(),
        it["phase"].clone(),
        it["shipped"].clone(),
    ))
}

#[tokio::test]
async fn what_the_team_has_just_stopped_is_not_shipped() -> Result<()> {
    let tenant = Tenant::open().await?;
    won(&tenant).await?;
    look_during(&tenant, async |conn| {
        stop_in(&tenant, conn, "button", 0).await
    })
    .await?;
    assert_eq!(
        stands(&tenant).await?,
        (json!("stopped"), json!(1), Value::Null)
    );
    Ok(())
}

#[tokio::test]
async fn a_decision_of_one_phase_does_not_end_the_next() -> Result<()> {
    let tenant = Tenant::open().await?;
    won(&tenant).await?;
    let team = caller(&tenant).await?;
    let engine = Engine::new(tenant.api.mirror.clone(), master_key(), None);
    look_during(&tenant, async |conn| {
        stop_in(&tenant, conn, "button", 0).await?;
        phases::start(&engine, conn, &team, "button", false, Utc::now).await?;
        Ok(())
    })
    .await?;
    assert_eq!(
        stands(&tenant).await?,
        (json!("running"), json!(2), Value::Null)
    );
    Ok(())
}

#[tokio::test]
async fn weights_of_the_next_batch_have_the_coverage_that_the_team_has_just_given() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let mut bandit = design();
    bandit["bandit"] = json!({ "algorithm": "thompson", "batch_hours": 168 });
    bandit["allocation"]["coverage_bps"] = json!(5_000);
    launch(&tenant, "button", &bandit).await?;
    play(&tenant, 1_000, 10, 25).await?;
    let team = caller(&tenant).await?;
    look_during(&tenant, async |conn| {
        phases::ramp(conn, &team, "button", 8_000, Utc::now).await?;
        Ok(())
    })
    .await?;
    let phases = tenant.json("/v1/experiments/button/phases").await?;
    let rows = phases[0]["allocations"].as_array().context("rows")?;
    let coverages: Vec<_> = rows.iter().map(|it| &it["coverage_bps"]).collect();
    assert_eq!(coverages, [5_000, 8_000, 8_000], "{phases}");
    assert_ne!(rows[1]["weights_bps"], rows[2]["weights_bps"]);
    Ok(())
}

#[tokio::test]
async fn what_pages_see_is_dated_when_it_changes_and_not_when_that_was_asked_for() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    let other = alone(&tenant).await?;
    let enough = json!({ "reason": "Enough." });
    let (stopped, then) = tokio::join!(
        tenant.posted("/v1/experiments/button/stop", &enough),
        async {
            awaited(&tenant).await?;
            let then = Utc::now();
            other.commit().await?;
            anyhow::Ok(then)
        }
    );
    // The stop waited until then at least.
    let (stopped, then) = (stopped?, then?);
    let changed: DateTime<Utc> = stopped["updated_at"]
        .as_str()
        .context("a moment")?
        .parse()?;
    let features = tenant.json("/v1/features").await?;
    let dated: DateTime<Utc> = features["dateUpdated"]
        .as_str()
        .context("a moment")?
        .parse()?;
    assert_eq!(dated, changed);
    assert!(changed > then, "{changed} {then}");
    Ok(())
}
