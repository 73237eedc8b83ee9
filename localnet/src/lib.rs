//! A private Solana network and a private Postgres cluster, for development and for tests.
//!
//! The law here: what this crate starts listens on 127.0.0.1 alone, answers before `start` returns,
//! and ends with the value that stands for it.

mod database;
mod error;
mod network;
mod ports;

pub use database::{Database, DatabaseConfig};
pub use error::Error;
pub use network::{Network, NetworkConfig, Program};
