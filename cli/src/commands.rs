//! One command a file.

pub(crate) mod api;
pub(crate) mod audit;
pub(crate) mod backfill;
pub(crate) mod dev;
pub(crate) mod indexer;
pub(crate) mod keeper;
pub(crate) mod mail;
pub(crate) mod migrate;
pub(crate) mod openapi;
pub(crate) mod quote_signer;
pub(crate) mod replay_dead_letters;
pub(crate) mod simulate;
pub(crate) mod worker;

use crate::arguments::HttpUrl;
use std::sync::Arc;
use tessera_indexer::node::{NodeError, RpcNode, RpcNodeConfig};

/// The configuration for nodes at these addresses, the first preferred.
fn nodes(urls: &[HttpUrl]) -> RpcNodeConfig {
    RpcNodeConfig::new(urls.iter().map(|url| &url.0[..]))
}

/// The nodes at these addresses.
fn node(urls: &[HttpUrl]) -> Result<Arc<RpcNode>, NodeError> {
    Ok(Arc::new(RpcNode::new(&nodes(urls))?))
}
