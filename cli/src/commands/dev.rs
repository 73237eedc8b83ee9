//! The whole of Tessera in one process, on a network and a database that live as long as it does.

mod letterbox;
mod shift;
mod show;

use super::api;
use crate::{
    arguments::DevArguments,
    chain::{self, Chain},
    database,
    demo::{self, Story, tell},
    master_key,
    supervisor::{Ended, Interrupt, Supervisor},
    time_zones,
};
use anyhow::{Context, Result, anyhow, bail};
use letterbox::Letterbox;
use shift::Shift;
use show::Demo;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{
    path::Path,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};
use tessera_client::types;
use tessera_engine::{
    Engine,
    work::{Worker, WorkerConfig},
};
use tessera_indexer::{Indexer, IndexerConfig};
use tessera_keeper::{Keeper, KeeperConfig};
use tessera_localnet::{
    Database, DatabaseConfig, Error as LocalnetError, Network, NetworkConfig, Program,
};
use tessera_store::{PgPool, mirror::cursor::Cursor};

/// Milliseconds from block to block: quick enough to watch, slow enough to sign in.
const SLOT_MS: u64 = 100;
/// Lamports of the program's admin and of the demo business for fees and rents, and of the keeper
/// for fees.
const ADMIN_LAMPORTS: u64 = 1_000_000_000;
const BUSINESS_LAMPORTS: u64 = 10_000_000_000_000;
const KEEPER_LAMPORTS: u64 = 100_000_000_000;

/// The network's months pass in seconds, and its blocks four times as fast as elsewhere.
const SWEEP: Duration = Duration::from_secs(2);
const STATUS_POLL: Duration = Duration::from_millis(100);

/// Keys that hold lamports from the start.
struct Keys {
    /// The program's upgrade authority.
    admin: Keypair,
    business: Keypair,
    keeper: Keypair,
}

pub(crate) async fn run(arguments: DevArguments) -> Result<ExitCode> {
    time_zones::unless_old(SystemTime::now())?;
    let mut interrupt = Interrupt::listen()?;
    let metrics = api::install_metrics()?;
    let keys = Keys {
        admin: Keypair::new(),
        business: Keypair::new(),
        keeper: Keypair::new(),
    };
    let network = start_network(&arguments, &keys);
    let Some(network) = interrupt.or(network).await else {
        return Ok(stopped());
    };
    let network = Arc::new(network?);
    tell(
        "network",
        &format!("RPC {}, WebSocket {}", network.rpc_url(), network.ws_url()),
    );
    // Not cancelled by an interrupt: the server's programs would outlive this process.
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
        keys,
        &mut interrupt,
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
    keys: Keys,
    interrupt: &mut Interrupt,
) -> Result<ExitCode> {
    let Some(pool) = interrupt.or(open_mirror(database_url)).await else {
        return Ok(stopped());
    };
    let pool = pool?;
    let rpc_url = network.rpc_url();
    let chain = Arc::new(Chain::new(&rpc_url)?);
    let listener = api::listen("--listen", arguments.listen).await?;
    tell("program", &format!("{} deployed", types::ID));
    tell(
        "api",
        &format!(
            "http://{0}/v1/stats  http://{0}/openapi.json  http://{0}/metrics",
            arguments.listen
        ),
    );

    let letterbox = Letterbox::open(arguments).await?;
    tell("mail", &letterbox.to_string());

    let master_key = master_key::load(&arguments.master_key.master_key_file)?;
    let mut supervisor = Supervisor::new();
    let config = IndexerConfig {
        hints_url: Some(network.ws_url()),
        ..IndexerConfig::default()
    };
    let node = chain.node();
    let indexed = pool.clone();
    supervisor.start("indexer", |cancel| async move {
        Ok(Indexer::new(indexed, node, config).run(cancel).await?)
    });
    let mails = letterbox.folder.clone();
    let engine = Engine {
        mail: Some(letterbox.outgoing),
        webhooks: arguments.webhooks.webhooks(),
        ..Engine::new(pool.clone(), master_key.clone(), None)
    };
    if let Some(sink) = letterbox.sink {
        supervisor.start("mail", |cancel| letterbox::keep(sink, cancel));
    }
    let worker = Worker::new(engine, WorkerConfig::default());
    supervisor.start("worker", |cancel| async move {
        worker.run(cancel).await;
        Ok(())
    });
    let config = api::config(arguments.listen, None);
    let state = api::state(
        database_url,
        metrics,
        config,
        master_key.clone(),
        Some(chain.clone()),
        arguments.webhooks.webhooks(),
    )?;
    supervisor.start("api", |cancel| async move {
        Ok(tessera_api::serve(listener, state, cancel).await?)
    });
    let keeper = Keeper::new(
        chain::client(chain.node()),
        pool.clone(),
        keys.keeper,
        KeeperConfig {
            sweep: SWEEP,
            status_poll: STATUS_POLL,
            ..KeeperConfig::default()
        },
    );
    let shift = Shift::default();
    let keepers = shift.clone();
    supervisor.start("keeper", |cancel| keepers.work(keeper, cancel));
    let clean = Arc::new(AtomicBool::new(true));
    let demo = Demo {
        chain,
        pool: pool.clone(),
        network,
        api: arguments.listen,
        wallets: arguments.wallets as usize,
        months: arguments.months,
        once: arguments.once,
        master_key: master_key.clone(),
        mails,
        shift,
        clean: clean.clone(),
    };
    supervisor.start("demo", |cancel| demo.run(keys.admin, keys.business, cancel));

    let ended = supervisor.run_until(interrupt).await;
    pool.close().await;
    match ended? {
        Ended::Finished("demo") if clean.load(Ordering::Relaxed) => Ok(ExitCode::SUCCESS),
        Ended::Finished("demo") => Ok(ExitCode::FAILURE),
        Ended::Finished(task) => bail!("{task} ended by itself"),
        Ended::Interrupted => Ok(stopped()),
    }
}

