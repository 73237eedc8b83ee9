//! JSON-RPC nodes against endpoints that answer what they are given, and against a running network.

mod failover;
mod networks;
mod reading;
mod requests;
mod running;
mod tokens;
mod transactions;

use anyhow::Result;
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use solana_address::Address;
use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tessera_indexer::node::{RpcNode, RpcNodeConfig};

const GENESIS: [u8; 32] = [7; 32];
/// Most bytes that the nodes of these tests read.
const MAX_BYTES: usize = 4 << 20;

/// What an endpoint does with a request.
#[derive(Clone)]
enum Reply {
    Result(Value),
    Error(i64, String),
    /// A status, and what `Retry-After` says.
    Status(u16, Option<String>),
    Text(String),
    /// The answer begins, and the connection ends.
    Cut,
    Silence,
    /// An answer without end.
    Endless,
}

fn result(result: Value) -> Reply {
    Reply::Result(result)
}

fn error(code: i64) -> Reply {
    Reply::Error(code, "no".to_owned())
}

fn status(status: u16) -> Reply {
    Reply::Status(status, None)
}

fn genesis(hash: [u8; 32]) -> Reply {
    result(json!(Address::new_from_array(hash).to_string()))
}

fn clock(slot: u64, at: i64) -> Reply {
    let mut data = [0; 40];
    data[32..].copy_from_slice(&at.to_le_bytes());
    result(json!({
        "context": {"slot": slot},
        "value": {
            "lamports": 1, "owner": "Sysvar1111111111111111111111111111111111111",
            "data": [BASE64_STANDARD.encode(data), "base64"],
            "executable": false, "rentEpoch": 0, "space": 40,
        },
    }))
}

/// An endpoint that replies to each method as it is given, the last reply for ever.
#[derive(Clone)]
struct Endpoint {
    url: String,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
    script: Arc<Mutex<HashMap<String, VecDeque<Reply>>>>,
    /// Bytes of endless answers that left.
    sent: Arc<AtomicUsize>,
}

impl Endpoint {
    async fn start(script: Vec<(&str, Vec<Reply>)>) -> Result<Self> {
        let mut replies = HashMap::from([("getGenesisHash".to_owned(), vec![genesis(GENESIS)])]);
        replies.extend(
            script
                .into_iter()
                .map(|(method, it)| (method.to_owned(), it)),
        );
        let replies = replies.into_iter().map(|(method, it)| (method, it.into()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = Self {
            url: format!("http://{}/v1/key-of-the-operator", listener.local_addr()?),
            asked: Arc::default(),
            script: Arc::new(Mutex::new(replies.collect())),
            sent: Arc::default(),
        };
        let app = Router::new()
            .route("/v1/key-of-the-operator", post(answer))
            .with_state(endpoint.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(endpoint)
    }

    /// Nobody listens there.
    async fn down() -> Result<Self> {
        let endpoint = Self::start(vec![]).await?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/v1/key-of-the-operator", listener.local_addr()?);
        Ok(Self { url, ..endpoint })
    }

    fn script(&self, method: &str, replies: Vec<Reply>) {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.insert(method.to_owned(), replies.into());
    }

    /// Parameters of the requests for `method`.
    fn asked(&self, method: &str) -> Vec<Value> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = asked.iter().filter(|(name, _)| name == method);
        asked.map(|(_, params)| params.clone()).collect()
    }

    fn reply(&self, method: &str, params: Value) -> Reply {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push((method.to_owned(), params));
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        let unknown = || Reply::Error(-32601, "Method not found".to_owned());
        let Some(replies) = script.get_mut(method) else {
            return unknown();
        };
        if replies.len() > 1 {
            replies.pop_front().unwrap_or_else(unknown)
        } else {
            replies.front().cloned().unwrap_or_else(unknown)
        }
    }
}

async fn answer(State(endpoint): State<Endpoint>, Json(request): Json<Value>) -> Response {
    let method = request["method"].as_str().unwrap_or_default();
    let envelope = |name: &str, value: Value| {
        Json(json!({"jsonrpc": "2.0", "id": request["id"], name: value})).into_response()
    };
    match endpoint.reply(method, request["params"].clone()) {
        Reply::Result(value) => envelope("result", value),
        Reply::Error(code, message) => envelope("error", json!({"code": code, "message": message})),
        Reply::Status(status, wait) => {
            let mut headers = HeaderMap::new();
            if let Some(Ok(wait)) = wait.map(|wait| wait.parse()) {
                headers.insert("retry-after", wait);
            }
            let status = StatusCode::from_u16(status).unwrap_or_default();
            (status, headers, "<html>").into_response()
        }
        Reply::Text(text) => text.into_response(),
        Reply::Cut => {
            let begun = Ok(Bytes::from_static(br#"{"jsonrpc": "2.0", "resu"#));
            let end = Err(io::Error::from(io::ErrorKind::ConnectionReset));
            Body::from_stream(stream::iter([begun, end])).into_response()
        }
        Reply::Silence => std::future::pending().await,
        Reply::Endless => {
            let chunks = stream::repeat(Bytes::from(vec![b' '; 64 << 10]));
            let chunks = chunks.map(move |chunk| {
                endpoint.sent.fetch_add(chunk.len(), Ordering::SeqCst);
                io::Result::Ok(chunk)
            });
            Body::from_stream(chunks).into_response()
        }
    }
}

fn config(endpoints: &[&Endpoint]) -> RpcNodeConfig {
    RpcNodeConfig {
        timeout: Duration::from_secs(2),
        max_bytes: MAX_BYTES,
        attempts: 5,
        pause: Duration::from_millis(1),
        ..RpcNodeConfig::new(endpoints.iter().map(|endpoint| &endpoint.url))
    }
}

fn node(endpoints: &[&Endpoint]) -> Result<RpcNode> {
    Ok(RpcNode::new(&config(endpoints))?)
}
