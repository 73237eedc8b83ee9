//! A transport to a node that counts calls and loses the ones that a test chooses.

use async_trait::async_trait;
use serde_json::{Value, json};
use solana_rpc_client::{
    http_sender::HttpSender,
    nonblocking::rpc_client::RpcClient,
    rpc_client::RpcClientConfig,
    rpc_sender::{RpcSender, RpcTransportStats},
};
use solana_rpc_client_api::{client_error::Result, request::RpcRequest};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// What a way has seen, and what it does.
#[derive(Debug, Default)]
pub struct Traffic {
    calls: Mutex<BTreeMap<String, u64>>,
    /// Transactions are taken and go nowhere.
    pub loses_transactions: AtomicBool,
    /// Nobody hears what became of transactions.
    pub hides_statuses: AtomicBool,
}

impl Traffic {
    /// Calls by method.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Calls of a method.
    pub fn calls_of(&self, method: &str) -> u64 {
        self.calls().get(method).copied().unwrap_or(0)
    }

    /// All calls.
    pub fn total(&self) -> u64 {
        self.calls().values().sum()
    }
}

/// A client of the node at `url`, and what passes.
pub fn client(url: String) -> (RpcClient, Arc<Traffic>) {
    let traffic = Arc::new(Traffic::default());
    let way = Way {
        http: HttpSender::new(url),
        traffic: traffic.clone(),
    };
    let client = RpcClient::new_sender(way, RpcClientConfig::default());
    (client, traffic)
}

struct Way {
    http: HttpSender,
    traffic: Arc<Traffic>,
}

#[async_trait]
impl RpcSender for Way {
    async fn send(&self, request: RpcRequest, params: Value) -> Result<Value> {
        *self
            .traffic
            .calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(request.to_string())
            .or_default() += 1;
        let set = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        match request {
            RpcRequest::SendTransaction if set(&self.traffic.loses_transactions) => {
                // A client compares the answer with the signature, which stands in the transaction.
                Ok(json!(signature_in(&params)))
            }
            RpcRequest::GetSignatureStatuses if set(&self.traffic.hides_statuses) => {
                let asked = params[0].as_array().map_or(0, Vec::len);
                Ok(json!({"context": {"slot": 0}, "value": vec![Value::Null; asked]}))
            }
            request => self.http.send(request, params).await,
        }
    }

    fn get_transport_stats(&self) -> RpcTransportStats {
        self.http.get_transport_stats()
    }

    fn url(&self) -> String {
        self.http.url()
    }
}

/// The first signature of a version 0 transaction in base64, in base58.
fn signature_in(params: &Value) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let bytes = params[0]
        .as_str()
        .and_then(|text| BASE64_STANDARD.decode(text).ok())
        .unwrap_or_default();
    let signature: [u8; 64] = bytes
        .get(1..65)
        .and_then(|bytes| bytes.try_into().ok())
        .unwrap_or([0; 64]);
    solana_signature::Signature::from(signature).to_string()
}
