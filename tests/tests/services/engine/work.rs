//! Work that happens later: done exactly once, although workers fail, and by any worker that runs.

use crate::support::{
    client::{do_work, master_key},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};
use tessera_engine::{
    Engine,
    work::{Kind, Worker, WorkerConfig, schedule},
};
use tessera_store::{
    OrganisationId, PgPool,
    work::{self, Due, NewWork, Work},
};
use tessera_tests::eventually;
use tokio_util::sync::CancellationToken;

const LEASE: Duration = Duration::from_secs(60);
/// A kind that no worker knows, so that only the test takes it.
const KIND: &str = "test";

async fn put(pool: &PgPool, key: &str, due: Due) -> Result<()> {
    let mut conn = pool.acquire().await?;
    let work = NewWork {
        kind: KIND,
        key,
        organisation: None,
        due,
    };
    Ok(work::schedule(&mut conn, work).await?)
}

async fn take(pool: &PgPool, most: i64, lease: Duration) -> Result<Vec<Work>> {
    let mut conn = pool.acquire().await?;
    Ok(work::take(&mut conn, &[KIND], most, lease).await?)
}

async fn take_one(pool: &PgPool, lease: Duration) -> Result<Work> {
    take(pool, 1, lease)
        .await?
        .pop()
        .context("work that is due")
}

async fn left(pool: &PgPool) -> Result<i64> {
    let count = sqlx::query_scalar("select count(*) from engine.work where kind = 'test'");
    Ok(count.fetch_one(pool).await?)
}

async fn lose_the_lease(pool: &PgPool) -> Result<()> {
    sqlx::query("update engine.work set lease_until = now() where lease_until is not null")
        .execute(pool)
        .await?;
    Ok(())
}

#[tokio::test]
async fn what_a_transaction_that_failed_scheduled_is_not_there() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    let mut transaction = pool.begin().await?;
    let work = NewWork {
        kind: KIND,
        key: "a",
        organisation: None,
        due: Due::Now,
    };
    work::schedule(&mut transaction, work).await?;
    transaction.rollback().await?;
    assert_eq!(left(pool).await?, 0);
    Ok(())
}

#[tokio::test]
async fn two_workers_never_have_the_same_work() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    for key in 0..200 {
        put(pool, &key.to_string(), Due::Now).await?;
    }
    let worker = async || {
        let mut keys = Vec::new();
        loop {
            let taken = take(pool, 7, LEASE).await?;
            if taken.is_empty() {
                return anyhow::Ok(keys);
            }
            for work in taken {
                let mut transaction = pool.begin().await?;
                assert!(work::finish(&mut transaction, &work).await?);
                transaction.commit().await?;
                keys.push(work.key);
            }
        }
    };
    let (one, two, three) = tokio::try_join!(worker(), worker(), worker())?;
    let all = [one, two, three].concat();
    assert_eq!(all.len(), 200);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 200);
    assert_eq!(left(pool).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_finishes_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    put(pool, "a", Due::Now).await?;
    let first = take_one(pool, LEASE).await?;
    assert!(take(pool, 1, LEASE).await?.is_empty(), "it is taken");
    lose_the_lease(pool).await?;
    let second = take_one(pool, LEASE).await?;
    assert_eq!(second.attempts, 2);
    let mut conn = pool.acquire().await?;
    assert!(!work::is_unchanged(&mut conn, &first).await?);
    assert!(!work::note(&mut conn, &first, &json!({ "after": 1 })).await?);
    assert!(!work::keep(&mut conn, &first, LEASE).await?);
    assert!(!work::go_on(&mut conn, &first, &json!({}), Due::Now).await?);
    assert!(!work::finish(&mut conn, &first).await?);
    assert!(work::finish(&mut conn, &second).await?);
    assert_eq!(left(pool).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_finishes_no_later_taking_either() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    put(pool, "a", Due::Now).await?;
    let first = take_one(pool, LEASE).await?;
    lose_the_lease(pool).await?;
    let second = take_one(pool, LEASE).await?;
    let mut conn = pool.acquire().await?;
    // It succeeds and goes on, so its attempts are counted from the start again.
    assert!(work::go_on(&mut conn, &second, &json!({}), Due::Now).await?);
    let third = take_one(pool, LEASE).await?;
    assert_eq!(third.attempts, first.attempts);
    assert!(!work::keep(&mut conn, &first, LEASE).await?);
    assert!(!work::finish(&mut conn, &first).await?);
    assert!(work::finish(&mut conn, &third).await?);
    Ok(())
}

#[tokio::test]
async fn what_is_scheduled_while_it_is_done_is_done_again() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    put(pool, "a", Due::Now).await?;
    let mut conn = pool.acquire().await?;
    let work = take_one(pool, LEASE).await?;
    assert!(work::is_unchanged(&mut conn, &work).await?);
    put(pool, "a", Due::Now).await?;
    assert!(!work::is_unchanged(&mut conn, &work).await?);
    assert!(work::finish(&mut conn, &work).await?);
    let again = take_one(pool, LEASE).await?;
    assert_eq!(again.attempts, 1);
    assert!(work::is_unchanged(&mut conn, &again).await?);
    // Going on later does not put off what was scheduled meanwhile either.
    put(pool, "a", Due::Now).await?;
    let later = Due::After(Duration::from_secs(3_600));
    assert!(work::go_on(&mut conn, &again, &json!({}), later).await?);
    let again = take_one(pool, LEASE).await?;
    assert!(work::finish(&mut conn, &again).await?);
    assert_eq!(left(pool).await?, 0);
    Ok(())
}

