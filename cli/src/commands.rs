//! One command a file.

pub(crate) mod api;
pub(crate) mod audit;
pub(crate) mod backfill;
pub(crate) mod dev;
pub(crate) mod indexer;
pub(crate) mod keeper;
pub(crate) mod migrate;
pub(crate) mod openapi;
pub(crate) mod quote_signer;
pub(crate) mod replay_dead_letters;
pub(crate) mod simulate;
