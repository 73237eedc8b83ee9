//! The whole of Tessera in one process, on a network and a database that live as long as it does.

use super::api;
use crate::{
    arguments::DevArguments,
    audit,
    chain::Chain,
    crank::Crank,
    demo::{self, Story, amount, tell},
    master_key,
    supervisor::{Ended, Supervisor},
};
use anyhow::{Context, Result, bail};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{
    path::Path,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tessera_client::{audit::Report, types};
use tessera_domain::secret::MasterKey;
use tessera_indexer::{
    Builder, Indexer, IndexerConfig, Stream,
    source::{RpcConfig, RpcSource, Source},
};
use tessera_localnet::{
    Database, DatabaseConfig, Error as LocalnetError, Network, NetworkConfig, Program,
};
use tessera_store::{PgPool, cursor::Cursor};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// Milliseconds from block to block: quick enough to watch, slow enough to sign in.
const SLOT_MS: u64 = 100;
/// What the demo business may spend on fees and rents, and the crank on fees.
const BUSINESS_LAMPORTS: u64 = 10_000_000_000_000;
const KEEPER_LAMPORTS: u64 = 100_000_000_000;
/// How long the mirror may take to reach the chain's end.
const PATIENCE: Duration = Duration::from_secs(120);
/// Time between two newcomers of the trickle, how many make a month, and how many come: every
/// customer is charged every month and every audit reads all of it, so a trickle without end would
/// cost ever more. Its 12 months and the 24 before stay within what customers approve.
const TRICKLE: Duration = Duration::from_secs(10);
const NEWCOMERS_A_MONTH: usize = 10;
const NEWCOMERS: usize = 120;

pub(crate) async fn run(arguments: DevArguments) -> Result<ExitCode> {
    let metrics = api::install_metrics()?;
    let (business, keeper) = (Keypair::new(), Keypair::new());
    let network = Arc::new(start_network(&arguments, &business, &keeper).await?);
    let database = match &arguments.database_url {
        Some(_) => None,
        None => Some(start_database(&arguments.data).await?),
    };
    let url = match (&arguments.database_url, &database) {
        (Some(url), _) => url.clone(),
        (None, Some(database)) => database.url(),
        (None, None) => bail!("there is no database"),
    };
    let outcome = play(
        &arguments,
        network.clone(),
        &url,
        metrics,
        (business, keeper),
    )
    .await;
    if let Some(database) = database
        && let Err(error) = database.stop().await
    {
        tracing::warn!("Postgres did not stop: {error}");
    }
    // Every task that used the network has ended, so this is the last reference.
    if let Some(network) = Arc::into_inner(network)
        && let Err(error) = network.stop().await
    {
        tracing::warn!("the network did not stop: {error}");
    }
    outcome
}

/// Starts the supervised tasks and waits for the first to end.
async fn play(
    arguments: &DevArguments,
    network: Arc<Network>,
    database_url: &str,
    metrics: metrics_exporter_prometheus::PrometheusHandle,
    (business, keeper): (Keypair, Keypair),
) -> Result<ExitCode> {
    let pool = tessera_store::connect(database_url, 16)
        .await
        .context("cannot connect to the database")?;
    refuse_used(&pool).await?;
    tessera_store::migrate(&pool).await?;
    let rpc_url = network.rpc_url();
    let chain = Arc::new(Chain::new(&rpc_url));
    let listener = api::listen(arguments.listen).await?;
    tell(
        "network",
        &format!("RPC {rpc_url}, WebSocket {}", network.ws_url()),
    );
    tell("program", &format!("{} deployed", types::ID));
    tell(
        "api",
        &format!(
            "http://{0}/v1/stats  http://{0}/openapi.json  http://{0}/metrics",
            arguments.listen
        ),
    );

    let master_key = master_key::load(&arguments.master_key.master_key_file)?;
    let mut supervisor = Supervisor::new();
    let config = IndexerConfig {
        hints_url: Some(network.ws_url()),
        ..IndexerConfig::default()
    };
    let source = Arc::new(RpcSource::new(&RpcConfig::new(rpc_url)));
    let indexed = pool.clone();
    supervisor.start("indexer", |cancel| async move {
        Ok(Indexer::new(indexed, source, config).run(cancel).await?)
    });
    let stream = Stream::new(pool.clone(), master_key.clone());
    supervisor.start("stream", |cancel| async move {
        stream.run(cancel).await;
        Ok(())
    });
    let builder = Builder::new(pool.clone());
    supervisor.start("builder", |cancel| async move {
        builder.run(cancel).await;
        Ok(())
    });
    let config = api::config(arguments.listen, None);
    let state = api::state(
        database_url,
        metrics,
        config,
        master_key.clone(),
        Some(chain.clone()),
    )?;
    supervisor.start("api", |cancel| async move {
        Ok(tessera_api::serve(listener, state, cancel).await?)
    });
    let crank = Crank::new(chain.clone(), pool.clone(), keeper);
    supervisor.start("crank", |cancel| async move {
        crank.run(cancel).await;
        Ok(())
    });
    let clean = Arc::new(AtomicBool::new(true));
    let demo = Demo {
        chain,
        pool: pool.clone(),
        network,
        wallets: arguments.wallets as usize,
        months: arguments.months,
        once: arguments.once,
        master_key: master_key.clone(),
        clean: clean.clone(),
    };
    supervisor.start("demo", |cancel| demo.run(business, cancel));

    let ended = supervisor.run().await;
    pool.close().await;
    match ended? {
        Ended::Finished("demo") if clean.load(Ordering::Relaxed) => Ok(ExitCode::SUCCESS),
        Ended::Finished("demo") => Ok(ExitCode::FAILURE),
        Ended::Finished(task) => bail!("{task} ended by itself"),
        Ended::Interrupted => {
            println!("stopped");
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn start_network(
    arguments: &DevArguments,
    business: &Keypair,
    keeper: &Keypair,
) -> Result<Network> {
    let elf = std::fs::read(&arguments.program).with_context(|| {
        format!(
            "cannot read the program at {}; `make run` builds it",
            arguments.program.display()
        )
    })?;
    Network::start(NetworkConfig {
        rpc_port: arguments.rpc_port,
        ws_port: arguments.ws_port,
        slot_time_ms: SLOT_MS,
        programs: vec![Program { id: types::ID, elf }],
        funded: vec![
            (business.pubkey(), BUSINESS_LAMPORTS),
            (keeper.pubkey(), KEEPER_LAMPORTS),
        ],
    })
    .await
    .context("the network does not start")
}

/// A private cluster is as short-lived as the network that it mirrors, so it begins empty.
async fn start_database(data: &Path) -> Result<Database> {
    let data_dir = data.join("postgres");
    if data_dir.exists() {
        // Only a cluster that starts, and so is nobody else's, is removed.
        let old = Database::start(DatabaseConfig::new(&data_dir))
            .await
            .with_context(|| format!("{} cannot be emptied", data_dir.display()))?;
        old.stop().await?;
        std::fs::remove_dir_all(&data_dir)
            .with_context(|| format!("cannot empty {}", data_dir.display()))?;
    }
    std::fs::create_dir_all(data).with_context(|| format!("cannot create {}", data.display()))?;
    let database = match Database::start(DatabaseConfig::new(data_dir)).await {
        // A checkout in a private home is closed to the server's own user.
        Err(LocalnetError::Unreachable { .. }) => Database::temporary().await,
        started => started,
    };
    let database = database.context("Postgres does not start")?;
    tell("postgres", &database.url());
    Ok(database)
}

/// The embedded network is new each time; a mirror of another one would be mixed with it.
async fn refuse_used(pool: &PgPool) -> Result<()> {
    // Without a schema there is no cursor to read.
    if let Ok(Some(_)) = cursor(pool).await {
        bail!("the database at DATABASE_URL mirrors a network already: give an empty one");
    }
    Ok(())
}

async fn cursor(pool: &PgPool) -> Result<Option<Cursor>> {
    let mut conn = pool.acquire().await?;
    Ok(tessera_store::cursor::read(&mut conn).await?)
}

struct Demo {
    chain: Arc<Chain>,
    pool: PgPool,
    network: Arc<Network>,
    wallets: usize,
    months: u32,
    once: bool,
    master_key: MasterKey,
    /// Whether the last audit found nothing.
    clean: Arc<AtomicBool>,
}

impl Demo {
    async fn run(self, business: Keypair, cancel: CancellationToken) -> Result<()> {
        match cancel.run_until_cancelled(self.play(business)).await {
            Some(played) => played,
            None => Ok(()),
        }
    }

    async fn play(&self, business: Keypair) -> Result<()> {
        let network = &*self.network;
        let quote_authority = |org: &_| demo::quote_authority(&self.master_key, org);
        let mut story = Story::begin(self.chain.clone(), business, quote_authority).await?;
        let admin_key = demo::open_organisation(&self.pool, &story.business).await?;
        tell(
            "engine",
            &format!("admin key of the demo's organisation: {admin_key}"),
        );
        story.customers_join(self.wallets).await?;
        story.customers_subscribe(0).await?;
        for _ in 0..self.months {
            story.month_passes(network).await?;
            story.referrers_claim(network).await?;
            story.points_move().await?;
        }
        story.some_cancel().await?;
        self.conclude().await?;
        if self.once {
            return Ok(());
        }
        tell(
            "trickle",
            &format!("{NEWCOMERS} newcomers keep coming; Ctrl-C stops everything"),
        );
        for _ in 0..NEWCOMERS {
            sleep(TRICKLE).await;
            let first = story.customers.len();
            story.customers_join(1).await?;
            story.customers_subscribe(first).await?;
            if story.customers.len() % NEWCOMERS_A_MONTH == 0 {
                story.month_passes(network).await?;
                story.referrers_claim(network).await?;
                self.conclude().await?;
            }
        }
        tell("rest", "the demo is told; Ctrl-C stops everything");
        // A task that ends would stop the others.
        std::future::pending().await
    }

    /// Waits for the mirror, audits chain and mirror, and prints the summary.
    async fn conclude(&self) -> Result<()> {
        let lag = self.catch_up().await?;
        let audited = audit::run(&self.chain).await?;
        let mirror = audit::compare(&self.chain, &self.pool, &audited.events).await?;
        audit::print(&audited.report, Some(&mirror));
        let clean = audited.report.findings.is_empty() && mirror.is_empty();
        self.clean.store(clean, Ordering::Relaxed);
        summarise(&audited.report, lag, clean);
        Ok(())
    }

    /// How long the mirror needed to reach where the chain stood.
    async fn catch_up(&self) -> Result<Duration> {
        let tip = self.chain.source().tip().await?;
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if cursor(&self.pool)
                .await?
                .is_some_and(|cursor| cursor.account_slot.unsigned_abs() >= tip.slot)
            {
                return Ok(started.elapsed());
            }
            sleep(Duration::from_millis(20)).await;
        }
        bail!(
            "the mirror did not reach slot {} within {PATIENCE:?}",
            tip.slot
        )
    }
}

fn summarise(report: &Report, lag: Duration, clean: bool) {
    let totals = &report.totals;
    let sum = |of: fn(&tessera_client::audit::MintTotals) -> u128| {
        amount(totals.mints.values().map(of).sum())
    };
    let mut table = audit::table(&["summary", ""]);
    table.add_row(["members", &totals.members.to_string()]);
    table.add_row([
        "active subscriptions",
        &totals.live_subscriptions.to_string(),
    ]);
    table.add_row(["charges", &totals.charges.to_string()]);
    table.add_row(["paid", &sum(|mint| mint.paid)]);
    table.add_row(["commission accrued", &sum(|mint| mint.commission)]);
    table.add_row(["commission claimed", &sum(|mint| mint.claimed)]);
    table.add_row(["points held", &totals.points.to_string()]);
    table.add_row(["receipts", &totals.receipts.to_string()]);
    table.add_row(["index lag", &format!("{} ms", lag.as_millis())]);
    table.add_row([
        "audit",
        if clean {
            "everything holds"
        } else {
            "MISMATCHES"
        },
    ]);
    println!("{table}");
}
