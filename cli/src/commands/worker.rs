use crate::{
    arguments::WorkerArguments, commands::api, database, master_key, metrics,
    supervisor::Supervisor, time_zones,
};
use anyhow::Result;
use std::{
    process::ExitCode,
    time::{Duration, SystemTime},
};
use tessera_engine::{
    Engine,
    work::{Worker, WorkerConfig},
};

/// Connections beside those of running work: to take work, to keep its lease, to listen for more, and
/// to note what came of work that waited for others on the network.
const SPARE_CONNECTIONS: usize = 7;
/// Timeout of statements and locks.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn run(arguments: WorkerArguments) -> Result<ExitCode> {
    time_zones::unless_old(SystemTime::now())?;
    let handle = match arguments.metrics_listen {
        Some(_) => Some(api::install_metrics()?),
        None => None,
    };
    let url = arguments.database.database_url;
    let config = WorkerConfig::default();
    let connections = u32::try_from(config.short + config.long + SPARE_CONNECTIONS)?;
    let pool = tessera_store::service(&url, connections, PATIENCE)?;
    database::migrate(&url, &pool).await?;
    let master_key = master_key::load(&arguments.master_key.master_key_file)?;
    let engine = Engine {
        kept_months: arguments.keep_months,
        mail: arguments.smtp.outgoing(None)?,
        webhooks: arguments.webhooks.webhooks(),
        ..Engine::new(pool, master_key, None)
    };
    let worker = Worker::new(engine, config);
    let mut supervisor = Supervisor::new();
    if let (Some(address), Some(handle)) = (arguments.metrics_listen, handle) {
        let listener = api::listen("--metrics-listen", address).await?;
        supervisor.start("metrics", |cancel| metrics::serve(listener, handle, cancel));
    }
    supervisor.start("worker", |cancel| async move {
        worker.run(cancel).await;
        Ok(())
    });
    supervisor.run().await?;
    Ok(ExitCode::SUCCESS)
}
