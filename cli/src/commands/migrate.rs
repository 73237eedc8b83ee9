use crate::arguments::DatabaseArguments;
use anyhow::{Context, Result};
use std::process::ExitCode;

pub(crate) async fn run(arguments: DatabaseArguments) -> Result<ExitCode> {
    let pool = tessera_store::connect(&arguments.database_url, 1)
        .await
        .context("cannot connect to the database")?;
    tessera_store::migrate(&pool).await?;
    println!("the schema is up to date");
    Ok(ExitCode::SUCCESS)
}
