use anyhow::Result;
use std::process::ExitCode;

pub(crate) fn run() -> Result<ExitCode> {
    say!("{}", tessera_api::openapi_json()?.trim_end());
    Ok(ExitCode::SUCCESS)
}