/// The exit code after a requested stop.
fn stopped() -> ExitCode {
    say!("stopped");
    ExitCode::SUCCESS
}

async fn start_network(arguments: &DevArguments, keys: &Keys) -> Result<Network> {
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
        // In the past, so that the story ends now.
        starts_at: Some((demo::present() - Story::length(arguments.months)).unsigned_abs()),
        programs: vec![Program {
            id: types::ID,
            elf,
            upgrade_authority: keys.admin.pubkey(),
        }],
        funded: vec![
            (keys.admin.pubkey(), ADMIN_LAMPORTS),
            (keys.business.pubkey(), BUSINESS_LAMPORTS),
            (keys.keeper.pubkey(), KEEPER_LAMPORTS),
        ],
    })
    .await
    .map_err(|error| {
        let flag = match error {
            LocalnetError::PortTaken { port } | LocalnetError::PortRefused { port, .. } => {
                port_flag(arguments, port)
            }
            _ => return anyhow!(error).context("the network does not start"),
        };
        anyhow!("{:#}: give another with {flag}", anyhow!(error))
    })
}

/// The option that gave the network this port.
fn port_flag(arguments: &DevArguments, port: u16) -> &'static str {
    match (arguments.rpc_port == port, arguments.ws_port == port) {
        (true, true) => "--rpc-port or --ws-port, which must differ",
        (true, false) => "--rpc-port",
        _ => "--ws-port",
    }
}

/// A private cluster is as short-lived as the network that it mirrors, so it begins empty.
async fn start_database(data: &Path) -> Result<Database> {
    let config = DatabaseConfig::new(data.join("postgres"));
    let database = match Database::start_empty(config).await {
        // A checkout in a private home is closed to the server's own user.
        Err(LocalnetError::Unreachable { .. }) => Database::temporary().await,
        started => started,
    };
    let database = database.map_err(|error| match error {
        LocalnetError::AlreadyRunning { .. } => {
            anyhow!("{error}: stop it, or give another folder with --data")
        }
        other => anyhow!(other).context("Postgres does not start"),
    })?;
    tell("postgres", &database.url());
    Ok(database)
}

/// The database with its schema, if it mirrors nothing yet.
async fn open_mirror(url: &str) -> Result<PgPool> {
    let pool = database::connect(database::OPTION, url, 16).await?;
    refuse_used(&pool).await?;
    tessera_store::migrate(&pool).await?;
    Ok(pool)
}

/// The embedded network is new each time, and must not be mixed with the mirror of another one.
async fn refuse_used(pool: &PgPool) -> Result<()> {
    // Without a schema there is no cursor to read.
    if let Ok(Some(_)) = cursor(pool).await {
        bail!(
            "the database of {} mirrors a network already: give an empty one",
            database::OPTION
        );
    }
    Ok(())
}

async fn cursor(pool: &PgPool) -> Result<Option<Cursor>> {
    let mut conn = pool.acquire().await?;
    Ok(tessera_store::mirror::cursor::read(&mut conn).await?)
}