#[tokio::test]
async fn the_earlier_of_two_moments_counts() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    put(pool, "a", Due::After(Duration::from_secs(3_600))).await?;
    assert!(take(pool, 1, LEASE).await?.is_empty());
    put(pool, "a", Due::Now).await?;
    put(pool, "a", Due::After(Duration::from_secs(60))).await?;
    assert_eq!(take(pool, 9, LEASE).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn what_waits_for_the_networks_clock_is_due_when_that_has_come() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    put(pool, "a", Due::OnNetwork(2_000)).await?;
    put(pool, "a", Due::OnNetwork(3_000)).await?;
    let mut conn = pool.acquire().await?;
    work::release(&mut conn, 1_999).await?;
    assert!(take(pool, 1, LEASE).await?.is_empty());
    work::release(&mut conn, 2_000).await?;
    let work = take_one(pool, LEASE).await?;
    assert!(work::go_on(&mut conn, &work, &json!({}), Due::OnNetwork(4_000)).await?);
    work::release(&mut conn, 3_999).await?;
    assert!(take(pool, 1, LEASE).await?.is_empty());
    work::release(&mut conn, 4_000).await?;
    assert_eq!(take(pool, 1, LEASE).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn what_always_fails_is_tried_less_and_less_and_holds_up_nothing() -> Result<()> {
    let broken = Tenant::open().await?;
    let sound = Tenant::join(broken.api.clone(), 2).await?;
    let pool = &broken.api.mirror;
    do_work(pool).await?;
    sqlx::query("update engine.rule_set set body = '[]' where organisation = 1")
        .execute(pool)
        .await?;
    for tenant in [&broken, &sound] {
        tenant
            .capture(&[("m", "page_viewed", "v", json!({}))])
            .await
            .ok();
    }
    let worker = Worker::new(engine(pool), WorkerConfig::default());
    let mut conn = pool.acquire().await?;
    for organisation in [1, 2] {
        schedule(&mut conn, Kind::PastDue, OrganisationId(organisation)).await?;
    }
    let drained = worker.drain().await?;
    assert_eq!((drained.done, drained.failed), (1, 1));
    // Each pause is twice the one before.
    let mut pauses = Vec::new();
    for _ in 0..4 {
        let (pause, problem): (f64, String) = sqlx::query_as(
            "select round(extract(epoch from lease_until - now()))::float8, problem
             from engine.work where kind = 'past_due'",
        )
        .fetch_one(pool)
        .await?;
        assert!(problem.contains("event registry"), "{problem}");
        pauses.push(pause);
        lose_the_lease(pool).await?;
        assert_eq!(worker.drain().await?.failed, 1);
    }
    assert_eq!(pauses, [1.0, 2.0, 4.0, 8.0]);
    // Mended, it is done.
    let mended = "update engine.rule_set broken set body = sound.body from engine.rule_set sound
                  where broken.organisation = 1 and sound.organisation = 2
                    and broken.kind = sound.kind and broken.version = sound.version";
    sqlx::query(mended).execute(pool).await?;
    lose_the_lease(pool).await?;
    assert_eq!(worker.drain().await?.done, 1);
    Ok(())
}

#[tokio::test]
async fn a_worker_that_sleeps_wakes_for_what_becomes_due() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    let stop = CancellationToken::new();
    let worker = Worker::new(engine(pool), WorkerConfig::default());
    let running = tokio::spawn(worker.run(stop.clone()));
    let idle = async || {
        let due = "select count(*) from engine.work where due_at <= now()";
        let due: i64 = sqlx::query_scalar(due).fetch_one(pool).await?;
        Ok(if due == 0 {
            Ok(())
        } else {
            Err(format!("{due} works are left"))
        })
    };
    // Much less than the longest sleep.
    let soon = Duration::from_secs(10);
    eventually(soon, &idle).await?;
    let mut conn = pool.acquire().await?;
    schedule(&mut conn, Kind::ChainFeed, OrganisationId(1)).await?;
    eventually(soon, &idle).await?;
    stop.cancel();
    running.await?;
    Ok(())
}

fn engine(pool: &PgPool) -> Engine {
    Engine::new(pool.clone(), master_key(), None)
}
