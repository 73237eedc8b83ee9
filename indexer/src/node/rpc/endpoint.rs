//! One endpoint: its requests and its health.

use super::{
    super::{NodeError, Result},
    failure::{self, Failure, Kind},
};
use reqwest::{Client, Response, Url, header::RETRY_AFTER};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json, value::RawValue};
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Longest time for which others are preferred to an endpoint that failed.
const MAX_REST: Duration = Duration::from_secs(60);
/// How long a refused method is not requested: short at first, because the refusal may concern only
/// those parameters, and limited, because plans and firewalls change. It doubles each time.
const FIRST_REFUSAL: Duration = Duration::from_secs(2);
const MAX_REFUSAL: Duration = Duration::from_secs(300);
/// Most characters of a node's own words that an error repeats.
const MAX_WORDS: usize = 200;
/// Shortest part of an address that may be a key.
const MIN_SECRET: usize = 6;
/// The method whose answers can be asked for in parts.
pub(super) const PROGRAM_ACCOUNTS: &str = "getProgramAccounts";

/// What is known about an endpoint's network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Unknown,
    Same,
    Other,
}

/// An endpoint.
pub(super) struct Endpoint {
    /// Counted from 1, as errors name it.
    pub(super) number: usize,
    url: Url,
    client: Client,
    max_bytes: usize,
    pause: Duration,
    state: Mutex<State>,
}

struct State {
    proof: Proof,
    /// Failures since it was last healthy.
    failures: u32,
    /// Others are preferred until this time.
    rests_until: Instant,
    /// Whether other healthy endpoints are preferred, because it does not keep up.
    late: bool,
    /// It asked for no requests until this time.
    barred_until: Instant,
    /// Methods that it refused and never answered.
    refused: HashMap<&'static str, Refusal>,
    /// Methods that it answered once: a later refusal concerns the request, not the method.
    served: HashSet<&'static str>,
}

struct Refusal {
    /// The method is not requested until this time.
    until: Instant,
    /// For how long the next refusal counts.
    next: Duration,
    reason: String,
}

