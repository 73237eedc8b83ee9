//! One command a file.

pub(crate) mod api;
pub(crate) mod audit;
pub(crate) mod crank;
pub(crate) mod dev;
pub(crate) mod indexer;
pub(crate) mod migrate;
pub(crate) mod openapi;
pub(crate) mod quote_signer;
pub(crate) mod simulate;
