use crate::{arguments::DatabaseArguments, database};
use anyhow::Result;
use std::process::ExitCode;

pub(crate) async fn run(arguments: DatabaseArguments) -> Result<ExitCode> {
    let pool = database::connect(database::OPTION, &arguments.database_url, 1).await?;
    tessera_store::migrate(&pool).await?;
    say!("the schema is up to date");
    Ok(ExitCode::SUCCESS)
}
