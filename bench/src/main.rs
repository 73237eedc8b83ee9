//! Benchmarks of the sales engine over HTTP on a real Postgres: figures and their ratio to a
//! yardstick that is measured in the same run. `make bench-engine` runs them.

mod capture;
mod experiments;
mod funnel;
mod messages;
mod quotes;
mod report;
mod senders;
mod visible;
mod work;
mod world;

use clap::{Parser, ValueEnum};
use report::Report;
use std::path::PathBuf;
use world::World;

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Capture,
    Visible,
    Quotes,
    Experiments,
    Work,
    Messages,
    Funnel,
}

/// What to measure, and how much of it.
#[derive(Debug, Parser)]
struct Arguments {
    /// Address of an empty Postgres
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Parts that are measured
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "capture,visible,quotes,experiments,work,messages,funnel"
    )]
    only: Vec<Part>,
    /// Events sent over HTTP
    #[arg(long, default_value_t = 200_000)]
    events: u32,
    /// Sizes of the funnel's stream, events
    #[arg(long, value_delimiter = ',', default_value = "1000000,10000000")]
    funnel_events: Vec<u32>,
    /// People of the experiment whose results are asked for
    #[arg(long, default_value_t = 1_000_000)]
    exposures: u32,
    /// People who wait in a journey
    #[arg(long, default_value_t = 1_000_000)]
    waiting: u32,
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
    for part in arguments.only {
        match part {
            Part::Capture => capture::measure(&world, arguments.events, &mut report).await?,
            Part::Visible => visible::measure(&world, &mut report).await?,
            Part::Quotes => quotes::measure(&world, &mut report).await?,
            Part::Experiments => {
                experiments::measure(&world, arguments.exposures, &mut report).await?;
            }
            Part::Work => work::measure(&world, &mut report).await?,
            Part::Messages => messages::measure(&world, arguments.waiting, &mut report).await?,
            Part::Funnel => {
                let (sizes, out) = (&arguments.funnel_events, &arguments.out);
                funnel::measure(&world, sizes, out, &mut report).await?;
            }
        }
    }
    world.stop().await?;
    report.write(&arguments.out.join("ours.json"))
}
