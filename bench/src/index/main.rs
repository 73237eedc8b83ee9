//! Benchmarks of the index on a real Postgres: figures, and their ratio to a yardstick that is measured in
//! the same run. `make bench-index` runs them.

mod accounts;
mod chain;
mod copy;
mod network;
mod receipts;
mod snapshot;
mod table;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use std::path::PathBuf;
use table::Table;

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Accounts,
    Receipts,
    Snapshot,
    Network,
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
        default_value = "accounts,receipts,snapshot,network"
    )]
    only: Vec<Part>,
    /// Accounts of a kind that are stored
    #[arg(long, default_value_t = 200_000)]
    accounts: u64,
    /// Receipts that are stored
    #[arg(long, default_value_t = 400_000)]
    receipts: usize,
    /// Accounts in a reading of all of them
    #[arg(long, default_value_t = 1_000_000)]
    snapshot: u64,
    /// Transactions on the embedded network
    #[arg(long, default_value_t = 5_000)]
    transactions: usize,
    /// Where the figures go
    #[arg(long, default_value = "target/bench-index.json")]
    out: PathBuf,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let pool = tessera_store::connect(&arguments.database_url, 16).await?;
    tessera_store::migrate(&pool).await?;
    let mut table = Table::default();
    for part in arguments.only {
        match part {
            Part::Accounts => accounts::measure(&pool, arguments.accounts, &mut table).await?,
            Part::Receipts => receipts::measure(&pool, arguments.receipts, &mut table).await?,
            Part::Snapshot => snapshot::measure(&pool, arguments.snapshot, &mut table).await?,
            Part::Network => {
                network::measure(&pool, arguments.transactions, &mut table).await?;
            }
        }
    }
    table.write(&arguments.out)
}
