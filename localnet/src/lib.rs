//! A private Solana network and a private Postgres cluster, for development and for tests.
//!
//! The law here: servers of this crate listen on 127.0.0.1 only, answer before `start` returns, and
//! end when their value is dropped.

mod database;
mod error;
mod network;
mod ports;

pub use database::{Database, DatabaseConfig};
pub use error::Error;
pub use network::{Network, NetworkConfig, Program};
