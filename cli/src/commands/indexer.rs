use crate::{
    arguments::{IndexerArguments, MirrorArguments, YellowstoneArguments},
    commands::{api, node},
    database, metrics,
    supervisor::Supervisor,
};
use anyhow::Result;
use std::{process::ExitCode, sync::Arc, time::Duration};
use tessera_indexer::{
    Indexer, IndexerConfig,
    feed::{
        Feed,
        yellowstone::{Yellowstone, YellowstoneConfig},
    },
    node::RpcNode,
};
use tessera_store::PgPool;

/// Connections of the indexer's pool.
const CONNECTIONS: u32 = 8;
/// Timeout of statements and locks.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn run(arguments: IndexerArguments) -> Result<ExitCode> {
    let handle = match arguments.metrics_listen {
        Some(_) => Some(api::install_metrics()?),
        None => None,
    };
    let pool = open(&arguments.database.database_url).await?;
    let node = node(&arguments.rpc.rpc_urls)?;
    let feed = feed(arguments.yellowstone, &node)?;
    let config = IndexerConfig {
        hints_url: arguments.ws_url,
        ..IndexerConfig::default()
    };
    let mut supervisor = Supervisor::new();
    if let (Some(address), Some(handle)) = (arguments.metrics_listen, handle) {
        let listener = api::listen("--metrics-listen", address).await?;
        supervisor.start("metrics", |cancel| metrics::serve(listener, handle, cancel));
    }
    supervisor.start("indexer", |cancel| async move {
        Ok(Indexer::with_feed(pool, node, feed, config)
            .run(cancel)
            .await?)
    });
    supervisor.run().await?;
    Ok(ExitCode::SUCCESS)
}

/// An indexer over a migrated mirror, for commands that run once.
pub(crate) async fn once(arguments: &MirrorArguments) -> Result<Indexer> {
    let pool = open(&arguments.database.database_url).await?;
    let node = node(&arguments.rpc.rpc_urls)?;
    Ok(Indexer::new(pool, node, IndexerConfig::default()))
}

/// The database with its schema, once it is there.
async fn open(url: &str) -> Result<PgPool> {
    let pool = tessera_store::service(url, CONNECTIONS, PATIENCE)?;
    database::migrate(url, &pool).await?;
    Ok(pool)
}

fn feed(arguments: YellowstoneArguments, node: &Arc<RpcNode>) -> Result<Option<Box<dyn Feed>>> {
    let Some(url) = arguments.url else {
        return Ok(None);
    };
    let config = YellowstoneConfig::new(url.0, arguments.token);
    Ok(Some(Box::new(Yellowstone::new(config, node.clone())?)))
}
