//! The network and the database, started for real.

mod database;
mod network;
