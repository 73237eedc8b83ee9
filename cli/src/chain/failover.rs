//! Solana's own client over the nodes that the index uses, so that its requests fall over to the
//! next endpoint as well.

use async_trait::async_trait;
use serde_json::Value;
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::{
    nonblocking::rpc_client::RpcClient,
    rpc_client::RpcClientConfig,
    rpc_sender::{RpcSender, RpcTransportStats},
};
use solana_rpc_client_api::{
    client_error::{ErrorKind, Result},
    request::RpcRequest,
};
use std::{io, sync::Arc};
use tessera_indexer::node::{NodeError, RpcNode};

/// A client over `node`, at confirmed commitment.
pub(crate) fn client(node: Arc<RpcNode>) -> RpcClient {
    let config = RpcClientConfig::with_commitment(CommitmentConfig::confirmed());
    RpcClient::new_sender(Failover(node), config)
}

struct Failover(Arc<RpcNode>);

#[async_trait]
impl RpcSender for Failover {
    async fn send(&self, request: RpcRequest, params: Value) -> Result<Value> {
        let answer = self.0.request(request.as_str(), &params).await;
        answer.map_err(|error| match error {
            NodeError::Failed(error) => ErrorKind::TransactionError(error).into(),
            error => ErrorKind::Io(io::Error::other(error)).into(),
        })
    }

    fn get_transport_stats(&self) -> RpcTransportStats {
        RpcTransportStats::default()
    }

    /// Hides the endpoints' addresses, which may hold keys.
    fn url(&self) -> String {
        String::new()
    }
}
