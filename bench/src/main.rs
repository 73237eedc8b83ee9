//! Benchmarks of the sales engine over HTTP on a real Postgres: figures and their ratio to a
//! yardstick that is measured in the same run. `make bench-engine` runs them.

mod capture;
mod funnel;
mod quotes;
mod report;
mod visible;
mod work;
mod world;

use clap::Parser;
use report::Report;
use std::path::PathBuf;
use world::World;

/// What to measure, and how much of it.
#[derive(Debug, Parser)]
struct Arguments {
    /// Address of an empty Postgres
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Events sent over HTTP
    #[arg(long, default_value_t = 200_000)]
    events: u32,
    /// Sizes of the funnel's stream, events
    #[arg(long, value_delimiter = ',', default_value = "1000000,10000000")]
    funnel_events: Vec<u32>,
    /// Folder for what other engines read
    #[arg(long, default_value = "target/bench-engine")]
    out: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.out)?;
    let pool = tessera_store::connect(&arguments.database_url, 16).await?;
    tessera_store::migrate(&pool).await?;
    let world = World::start(&arguments.database_url, pool).await?;
    let mut report = Report::default();
    capture::measure(&world, arguments.events, &mut report).await?;
    visible::measure(&world, &mut report).await?;
    quotes::measure(&world, &mut report).await?;
    work::measure(&world, &mut report).await?;
    funnel::measure(
        &world,
        &arguments.funnel_events,
        &arguments.out,
        &mut report,
    )
    .await?;
    world.stop().await?;
    report.write(&arguments.out.join("ours.json"))
}
