use crate::{arguments::CrankArguments, chain::Chain, crank::Crank, supervisor::Supervisor};
use anyhow::{Context, Result, anyhow};
use std::{process::ExitCode, sync::Arc};

pub(crate) async fn run(arguments: CrankArguments) -> Result<ExitCode> {
    // The reader's error is dropped: it could quote the key.
    let keeper = solana_keypair::read_keypair_file(&arguments.keeper).map_err(|_| {
        anyhow!(
            "--keeper {} is not a readable key file (a JSON array of 64 bytes)",
            arguments.keeper.display()
        )
    })?;
    let pool = tessera_store::connect(&arguments.database.database_url, 4)
        .await
        .context("cannot connect to the database")?;
    let chain = Arc::new(Chain::new(&arguments.rpc.rpc_url.0));
    let mut supervisor = Supervisor::new();
    supervisor.start("crank", |cancel| async move {
        Crank::new(chain, pool, keeper).run(cancel).await;
        Ok(())
    });
    supervisor.run().await?;
    Ok(ExitCode::SUCCESS)
}
