use anyhow::Result;
use std::process::ExitCode;

pub(crate) fn run() -> Result<ExitCode> {
    print!("{}", tessera_api::openapi_json()?);
    Ok(ExitCode::SUCCESS)
}
