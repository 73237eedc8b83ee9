//! The `tessera` command.

use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    tessera_cli::run(tessera_cli::Arguments::parse()).await
}
