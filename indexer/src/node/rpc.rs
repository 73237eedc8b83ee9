//! Nodes over JSON-RPC: several endpoints of one network. Requests go to the first that is healthy
//! and keeps up.
//!
//! Law: an endpoint is used only after it named the network; transient failures are retried,
//! elsewhere first; and no endpoint's address, which may hold a key, leaves this module.

mod accounts;
mod call;
mod endpoint;
mod failure;
mod history;
mod network;
mod pace;
mod place;
mod request;
mod tokens;
mod transaction;

use super::{
    Commitment, Listed, Listing, Node, NodeError, Reading, Result, Shard, Status, Tip, Transaction,
    async_trait,
};
use endpoint::Endpoint;
use pace::Pace;
use place::Blocks;
use solana_address::Address;
use solana_signature::Signature;
use std::{sync::Arc, time::Duration};
use tokio::sync::OnceCell;

/// Configuration of [`RpcNode`]. Not printable: addresses may hold keys.
#[derive(Clone)]
pub struct RpcNodeConfig {
    /// HTTP addresses of nodes of one network, which the first one determines; earlier ones are
    /// preferred.
    pub urls: Vec<String>,
    /// How long one request may take.
    pub timeout: Duration,
    /// Most bytes of an answer that are read.
    pub max_bytes: usize,
    /// Most attempts of a call, at all endpoints together.
    pub attempts: u32,
    /// How long after its first attempt a call may be retried.
    pub patience: Duration,
    /// Pause before an endpoint gets the same request again, and how long others are preferred to
    /// one that failed; both double each time.
    pub pause: Duration,
}

impl RpcNodeConfig {
    /// 30 seconds and 32 MiB a request; eight attempts, which take about 20 seconds when an
    /// endpoint refuses quickly, and none later than two minutes.
    pub fn new(urls: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            urls: urls.into_iter().map(Into::into).collect(),
            timeout: Duration::from_secs(30),
            max_bytes: 32 << 20,
            attempts: 8,
            patience: Duration::from_secs(120),
            pause: Duration::from_millis(250),
        }
    }
}

/// Nodes over JSON-RPC.
pub struct RpcNode {
    endpoints: Arc<[Endpoint]>,
    /// Hash of the network's genesis, with which endpoints are compared.
    network: OnceCell<[u8; 32]>,
    pace: Arc<Pace>,
    blocks: Blocks,
    attempts: u32,
    patience: Duration,
    pause: Duration,
}

impl RpcNode {
    /// Nodes that are connected to at the first request.
    ///
    /// # Errors
    /// [`NodeError::Setup`] when there is no address, or an invalid one.
    pub fn new(config: &RpcNodeConfig) -> Result<Self> {
        if config.urls.is_empty() {
            return Err(NodeError::Setup("there is no address of one".to_owned()));
        }
        let client = reqwest::Client::builder()
            .timeout(config.timeout)
            .connect_timeout(config.timeout.min(Duration::from_secs(10)))
            .tcp_keepalive(Duration::from_secs(15))
            .build()
            .map_err(|_| NodeError::Setup("HTTPS is not to be had".to_owned()))?;
        let endpoints: Arc<[_]> = (1..)
            .zip(&config.urls)
            .map(|(number, url)| {
                let client = client.clone();
                Endpoint::new(number, url, client, config.max_bytes, config.pause)
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            pace: Arc::new(Pace::new(endpoints.len())),
            endpoints,
            network: OnceCell::new(),
            blocks: Blocks::default(),
            attempts: config.attempts,
            patience: config.patience,
            pause: config.pause,
        })
    }
}

#[async_trait]
impl Node for RpcNode {
    async fn genesis_hash(&self) -> Result<[u8; 32]> {
        self.network().await
    }

    async fn tip(&self, commitment: Commitment) -> Result<Tip> {
        self.look().await;
        self.read_tip(commitment).await
    }

    async fn signatures(&self, listing: &Listing) -> Result<Vec<Listed>> {
        self.list(listing).await
    }

    async fn transaction(&self, listed: &Listed, commitment: Commitment) -> Result<Transaction> {
        self.read_transaction(listed, commitment).await
    }

    async fn statuses(&self, signatures: &[Signature]) -> Result<Vec<Option<Status>>> {
        self.read_statuses(signatures).await
    }

    async fn accounts(&self, addresses: &[Address], min_slot: u64) -> Result<Reading> {
        self.read_accounts(addresses, min_slot).await
    }

    async fn shard(&self, shard: &Shard, min_slot: u64) -> Result<Reading> {
        self.read_shard(shard, min_slot).await
    }
}

/// The commitment's name in requests.
fn name(commitment: Commitment) -> &'static str {
    match commitment {
        Commitment::Confirmed => "confirmed",
        Commitment::Finalized => "finalized",
    }
}
