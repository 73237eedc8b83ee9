//! The `tessera` command.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    tessera_cli::run(tessera_cli::Arguments::of_process()).await
}
