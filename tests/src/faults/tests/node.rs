//! A fake node, whose chain a test writes.

use crate::faults::Proxy;
use anyhow::Result;
use axum::{Router, body::Bytes, routing::post};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};
use tokio::net::TcpListener;
use tokio_tungstenite::{accept_async, tungstenite::Message};

/// A transaction and the one account that it wrote.
#[derive(Clone)]
pub(super) struct Written {
    pub(super) signature: String,
    pub(super) slot: u64,
    pub(super) account: String,
}

/// The node's state.
#[derive(Default)]
pub(super) struct Chain {
    pub(super) slot: u64,
    /// Oldest first.
    pub(super) transactions: Vec<Written>,
    /// Address and account, as JSON.
    pub(super) accounts: Vec<(String, Value)>,
}

pub(super) struct Node {
    pub(super) chain: Arc<Mutex<Chain>>,
    asked: Arc<AtomicUsize>,
}

impl Node {
    pub(super) async fn behind_proxy() -> Result<(Self, Proxy)> {
        Self::behind_seeded_proxy(1).await
    }

    pub(super) async fn behind_seeded_proxy(seed: u64) -> Result<(Self, Proxy)> {
        let node = Self {
            chain: Arc::default(),
            asked: Arc::default(),
        };
        let (chain, asked) = (node.chain.clone(), node.asked.clone());
        let answer = async move |body: Bytes| {
            asked.fetch_add(1, Ordering::SeqCst);
            let chain = chain.lock().unwrap_or_else(PoisonError::into_inner);
            chain.answer(&body)
        };
        let http = TcpListener::bind("127.0.0.1:0").await?;
        let ws = TcpListener::bind("127.0.0.1:0").await?;
        let http_url = format!("http://{}", http.local_addr()?);
        let ws_url = format!("ws://{}", ws.local_addr()?);
        let router = Router::new().route("/", post(answer));
        tokio::spawn(async move { axum::serve(http, router).await });
        tokio::spawn(subscriptions(ws));
        let proxy = Proxy::start(http_url, ws_url, seed).await?;
        Ok((node, proxy))
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Chain)) {
        change(&mut self.chain.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Chain {
    fn answer(&self, body: &[u8]) -> String {
        let Ok(call) = serde_json::from_slice::<Value>(body) else {
            return String::from_utf8_lossy(body).into_owned();
        };
        let params = &call["params"];
        let context = json!({"slot": self.slot});
        let result = match call["method"].as_str().unwrap_or_default() {
            "echo" => return String::from_utf8_lossy(body).into_owned(),
            "result" => params[0].clone(),
            "getSlot" => json!(self.slot),
            "getSignaturesForAddress" => self.list(&params[1]),
            "getTransaction" => self.transaction(&params[0]),
            "getBlock" => self.block(&params[0]),
            "getSignatureStatuses" => {
                let statuses = params[0].as_array().into_iter().flatten();
                let statuses = statuses.map(|signature| self.status(signature));
                json!({"context": context, "value": statuses.collect::<Value>()})
            }
            "getAccountInfo" => json!({"context": context, "value": self.account(&params[0])}),
            "getMultipleAccounts" => {
                let accounts = params[0].as_array().into_iter().flatten();
                let accounts = accounts.map(|address| self.account(address));
                json!({"context": context, "value": accounts.collect::<Value>()})
            }
            "getProgramAccounts" => {
                let own = self.accounts.iter();
                let own = own.filter(|(_, account)| account["owner"] == params[0]);
                let own =
                    own.map(|(address, account)| json!({"pubkey": address, "account": account}));
                json!({"context": context, "value": own.collect::<Value>()})
            }
            _ => Value::Null,
        };
        json!({"jsonrpc": "2.0", "id": call["id"], "result": result}).to_string()
    }

    /// Transactions are final after ten slots.
    fn status_of(&self, slot: u64) -> &'static str {
        if slot + 10 <= self.slot {
            "finalized"
        } else {
            "confirmed"
        }
    }

    fn list(&self, config: &Value) -> Value {
        let newer = |written: &&Written| config["before"] != *written.signature;
        let mut entries: Vec<&Written> = self.transactions.iter().rev().collect();
        if config["before"].is_string() {
            let place = entries.iter().position(|written| !newer(written));
            entries.drain(..place.map_or(entries.len(), |place| place + 1));
        }
        let entries = entries.iter().take(1_000);
        let entries = entries.map(|written| {
            json!({
                "signature": written.signature, "slot": written.slot, "err": null,
                "confirmationStatus": self.status_of(written.slot),
            })
        });
        entries.collect()
    }

    fn find(&self, signature: &Value) -> Option<&Written> {
        let mut all = self.transactions.iter();
        all.find(|written| *signature == written.signature)
    }

    fn transaction(&self, signature: &Value) -> Value {
        self.find(signature).map_or(Value::Null, |written| {
            let header = json!({
                "numRequiredSignatures": 1, "numReadonlySignedAccounts": 0,
                "numReadonlyUnsignedAccounts": 1,
            });
            let keys = ["payer", &written.account, "program"];
            let message = json!({"accountKeys": keys, "header": header});
            json!({
                "slot": written.slot, "blockTime": 1, "meta": {"innerInstructions": []},
                "transaction": {"signatures": [written.signature], "message": message},
            })
        })
    }

    fn block(&self, slot: &Value) -> Value {
        let within = self.transactions.iter();
        let within = within.filter(|written| *slot == written.slot);
        let signatures: Vec<Value> = within.map(|written| json!(written.signature)).collect();
        let transactions: Value = signatures
            .iter()
            .map(|signature| json!({"transaction": self.transaction(signature)["transaction"]}))
            .collect();
        json!({"signatures": signatures, "transactions": transactions})
    }

    fn status(&self, signature: &Value) -> Value {
        self.find(signature).map_or(Value::Null, |written| {
            json!({
                "slot": written.slot, "confirmations": null,
                "confirmationStatus": self.status_of(written.slot),
            })
        })
    }

    fn account(&self, address: &Value) -> Value {
        let mut all = self.accounts.iter();
        let found = all.find(|(own, _)| *address == *own);
        found.map_or(Value::Null, |(_, account)| account.clone())
    }
}

/// Answers each message with its id, then notifies of 1, 2 and 3.
async fn subscriptions(listener: TcpListener) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let mut socket = accept_async(stream).await?;
            while let Some(message) = socket.next().await {
                let Message::Text(text) = message? else {
                    continue;
                };
                let asked: Value = serde_json::from_str(&text)?;
                let answer = json!({"id": asked["id"], "result": 0});
                socket.send(Message::text(answer.to_string())).await?;
                for number in 1..=3 {
                    let notice = json!({"method": "numberNotification", "params": number});
                    socket.send(Message::text(notice.to_string())).await?;
                }
            }
            anyhow::Ok(())
        });
    }
}
