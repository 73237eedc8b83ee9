use crate::{
    arguments::ApiArguments, chain::Chain, commands::nodes, database, master_key,
    supervisor::Supervisor, time_zones,
};
use anyhow::{Context, Result};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{
    net::SocketAddr,
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tessera_api::{ApiConfig, ApiState, Pools};
use tessera_domain::access::secret::MasterKey;
use tessera_engine::{Engine, automation::webhooks::Webhooks};
use tessera_indexer::node::{RpcNode, RpcNodeConfig};
use tessera_store::read::{self, Plans};
use tokio::net::TcpListener;

/// Connections for the mirror, and as many for what is written.
const CONNECTIONS: u32 = 8;
/// Connections for what organisations read.
const QUESTIONS: u32 = 4;
/// Connections for looking callers up.
const LOOKS: u32 = 2;
/// How long a request waits for a connection to the mirror or to look its caller up, and how long
/// its statements there may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a node may take to show a blockhash.
const NODE_PATIENCE: Duration = Duration::from_secs(5);
/// A transaction has room for some fourteen charges.
const JOBS_BUCKETS: [f64; 8] = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 16.0];
/// Time between clean-ups of samples that were not scraped.
const METRICS_UPKEEP: Duration = Duration::from_secs(60);

pub(crate) async fn run(arguments: ApiArguments) -> Result<ExitCode> {
    time_zones::unless_old(SystemTime::now())?;
    let metrics = install_metrics()?;
    let config = ApiConfig {
        network: arguments.network.0,
        client_address_header: arguments.client_address_header,
        ..config(arguments.listen, arguments.public_url.map(|url| url.0))
    };
    let chain = match &arguments.rpc_url[..] {
        [] => None,
        urls => {
            let nodes = RpcNodeConfig {
                timeout: NODE_PATIENCE,
                ..nodes(urls)
            };
            let chain = Chain::over(Arc::new(RpcNode::new(&nodes)?));
            Some(Arc::new(chain) as Arc<dyn tessera_engine::pricing::Chain>)
        }
    };
    let master_key = master_key::load(&arguments.master_key.master_key_file)?;
    let state = state(
        &arguments.database.database_url,
        metrics,
        config,
        master_key,
        chain,
        arguments.webhooks.webhooks(),
    )?;
    let listener = listen("--listen", arguments.listen).await?;
    let database_url = arguments.database.database_url;
    tokio::task::spawn_local(async move { database::look(&database_url).await });
    say!("api       http://{}", arguments.listen);
    let mut supervisor = Supervisor::new();
    supervisor.start("api", |cancel| async move {
        Ok(tessera_api::serve(listener, state, cancel).await?)
    });
    supervisor.run().await?;
    Ok(ExitCode::SUCCESS)
}

/// Collects the process's metrics from now on. Each request leaves a sample until the next scrape,
/// so samples are also folded in regularly without one.
pub(crate) fn install_metrics() -> Result<PrometheusHandle> {
    let metrics = PrometheusBuilder::new()
        .set_buckets(&tessera_api::DURATION_BUCKETS)?
        .set_buckets_for_metric(
            Matcher::Full(tessera_keeper::JOBS_PER_TRANSACTION.to_owned()),
            &JOBS_BUCKETS,
        )?
        .install_recorder()
        .context("metrics cannot be collected")?;
    let unread = metrics.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(METRICS_UPKEEP).await;
            unread.run_upkeep();
        }
    });
    Ok(metrics)
}

/// The API at `listen`, which callers reach at `public_url`.
pub(crate) fn config(listen: SocketAddr, public_url: Option<String>) -> ApiConfig {
    let public_url = public_url.unwrap_or_else(|| format!("http://{listen}"));
    ApiConfig {
        public_url: public_url.trim_end_matches('/').to_owned(),
        ..ApiConfig::default()
    }
}

/// Listens at `address`; `option` names the option that gave it, for errors.
pub(crate) async fn listen(option: &str, address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {option} {address}; give another address"))
}

pub(crate) fn state(
    database_url: &str,
    metrics: PrometheusHandle,
    config: ApiConfig,
    master_key: MasterKey,
    chain: Option<Arc<dyn tessera_engine::pricing::Chain>>,
    webhooks: Webhooks,
) -> Result<ApiState> {
    let pool =
        |connections, patience, plans| read::pool(database_url, connections, patience, plans);
    let pools = Pools {
        mirror: pool(CONNECTIONS, PATIENCE, Plans::Each)?,
        questions: pool(QUESTIONS, config.request_timeout, Plans::Each)?,
        access: pool(LOOKS, PATIENCE, Plans::Once)?,
    };
    let engine = tessera_store::service(database_url, CONNECTIONS, config.request_timeout)?;
    let engine = Engine {
        webhooks,
        ..Engine::new(engine, master_key, chain)
    };
    Ok(ApiState::new(pools, engine, metrics, config))
}
