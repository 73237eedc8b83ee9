use crate::{
    arguments::{IndexerArguments, MirrorArguments, RpcArguments, YellowstoneArguments},
    commands::api,
    master_key, metrics,
    supervisor::Supervisor,
};
use anyhow::{Context, Result};
use std::{process::ExitCode, sync::Arc, time::Duration};
use tessera_indexer::{
    Builder, Indexer, IndexerConfig, Stream,
    feed::{
        Feed,
        yellowstone::{Yellowstone, YellowstoneConfig},
    },
    node::{RpcNode, RpcNodeConfig},
};
use tessera_store::PgPool;

/// Connections of the indexer's pool.
const CONNECTIONS: u32 = 8;
/// How long a statement may take, and a lock be waited for.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn run(arguments: IndexerArguments) -> Result<ExitCode> {
    let handle = match arguments.metrics_listen {
        Some(_) => Some(api::install_metrics()?),
        None => None,
    };
    let pool = open(&arguments.database.database_url).await?;
    let node = node(&arguments.rpc)?;
    let feed = feed(arguments.yellowstone, &node)?;
    let config = IndexerConfig {
        hints_url: arguments.ws_url,
        ..IndexerConfig::default()
    };
    let master_key = master_key::load(&arguments.master_key.master_key_file)?;
    let stream = Stream::new(pool.clone(), master_key);
    let builder = Builder::new(pool.clone());
    let mut supervisor = Supervisor::new();
    if let (Some(address), Some(handle)) = (arguments.metrics_listen, handle) {
        let listener = api::listen(address).await?;
        supervisor.start("metrics", |cancel| metrics::serve(listener, handle, cancel));
    }
    supervisor.start("indexer", |cancel| async move {
        Ok(Indexer::with_feed(pool, node, feed, config)
            .run(cancel)
            .await?)
    });
    supervisor.start("stream", |cancel| async move {
        stream.run(cancel).await;
        Ok(())
    });
    supervisor.start("builder", |cancel| async move {
        builder.run(cancel).await;
        Ok(())
    });
    supervisor.run().await?;
    Ok(ExitCode::SUCCESS)
}

/// An indexer over a migrated mirror, which does what it is asked for and ends.
pub(crate) async fn once(arguments: &MirrorArguments) -> Result<Indexer> {
    let pool = open(&arguments.database.database_url).await?;
    let node = node(&arguments.rpc)?;
    Ok(Indexer::new(pool, node, IndexerConfig::default()))
}

/// The database may come up after this process: it is waited for.
async fn open(url: &str) -> Result<PgPool> {
    const PAUSE: Duration = Duration::from_secs(2);
    let pool = tessera_store::service(url, CONNECTIONS, PATIENCE)
        .context("the database address cannot be used")?;
    loop {
        match tessera_store::migrate(&pool).await {
            Ok(()) => return Ok(pool),
            Err(error) if error.is_unavailable() => {
                let error = anyhow::Error::from(error);
                tracing::warn!("the database is waited for: {error:#}");
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn node(arguments: &RpcArguments) -> Result<Arc<RpcNode>> {
    let urls = arguments.rpc_urls.iter().map(|url| &url.0[..]);
    Ok(Arc::new(RpcNode::new(&RpcNodeConfig::new(urls))?))
}

fn feed(arguments: YellowstoneArguments, node: &Arc<RpcNode>) -> Result<Option<Box<dyn Feed>>> {
    let Some(url) = arguments.url else {
        return Ok(None);
    };
    let config = YellowstoneConfig::new(url, arguments.token);
    Ok(Some(Box::new(Yellowstone::new(config, node.clone())?)))
}
