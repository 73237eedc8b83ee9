//! The one binary: it reads the environment, wires the libraries together and reports.
//!
//! The parts that tests drive as well, [`chain`], [`audit`], [`demo`] and [`simulation`], are public.

#[macro_use]
mod out;

mod arguments;
mod commands;
mod database;
mod master_key;
mod metrics;
mod supervisor;
mod time_zones;

pub mod audit;
pub mod chain;
pub mod demo;
pub mod simulation;

pub use arguments::Arguments;

use arguments::Command;
use std::{io::IsTerminal, process::ExitCode};
use tracing_subscriber::EnvFilter;

/// Exit code when the output could not be written; not 1, which an audit exits with on a finding.
const LOST: u8 = 2;

/// Runs a command; its failures are printed here, once.
pub async fn run(arguments: Arguments) -> ExitCode {
    let default = "warn,tessera_cli=info,tessera_indexer=info,tessera_keeper=info,tessera_engine=info,\
                   tessera_api=info";
    let wanted = EnvFilter::try_from_env("TESSERA_LOG");
    let unreadable = std::env::var_os("TESSERA_LOG").is_some() && wanted.is_err();
    let filter = wanted.unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    if unreadable {
        tracing::warn!("TESSERA_LOG is no filter, such as warn,tessera_indexer=debug");
    }
    let command = async {
        match arguments.command {
            Command::Dev(arguments) => commands::dev::run(arguments).await,
            Command::Indexer(arguments) => commands::indexer::run(arguments).await,
            Command::Backfill(arguments) => commands::backfill::run(arguments).await,
            Command::ReplayDeadLetters(arguments) => {
                commands::replay_dead_letters::run(arguments).await
            }
            Command::Api(arguments) => commands::api::run(arguments).await,
            Command::Worker(arguments) => commands::worker::run(arguments).await,
            Command::Keeper(arguments) => commands::keeper::run(arguments).await,
            Command::Migrate(arguments) => commands::migrate::run(arguments).await,
            Command::Audit(arguments) => commands::audit::run(arguments).await,
            Command::QuoteSigner(arguments) => commands::quote_signer::run(&arguments),
            Command::Simulate(arguments) => commands::simulate::run(&arguments),
            Command::Mail(arguments) => commands::mail::run(&arguments).await,
            Command::Openapi => commands::openapi::run(),
        }
    };
    let ended = tokio::task::LocalSet::new().run_until(command).await;
    if let Some(error) = out::lost() {
        out::error(&anyhow::anyhow!(
            "what there is to say cannot be written: {error}"
        ));
        return ExitCode::from(LOST);
    }
    match ended {
        Ok(code) => code,
        Err(error) => {
            out::error(&error);
            ExitCode::FAILURE
        }
    }
}
