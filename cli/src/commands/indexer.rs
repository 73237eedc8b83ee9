use crate::{arguments::IndexerArguments, supervisor::Supervisor};
use anyhow::{Context, Result};
use std::{process::ExitCode, sync::Arc};
use tessera_indexer::{
    Indexer, IndexerConfig,
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
    let mut supervisor = Supervisor::new();
    supervisor.start("indexer", |cancel| async move {
        Ok(Indexer::new(pool, source, config).run(cancel).await?)
    });
    supervisor.run().await?;
    Ok(ExitCode::SUCCESS)
}
