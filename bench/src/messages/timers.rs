//! People who wait in a journey, each with a timer, and how long it takes to let some of them go on.

use super::publish;
use crate::{report::Report, world::World};
use anyhow::Result;
use serde_json::json;
use std::time::{Duration, Instant};
use tessera_engine::work::{Worker, WorkerConfig};
use tessera_store::OrganisationId;

/// Timers that are due together.
const DUE: i32 = 10_000;
/// Rounds, of which each lets as many go on; the median counts.
const ROUNDS: i32 = 5;

/// Of people who wait for a month; the first so many are due.
const WAIT: &str = "
    insert into engine.person (id, organisation, canonical, first_seen)
    select id, $1, id, now() from (
        select md5('timer' || n)::uuid id from generate_series($2::integer + 1, $3) n
    ) person";
const RUNS: &str = "
    insert into engine.journey_run
        (organisation, id, journey, version, person, key, cause, entered_at, node, since, due_at)
    select $1, gen_random_uuid(), 'waiting', 1,
           md5('timer' || n)::uuid,
           '', '{}', now(), 'wait', now() - interval '1 day', now() + interval '30 days' * (1 + n % 100)
    from generate_series($2::integer + 1, $3) n";
const COME: &str = "
    update engine.journey_run set due_at = now() - interval '1 second', since = now() - interval '60 days'
    where organisation = $1 and id in (
        select id from engine.journey_run
        where organisation = $1 and journey = 'waiting' and node = 'wait' order by id limit $2)";

pub(super) async fn measure(world: &World, people: u32, report: &mut Report) -> Result<()> {
    let organisation = world.tenant.organisation;
    let journey = json!({ "name": "waiting", "journey": {
        "entry": { "event": { "event": "never" } }, "start": "wait",
        "nodes": {
            "wait": { "delay": { "until": { "secs": 2_592_000 }, "next": "rest" } },
            "rest": { "delay": { "until": { "secs": 2_592_000 }, "next": "end" } },
            "end": { "exit": {} },
        },
    } });
    publish(world, &journey).await?;
    // Everybody who goes on stays, so that the rounds have as many behind them.
    let few = DUE * ROUNDS;
    let all = i32::try_from(people)?;
    wait(world, organisation, 0, few).await?;
    let alone = fire(world, organisation).await?;
    wait(world, organisation, few, all).await?;
    let among = fire(world, organisation).await?;
    let bytes = "select pg_total_relation_size('engine.journey_run')::float8";
    let bytes: f64 = sqlx::query_scalar(bytes).fetch_one(&world.pool).await?;
    report.note("timers", f64::from(all), "");
    report.note(
        "a waiting run with its indexes",
        bytes / f64::from(all),
        "bytes",
    );
    report.note("10,000 due among 50,000", alone.as_secs_f64(), "s");
    report.note("10,000 due among all", among.as_secs_f64(), "s");
    report.note(
        "among all to among 50,000",
        among.as_secs_f64() / alone.as_secs_f64(),
        "",
    );
    Ok(())
}

async fn wait(world: &World, organisation: OrganisationId, from: i32, until: i32) -> Result<()> {
    for sql in [WAIT, RUNS] {
        sqlx::query(sql)
            .bind(organisation.0)
            .bind(from)
            .bind(until)
            .execute(&world.pool)
            .await?;
    }
    sqlx::query("vacuum analyze engine.journey_run")
        .execute(&world.pool)
        .await?;
    Ok(())
}

/// How long it takes until none is due, the median of some rounds.
async fn fire(world: &World, organisation: OrganisationId) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        sqlx::query(COME)
            .bind(organisation.0)
            .bind(i64::from(DUE))
            .execute(&world.pool)
            .await?;
        sqlx::query("update engine.work set due_at = now() where kind = 'journeys'")
            .execute(&world.pool)
            .await?;
        let began = Instant::now();
        let done = Worker::new(world.engine(), WorkerConfig::default())
            .drain()
            .await?;
        anyhow::ensure!(done.failed == 0, "{done:?}");
        times.push(began.elapsed());
        let due = "select count(*) from engine.journey_run where due_at <= now()";
        let due: i64 = sqlx::query_scalar(due).fetch_one(&world.pool).await?;
        anyhow::ensure!(due == 0, "{due} are due");
    }
    times.sort_unstable();
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}