impl Endpoint {
    pub(super) fn new(
        number: usize,
        url: &str,
        client: Client,
        max_bytes: usize,
        pause: Duration,
    ) -> Result<Self> {
        let url = Url::parse(url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| NodeError::Setup(format!("address {number} is not one of HTTP")))?;
        let now = Instant::now();
        Ok(Self {
            number,
            url,
            client,
            max_bytes,
            pause,
            state: Mutex::new(State {
                proof: Proof::Unknown,
                failures: 0,
                rests_until: now,
                late: false,
                barred_until: now,
                refused: HashMap::new(),
                served: HashSet::new(),
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn proof(&self) -> Proof {
        self.state().proof
    }

    pub(super) fn prove(&self, same: bool) {
        self.state().proof = if same { Proof::Same } else { Proof::Other };
        if !same {
            let number = self.number;
            tracing::error!("endpoint {number} is of another network and is asked nothing more");
        }
    }

    /// Whether it gets no requests for the method now.
    pub(super) fn is_out(&self, method: &'static str) -> bool {
        let state = self.state();
        let refusal = state.refused.get(method);
        state.proof == Proof::Other || refusal.is_some_and(|it| it.until > Instant::now())
    }

    /// Why it does not serve the method, if it refused it.
    pub(super) fn reason(&self, method: &'static str) -> Option<String> {
        let state = self.state();
        if state.proof == Proof::Other {
            return Some(format!("endpoint {} is of another network", self.number));
        }
        state.refused.get(method).map(|it| it.reason.clone())
    }

    /// Whether it refused the method and never answered it.
    pub(super) fn refuses(&self, method: &'static str) -> bool {
        self.state().refused.contains_key(method)
    }

    /// Whether it answered the method once.
    pub(super) fn served(&self, method: &'static str) -> bool {
        self.state().served.contains(method)
    }

    fn note_served(&self, method: &'static str) {
        let mut state = self.state();
        state.served.insert(method);
        state.refused.remove(method);
    }

    /// How long others are preferred.
    pub(super) fn rest(&self) -> Duration {
        let until = self.state().rests_until;
        until.saturating_duration_since(Instant::now())
    }

    /// Whether others keep up better.
    pub(super) fn is_late(&self) -> bool {
        self.state().late
    }

    pub(super) fn note_pace(&self, late: bool) {
        let before = std::mem::replace(&mut self.state().late, late);
        if late && !before {
            let number = self.number;
            tracing::warn!("endpoint {number} stands still or is behind; others are preferred");
        }
    }

    /// Until when it asked for no requests.
    pub(super) fn barred_until(&self) -> Instant {
        self.state().barred_until
    }

    pub(super) fn note(&self, method: &'static str, failure: &Failure) {
        let mut state = self.state();
        let now = Instant::now();
        match failure.kind {
            // Concurrent requests that fail count once.
            Kind::Ill(wait) => {
                if state.rests_until <= now {
                    let growth = 1 << state.failures.min(16);
                    state.rests_until = now + (self.pause * growth).min(MAX_REST);
                    state.failures += 1;
                }
                if let Some(wait) = wait {
                    state.barred_until = state.barred_until.max(now + wait);
                    state.rests_until = state.rests_until.max(now + wait);
                }
            }
            Kind::Refused => {
                let before = state.refused.get(method);
                // Concurrent requests that are refused count once.
                if before.is_none_or(|before| before.until <= now) {
                    let lasts = before.map_or(FIRST_REFUSAL, |before| before.next);
                    let refusal = Refusal {
                        until: now + lasts,
                        next: (lasts * 2).min(MAX_REFUSAL),
                        reason: failure.error.to_string(),
                    };
                    state.refused.insert(method, refusal);
                }
            }
            Kind::Behind | Kind::Elsewhere | Kind::Final => {}
        }
        // A network that is restarted at the same address may be another one.
        if failure.unconnected && state.proof == Proof::Same {
            state.proof = Proof::Unknown;
        }
    }

    pub(super) fn recovered(&self) {
        let mut state = self.state();
        state.failures = 0;
        state.rests_until = state.barred_until;
    }

    /// Sends one request, and reads the answer.
    pub(super) async fn ask<T>(
        &self,
        method: &'static str,
        params: &Value,
        read: impl FnOnce(&RawValue) -> std::result::Result<T, Failure>,
    ) -> std::result::Result<T, Failure> {
        let answer = self.post(method, params).await?;
        let unreadable =
            || self.failure(method, Kind::Ill(None), "did not answer JSON-RPC", "json");
        let answer: Answer = serde_json::from_slice(&answer).map_err(|_| unreadable())?;
        if let Some(RpcError {
            code,
            message,
            data,
        }) = answer.error
        {
            let label = failure::label(code);
            if let Some(failed) = failure::failed(code, data.as_ref()) {
                return Err(Failure::new(
                    failure::of_transaction(&failed),
                    NodeError::Failed(failed),
                    &label,
                ));
            }
            // Cut: logs and the database cannot take any length or character.
            let words = self.hide(message);
            let words = words.chars().filter(|it| !it.is_control());
            let words: String = words.take(MAX_WORDS).collect();
            let reason = format!("endpoint {} answered {code}: {words}", self.number);
            let error = NodeError::Rpc {
                method,
                reason,
                code: Some(code),
            };
            let kind = self.of_method(method, failure::of_code(code));
            return Err(Failure::new(kind, error, &label));
        }
        let result = answer.result.ok_or_else(unreadable)?;
        self.note_served(method);
        read(result)
    }

    /// A method that was served is not refused.
    fn of_method(&self, method: &'static str, kind: Kind) -> Kind {
        match kind {
            Kind::Refused if self.served(method) => Kind::Elsewhere,
            kind => kind,
        }
    }

    async fn post(
        &self,
        method: &'static str,
        params: &Value,
    ) -> std::result::Result<Vec<u8>, Failure> {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let sent = self.client.post(self.url.clone()).json(&request).send();
        let response = sent.await.map_err(|error| self.broken(method, &error))?;
        let status = response.status();
        if !status.is_success() {
            let wait = response.headers().get(RETRY_AFTER);
            let wait = wait.and_then(|wait| wait.to_str().ok());
            let kind = self.of_method(method, failure::of_status(status.as_u16(), wait));
            let label = format!("http_{}", status.as_u16());
            let what = format!("answered HTTP {}", status.as_u16());
            return Err(self.failure(method, kind, &what, &label));
        }
        self.body(method, response).await
    }

    async fn body(
        &self,
        method: &'static str,
        mut response: Response,
    ) -> std::result::Result<Vec<u8>, Failure> {
        let limit = self.max_bytes;
        let too_long = || {
            let kind = if method == PROGRAM_ACCOUNTS {
                Kind::Final
            } else {
                Kind::Elsewhere
            };
            Failure::new(kind, NodeError::TooLong { method, limit }, "too_long")
        };
        let announced = response.content_length().unwrap_or(0);
        if usize::try_from(announced).map_or(true, |announced| announced > limit) {
            return Err(too_long());
        }
        let mut bytes = vec![];
        loop {
            let chunk = response.chunk().await;
            let Some(chunk) = chunk.map_err(|error| self.broken(method, &error))? else {
                return Ok(bytes);
            };
            if chunk.len() > limit - bytes.len() {
                return Err(too_long());
            }
            bytes.extend_from_slice(&chunk);
        }
    }

    /// The error's own words hold the address.
    fn broken(&self, method: &'static str, error: &reqwest::Error) -> Failure {
        let (what, label) = if error.is_timeout() {
            ("did not answer in time", "timeout")
        } else if error.is_connect() {
            ("cannot be connected to", "connect")
        } else {
            ("broke off", "broken")
        };
        Failure {
            unconnected: error.is_connect(),
            ..self.failure(method, Kind::Ill(None), what, label)
        }
    }

    pub(super) fn failure(
        &self,
        method: &'static str,
        kind: Kind,
        what: &str,
        label: &str,
    ) -> Failure {
        let error = NodeError::Rpc {
            method,
            reason: format!("endpoint {} {what}", self.number),
            code: None,
        };
        Failure::new(kind, error, label)
    }

    /// A node's words without parts of its address.
    fn hide(&self, words: String) -> String {
        let url = &self.url;
        let path = url.path_segments().into_iter().flatten();
        let query = url
            .query()
            .into_iter()
            .flat_map(|query| query.split(['&', '=']));
        let user = [url.username(), url.password().unwrap_or_default()];
        let host = url.host_str();
        path.chain(query)
            .chain(user)
            .chain(host)
            .filter(|part| part.len() >= MIN_SECRET)
            .fold(words, |words, part| words.replace(part, "[...]"))
    }
}

#[derive(Deserialize)]
struct Answer<'a> {
    /// `null` is an answer, too.
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    error: Option<RpcError>,
}

#[derive(Deserialize)]
struct RpcError {
    code: i64,
    #[serde(default)]
    message: String,
    data: Option<Value>,
}

fn present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nodes_words_are_repeated_without_its_key() {
        let url =
            "https://user-name:pass-word@node.example/v2/secret-in-path?api-key=secret-in-query";
        let endpoint = Endpoint::new(1, url, Client::new(), 1, Duration::ZERO).expect("an address");
        let words = "user-name pass-word node.example secret-in-path secret-in-query: v2 is down";
        let hidden = endpoint.hide(words.to_owned());
        assert_eq!(hidden, "[...] [...] [...] [...] [...]: v2 is down");
    }
}
