//! The keeper beside the earlier one, which charged one subscription a transaction: charges a second,
//! lamports and calls a charge, on the embedded network, in one run. `make bench-keeper` runs it.

mod yardstick;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use serde_json::json;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};
use tessera_keeper::{Keeper, KeeperConfig, Versions};
use tessera_store::PgPool;
use tessera_tests::{
    market::{Market, PERIOD, Subscriber},
    transport,
};

const SOL: u64 = 1_000_000_000;

/// What to measure, and how much of it.
#[derive(Debug, Parser)]
struct Arguments {
    /// Address of an empty Postgres
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Subscriptions that are due each period
    #[arg(long, default_value_t = 840)]
    subscriptions: usize,
    /// Referrers that share them, one level; none when 0
    #[arg(long, default_value_t = 0)]
    referrers: usize,
    /// Periods that the fees of lookup tables are spread over
    #[arg(long, default_value_t = 12)]
    periods: u32,
    /// Milliseconds from block to block
    #[arg(long, default_value_t = 400)]
    slot_ms: u64,
    /// Where the figures go
    #[arg(long, default_value = "target/bench-keeper/ours.json")]
    out: PathBuf,
}

/// What a way of charging came to.
#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    charges: u64,
    secs: f64,
    lamports: u64,
    calls: u64,
}

impl Figures {
    fn add(&mut self, other: Self) {
        self.charges += other.charges;
        self.secs += other.secs;
        self.lamports += other.lamports;
        self.calls += other.calls;
    }

    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn each(self) -> [f64; 3] {
        let charges = self.charges as f64;
        [
            charges / self.secs,
            self.lamports as f64 / charges,
            self.calls as f64 / charges,
        ]
    }
}

struct Bench {
    market: Market,
    pool: PgPool,
    subscribers: Vec<Subscriber>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let pool = tessera_store::connect(&arguments.database_url, 8).await?;
    tessera_store::migrate(&pool).await?;
    let market = Market::open(arguments.slot_ms).await?;
    let shop = market.shop(1).await?;
    let periods = u64::from(2 * arguments.periods + 3).min(24);
    let mut subscribers = Vec::new();
    match arguments.referrers {
        0 => {
            let number = arguments.subscriptions;
            subscribers = market.subscribers(&shop, number, periods, None).await?;
        }
        referrers => {
            for at in 0..referrers {
                let referrer = market.referrer(&shop, &format!("REFERRER-{at}")).await?;
                let number = arguments.subscriptions / referrers;
                subscribers.extend(
                    market
                        .subscribers(&shop, number, periods, Some(referrer))
                        .await?,
                );
            }
        }
    }
    println!(
        "{} subscriptions, {} referrers",
        subscribers.len(),
        arguments.referrers
    );
    let bench = Bench {
        market,
        pool,
        subscribers,
    };

    // The two ways in turn, so that both meet the same machine.
    let key = bench.market.purse(SOL).await?;
    let mut before = bench.yardstick(&key).await?;
    let one = bench.keeper(Versions::One, 1, false).await?;
    let tables = bench
        .keeper(Versions::Zero, arguments.periods, true)
        .await?;
    before.add(bench.yardstick(&key).await?);

    let mut table = json!({});
    let yard = before.each();
    for (name, figures) in [
        ("one a transaction", before),
        ("version 1", one),
        ("version 0 with tables", tables),
    ] {
        let [rate, lamports, calls] = figures.each();
        println!(
            "{name}: {rate:.1} charges/s ({:.1} times), {lamports:.1} lamports a charge (1/{:.1}), \
             {calls:.3} calls a charge (1/{:.1}), {} charges",
            rate / yard[0],
            yard[1] / lamports,
            yard[2] / calls,
            figures.charges
        );
        table[name] = json!({
            "charges": figures.charges, "rate": rate, "lamports": lamports, "calls": calls,
        });
    }
    let folder = arguments.out.parent().context("a file in a folder")?;
    std::fs::create_dir_all(folder)?;
    std::fs::write(&arguments.out, serde_json::to_string_pretty(&table)? + "\n")?;
    Ok(())
}

impl Bench {
    async fn period_passes(&self) -> Result<()> {
        self.market.network.advance(PERIOD).await?;
        self.market.mirror(&self.pool).await
    }

    async fn ensure_charged(&self, charges: u64) -> Result<()> {
        ensure!(
            charges == self.subscribers.len() as u64,
            "{charges} charged"
        );
        let now = self.market.network.now().await?;
        for it in self.market.subscriptions(&self.subscribers).await? {
            ensure!(it.next_due > now, "a subscription is not charged");
        }
        Ok(())
    }

    /// A period as the earlier keeper charged it.
    async fn yardstick(&self, key: &Keypair) -> Result<Figures> {
        self.period_passes().await?;
        let (rpc, traffic) = transport::client(self.market.network.rpc_url());
        let before = self.market.rpc.get_balance(&key.pubkey()).await?;
        let start = Instant::now();
        let charges = yardstick::charge_all(&rpc, &self.pool, key).await?;
        let secs = start.elapsed().as_secs_f64();
        self.ensure_charged(charges).await?;
        let after = self.market.rpc.get_balance(&key.pubkey()).await?;
        Ok(Figures {
            charges,
            secs,
            lamports: before - after,
            calls: traffic.total(),
        })
    }

    /// Periods as the keeper charges them, with what its lookup tables cost from the first to the last;
    /// their rent comes back.
    async fn keeper(&self, versions: Versions, periods: u32, closes: bool) -> Result<Figures> {
        let key = self.market.purse(100 * SOL).await?;
        let (rpc, traffic) = transport::client(self.market.network.rpc_url());
        let config = KeeperConfig {
            versions,
            tables: 64,
            // As long as the earlier one waited between two looks.
            status_poll: Duration::from_millis(100),
            poll: Duration::from_millis(500),
            sweep: Duration::ZERO,
            ..KeeperConfig::default()
        };
        let keeper = Keeper::new(rpc, self.pool.clone(), key.insecure_clone(), config);
        let mut all = Figures::default();
        for period in 0..periods {
            self.period_passes().await?;
            let start = Instant::now();
            let round = keeper.run_once().await?;
            let secs = start.elapsed().as_secs_f64();
            all.charges += round.charged;
            all.secs += secs;
            println!(
                "{versions:?}, period {period}: {} charges, {} transactions, {} lamports, {secs:.2} s",
                round.charged, round.transactions, round.fees
            );
            self.ensure_charged(round.charged).await?;
        }
        all.calls = traffic.total();
        if closes {
            keeper.close_tables().await?;
        }
        // What is missing in the end is what was paid.
        all.lamports = 100 * SOL - self.market.rpc.get_balance(&key.pubkey()).await?;
        Ok(all)
    }
}
