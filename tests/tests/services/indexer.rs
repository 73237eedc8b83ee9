//! The indexer, against a scripted node and a running network.

mod finality;
mod kinds;
mod mirroring;
mod network;
mod proof;
