use crate::{arguments::IndexerArguments, master_key, supervisor::Supervisor};
use anyhow::{Context, Result};
use std::{process::ExitCode, sync::Arc};
use tessera_indexer::{
    Builder, Indexer, IndexerConfig, Stream,
    source::{RpcConfig, RpcSource},
};

pub(crate) async fn run(arguments: IndexerArguments) -> Result<ExitCode> {
    let pool = tessera_store::connect(&arguments.database.database_url, 8)
        .await
        .context("cannot connect to the database")?;
    tessera_store::migrate(&pool).await?;
    let source = Arc::new(RpcSource::new(&RpcConfig::new(arguments.rpc.rpc_url.0)));
    let config = IndexerConfig {
        hints_url: arguments.ws_url,
        ..IndexerConfig::default()
    };
    let master_key = master_key::load(&arguments.master_key.master_key_file)?;
    let stream = Stream::new(pool.clone(), master_key);
    let builder = Builder::new(pool.clone());
    let mut supervisor = Supervisor::new();
    supervisor.start("indexer", |cancel| async move {
        Ok(Indexer::new(pool, source, config).run(cancel).await?)
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
