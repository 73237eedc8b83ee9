//! Work that happens later: what a thousand organisations cost that do nothing, and how soon work is
//! begun that is scheduled 500 times a second.

use crate::{report::Report, world::World};
use anyhow::{Context, Result};
use futures::{StreamExt, stream};
use metrics_exporter_prometheus::PrometheusBuilder;
use std::time::Duration;
use tessera_engine::{
    access,
    work::{Kind, Worker, WorkerConfig, schedule},
};
use tessera_store::{Key, OrganisationId};
use tokio::time::{Instant, interval, sleep};
use tokio_util::sync::CancellationToken;

/// Organisations.
const ORGANISATIONS: u16 = 1_000;
/// Waits up to which works are counted.
const WAITS_SECS: [f64; 9] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0];
/// How long nothing is done.
const IDLE: Duration = Duration::from_secs(60);
/// Works a second.
const RATE: u64 = 500;
/// How long that lasts.
const BUSY: Duration = Duration::from_secs(30);

pub(crate) async fn measure(world: &World, report: &mut Report) -> Result<()> {
    let metrics = PrometheusBuilder::new()
        .set_buckets(&WAITS_SECS)?
        .install_recorder()?;
    let organisations = open(world).await?;
    let stop = CancellationToken::new();
    let worker = Worker::new(world.engine(), WorkerConfig::default());
    let working = tokio::spawn(worker.run(stop.clone()));
    drained(world).await?;

    let before = commits(world).await?;
    sleep(IDLE).await;
    let per_second = (commits(world).await? - before) / IDLE.as_secs_f64();
    report.note("commits of 1,000 idle organisations", per_second, "/s");

    let before = begun(&metrics.render())?;
    let began = Instant::now();
    let all = RATE * BUSY.as_secs();
    let ticks = interval(Duration::from_secs(1) / u32::try_from(RATE)?);
    let places = stream::unfold((ticks, 0), |(mut ticks, place)| async move {
        ticks.tick().await;
        (place < all).then_some((place, (ticks, place + 1)))
    });
    let organisations = &organisations;
    let scheduled = places.map(|place| async move {
        let at = usize::try_from(place)? % organisations.len();
        let id = *organisations.get(at).context("an organisation")?;
        let mut transaction = world.pool.begin().await?;
        schedule(&mut transaction, Kind::ChainFeed, id).await?;
        transaction.commit().await?;
        anyhow::Ok(())
    });
    let mut scheduled = std::pin::pin!(scheduled.buffer_unordered(8));
    while let Some(done) = scheduled.next().await {
        done?;
    }
    let rate = all as f64 / began.elapsed().as_secs_f64();
    report.note("works scheduled", rate, "/s");
    drained(world).await?;
    let waits: Vec<f64> = (begun(&metrics.render())?.iter().zip(&before))
        .map(|(after, before)| after - before)
        .collect();
    let all_begun = waits.last().copied().context("works that were begun")?;
    report.note("works begun", all_begun, "");
    for (share, name) in [(0.5, "median"), (0.99, "p99")] {
        let reached = waits.iter().position(|count| *count >= all_begun * share);
        let within = reached.and_then(|at| WAITS_SECS.get(at));
        let millis = within.map_or(f64::INFINITY, |secs| secs * 1e3);
        report.note(&format!("work begun within, {name}"), millis, "ms");
    }
    stop.cancel();
    working.await?;
    Ok(())
}

/// How many feeds were begun within each of [`WAITS_SECS`], and in all.
fn begun(rendered: &str) -> Result<Vec<f64>> {
    let bounds = WAITS_SECS.iter().map(f64::to_string);
    bounds
        .chain(["+Inf".to_owned()])
        .map(|bound| {
            let wanted =
                format!("tessera_work_wait_seconds_bucket{{kind=\"chain_feed\",le=\"{bound}\"}} ");
            let count = rendered.lines().find_map(|line| line.strip_prefix(&wanted));
            Ok(count.map_or(Ok(0.0), str::parse)?)
        })
        .collect()
}

/// Organisations of Orgs that the mirror does not know.
async fn open(world: &World) -> Result<Vec<OrganisationId>> {
    let mut opened = Vec::new();
    for number in 0..ORGANISATIONS {
        let mut org = [7; 32];
        let [high, low] = number.to_be_bytes();
        (org[1], org[2]) = (high, low);
        let mut transaction = world.pool.begin().await?;
        let id = access::open(&mut transaction, Key(org), "Idle", Key([3; 32])).await?;
        transaction.commit().await?;
        opened.push(id.context("a new Org")?);
    }
    Ok(opened)
}

/// Waits until nothing is due.
async fn drained(world: &World) -> Result<()> {
    let due = "select count(*) from engine.work where due_at <= now()";
    while sqlx::query_scalar::<_, i64>(due)
        .fetch_one(&world.pool)
        .await?
        > 0
    {
        sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// Transactions that the database has ended. A connection that is idle reports its own after ten
/// seconds.
async fn commits(world: &World) -> Result<f64> {
    sleep(Duration::from_secs(12)).await;
    let ended = "select (xact_commit + xact_rollback)::float8 from pg_stat_database
                 where datname = current_database()";
    Ok(sqlx::query_scalar(ended).fetch_one(&world.pool).await?)
}
