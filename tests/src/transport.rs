//! A transport to a node that counts calls and loses those that a test chooses.

use async_trait::async_trait;
use serde_json::{Value, json};
use solana_address::Address;
use solana_rpc_client::{
    http_sender::HttpSender,
    nonblocking::rpc_client::RpcClient,
    rpc_client::RpcClientConfig,
    rpc_sender::{RpcSender, RpcTransportStats},
};
use solana_rpc_client_api::{
    client_error::{ErrorKind, Result},
    request::RpcRequest,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// Calls of a transport, and its faults.
#[derive(Debug, Default)]
pub struct Traffic {
    calls: Mutex<BTreeMap<String, u64>>,
    /// Transactions are accepted and lost.
    pub loses_transactions: AtomicBool,
    /// Statuses of transactions are hidden.
    pub hides_statuses: AtomicBool,
    /// Simulations are refused.
    pub refuses_trials: AtomicBool,
    /// Simulations fail as if a lookup table were gone.
    pub finds_no_tables: AtomicBool,
    /// A machine that is behind answers for blocks: it knows no recent blockhash yet.
    pub lags: AtomicBool,
    hidden: Mutex<BTreeSet<Address>>,
    /// The priority fee that others pay for a compute unit, micro-lamports; the node's own answer
    /// when 0.
    pub unit_price: AtomicU64,
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

    /// Hides these accounts, and those that they own, in answers about several accounts.
    pub fn hide(&self, accounts: impl IntoIterator<Item = Address>) {
        let hidden = accounts.into_iter().collect();
        *self.hidden.lock().unwrap_or_else(PoisonError::into_inner) = hidden;
    }

    /// An answer to `asked` without hidden accounts.
    fn without_hidden(&self, asked: &Value, mut answer: Value) -> Value {
        let hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        let is_hidden = |it: &Value| {
            let address = it.as_str().and_then(|it| it.parse().ok());
            address.is_some_and(|it| hidden.contains(&it))
        };
        let shown = answer["value"].as_array_mut().into_iter().flatten();
        for (address, found) in asked.as_array().into_iter().flatten().zip(shown) {
            if is_hidden(address) || is_hidden(&found["owner"]) {
                *found = Value::Null;
            }
        }
        answer
    }

    /// All calls.
    pub fn total(&self) -> u64 {
        self.calls().values().sum()
    }
}

/// A client of the node at `url`, and its traffic.
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
        let unit_price = self.traffic.unit_price.load(Ordering::Relaxed);
        match request {
            RpcRequest::SendTransaction if set(&self.traffic.loses_transactions) => {
                // The client compares the answer with the transaction's signature.
                Ok(json!(signature_in(&params)))
            }
            RpcRequest::GetSignatureStatuses if set(&self.traffic.hides_statuses) => {
                let asked = params[0].as_array().map_or(0, Vec::len);
                Ok(json!({"context": {"slot": 0}, "value": vec![Value::Null; asked]}))
            }
            RpcRequest::SimulateTransaction if set(&self.traffic.refuses_trials) => {
                Err(ErrorKind::Custom("not at the moment".to_owned()).into())
            }
            RpcRequest::SimulateTransaction if set(&self.traffic.finds_no_tables) => {
                let error = "AddressLookupTableNotFound";
                Ok(json!({"context": {"slot": 1}, "value": {"err": error, "logs": []}}))
            }
            RpcRequest::GetRecentPrioritizationFees if unit_price > 0 => {
                Ok(json!([{"slot": 1, "prioritizationFee": unit_price}]))
            }
            RpcRequest::GetMultipleAccounts => {
                let asked = params[0].clone();
                let answer = self.http.send(request, params).await?;
                Ok(self.traffic.without_hidden(&asked, answer))
            }
            RpcRequest::GetBlockHeight if set(&self.traffic.lags) => Ok(json!(1)),
            RpcRequest::IsBlockhashValid if set(&self.traffic.lags) => {
                Ok(json!({"context": {"slot": 1}, "value": false}))
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
