//! The node behind the proxy, and what is kept of its past.

use super::accounts::Account;
use anyhow::{Context, Result, bail, ensure};
use axum::{
    body::Bytes,
    http::{Method, StatusCode},
};
use serde_json::{Value, json};
use solana_address::Address;
use solana_signature::Signature;
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// Address of the clock, which holds a node's slot and time.
const CLOCK: &str = "SysvarC1ock11111111111111111111111111111111";
/// Most signatures that a node lists.
const PAGE: usize = 1_000;
/// How long to wait for a slot in which nothing happens.
const PATIENCE: Duration = Duration::from_secs(10);

/// Accounts at a slot.
#[derive(Clone, Debug)]
pub struct Memory {
    /// The slot: everything up to it is included, and nothing later.
    pub slot: u64,
    /// Programs, all of whose accounts are known.
    pub(super) programs: HashSet<String>,
    pub(super) accounts: HashMap<String, Account>,
}

/// The earlier state of each account that a transaction could write; none if it did not exist.
pub(super) type Effects = HashMap<String, Option<Account>>;

/// The node.
pub(super) struct Upstream {
    client: reqwest::Client,
    http: String,
    pub(super) ws: String,
}

impl Upstream {
    pub(super) fn new(http: String, ws: String) -> Result<Self> {
        // Ignore a proxy from the environment.
        let client = reqwest::Client::builder().no_proxy().build()?;
        let http = http.trim_end_matches('/').to_owned();
        Ok(Self { client, http, ws })
    }

    /// Passes a request on as it is.
    pub(super) async fn forward(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes)> {
        let request = self
            .client
            .request(method, format!("{}{path}", self.http))
            .header("content-type", "application/json")
            .body(body);
        let answer = request.send().await?;
        Ok((answer.status(), answer.bytes().await?))
    }

    /// The whole JSON-RPC answer.
    pub(super) async fn call(&self, method: &str, params: &Value) -> Result<Value> {
        let request = json!({"jsonrpc": "2.0", "id": 0, "method": method, "params": params});
        let answer = self.client.post(&self.http).json(&request).send().await?;
        Ok(answer.json().await?)
    }

    /// The result of a call.
    pub(super) async fn ask(&self, method: &str, params: &Value) -> Result<Value> {
        let mut answer = self.call(method, params).await?;
        match answer.get_mut("result") {
            Some(result) => Ok(result.take()),
            None => bail!("the node refused {method}: {}", answer["error"]),
        }
    }

    /// Every transaction that names `address`, newest first.
    pub(super) async fn listing(&self, address: &str, commitment: &Value) -> Result<Vec<Value>> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let before = all.last().map(|last| &last["signature"]);
            let mut config = json!({"limit": PAGE, "before": before});
            if !commitment.is_null() {
                config["commitment"] = commitment.clone();
            }
            let page = self
                .ask("getSignaturesForAddress", &json!([address, config]))
                .await?;
            let Value::Array(page) = page else {
                bail!("a list of signatures that is none");
            };
            let last = page.len() < PAGE;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }

    /// See [`super::Proxy::remember`].
    pub(super) async fn remember(&self, programs: &[Address]) -> Result<Memory> {
        let programs: HashSet<String> = programs.iter().map(ToString::to_string).collect();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let before = self.listings(&programs).await?;
            let (slot, accounts) = self.accounts(&programs).await?;
            // The reading's own slot may still be filling, so the one before is remembered.
            if before == self.listings(&programs).await? && before.1 < slot {
                return Ok(Memory {
                    slot: slot - 1,
                    programs,
                    accounts,
                });
            }
            ensure!(
                Instant::now() < deadline,
                "the programs are never at rest for a slot"
            );
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// All signatures of the programs, and the slot of the newest.
    async fn listings(&self, programs: &HashSet<String>) -> Result<(HashSet<String>, u64)> {
        let mut signatures = HashSet::new();
        let mut newest = 0;
        for program in programs {
            for entry in self.listing(program, &json!("confirmed")).await? {
                newest = newest.max(entry["slot"].as_u64().context("a slot")?);
                let signature = entry["signature"].as_str().context("a signature")?;
                signatures.insert(signature.to_owned());
            }
        }
        Ok((signatures, newest))
    }

    /// All accounts of the programs and the clock, and the first reading's slot.
    async fn accounts(
        &self,
        programs: &HashSet<String>,
    ) -> Result<(u64, HashMap<String, Account>)> {
        let config = json!({"encoding": "base64", "commitment": "confirmed", "withContext": true});
        let clock = self.ask("getAccountInfo", &json!([CLOCK, config])).await?;
        let slot = clock["context"]["slot"].as_u64().context("a slot")?;
        let mut accounts = HashMap::new();
        accounts.insert(CLOCK.to_owned(), Account::new(&clock["value"])?);
        for program in programs {
            let answer = self
                .ask("getProgramAccounts", &json!([program, config]))
                .await?;
            for keyed in answer["value"].as_array().context("accounts")? {
                let address = keyed["pubkey"].as_str().context("an address")?;
                accounts.insert(address.to_owned(), Account::new(&keyed["account"])?);
            }
        }
        Ok((slot, accounts))
    }

    /// The state in `memory` of the programs' accounts that a transaction could write.
    pub(super) async fn effects(&self, signature: &Signature, memory: &Memory) -> Result<Effects> {
        let config = json!({
            "encoding": "json", "commitment": "confirmed", "maxSupportedTransactionVersion": 1,
        });
        let params = json!([signature.to_string(), config]);
        let transaction = self.ask("getTransaction", &params).await?;
        let written = writable(&transaction).context("no transaction")?;
        let config = json!({"encoding": "base64", "commitment": "confirmed"});
        let mut effects = Effects::new();
        for address in written {
            if let Some(account) = memory.accounts.get(&address) {
                effects.insert(address, Some(account.clone()));
                continue;
            }
            let now = self
                .ask("getAccountInfo", &json!([address, config]))
                .await?;
            if memory.owns(&now["value"]) {
                effects.insert(address, None);
            }
        }
        Ok(effects)
    }
}

impl Memory {
    /// Whether the account, as JSON, is one of the programs'.
    pub(super) fn owns(&self, account: &Value) -> bool {
        let owner = account["owner"].as_str();
        owner.is_some_and(|owner| self.programs.contains(owner))
    }
}

/// Addresses that a transaction, encoded as `json`, may write.
fn writable(transaction: &Value) -> Option<Vec<String>> {
    let message = &transaction["transaction"]["message"];
    let header = &message["header"];
    let count = |name: &str| usize::try_from(header[name].as_u64()?).ok();
    let keys = message["accountKeys"].as_array()?;
    let signers = count("numRequiredSignatures")?;
    let writable_signers = signers.checked_sub(count("numReadonlySignedAccounts")?)?;
    let end = keys
        .len()
        .checked_sub(count("numReadonlyUnsignedAccounts")?)?;
    let loaded = transaction["meta"]["loadedAddresses"]["writable"].as_array();
    keys.get(..writable_signers)?
        .iter()
        .chain(keys.get(signers..end)?)
        .chain(loaded.into_iter().flatten())
        .map(|key| Some(key.as_str()?.to_owned()))
        .collect()
}
