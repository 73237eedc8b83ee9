use crate::{arguments::ApiArguments, supervisor::Supervisor};
use anyhow::{Context, Result};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{net::SocketAddr, process::ExitCode, time::Duration};
use tessera_api::{ApiConfig, ApiState};
use tessera_store::PgPool;
use tokio::net::TcpListener;

/// Connections of the API's pool.
const CONNECTIONS: u32 = 8;
/// How long a request waits for one.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) async fn run(arguments: ApiArguments) -> Result<ExitCode> {
    let metrics = install_metrics()?;
    let pool = pool(&arguments.database.database_url)?;
    let listener = listen(arguments.listen).await?;
    println!("api       http://{}", arguments.listen);
    let mut supervisor = Supervisor::new();
    supervisor.start("api", |cancel| async move {
        let state = state(pool, metrics);
        Ok(tessera_api::serve(listener, state, cancel).await?)
    });
    supervisor.run().await?;
    Ok(ExitCode::SUCCESS)
}

/// Collects the process's metrics from now on.
pub(crate) fn install_metrics() -> Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .set_buckets(&tessera_api::DURATION_BUCKETS)?
        .install_recorder()
        .context("metrics cannot be collected")
}

pub(crate) fn pool(url: &str) -> Result<PgPool> {
    tessera_store::read::pool(url, CONNECTIONS, PATIENCE)
        .context("the database address cannot be used")
}

pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))
}

pub(crate) fn state(pool: PgPool, metrics: PrometheusHandle) -> ApiState {
    ApiState {
        pool,
        metrics,
        config: ApiConfig::default(),
    }
}
