//! A call: the same request to one endpoint after another until one answers, or patience ends.

use super::{
    super::{NodeError, Result},
    RpcNode,
    endpoint::{Endpoint, Proof},
    failure::{Failure, Kind},
};
use crate::metrics;
use futures::future::BoxFuture;
use serde_json::{Value, value::RawValue};
use std::time::Duration;
use tokio::time::Instant;

/// Longest pause before an endpoint is asked the same again.
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// For so short a rest, an endpoint that does not keep up is no better.
pub(super) const SHORT_REST: Duration = Duration::from_secs(1);

/// A request to one endpoint.
pub(super) type Attempt<'a, T> = BoxFuture<'a, std::result::Result<T, Failure>>;

impl RpcNode {
    /// Calls `method`; `read` parses and checks the answer.
    pub(super) async fn ask<T: Send>(
        &self,
        method: &'static str,
        params: &Value,
        read: impl Fn(&RawValue) -> std::result::Result<T, Failure> + Send + Sync,
    ) -> Result<T> {
        let read = &read;
        self.call(method, |endpoint| {
            Box::pin(endpoint.ask(method, params, read))
        })
        .await
    }

    /// Calls `method` by `attempt`, which may be more than one request to the same endpoint.
    pub(super) async fn call<'a, T>(
        &'a self,
        method: &'static str,
        attempt: impl Fn(&'a Endpoint) -> Attempt<'a, T> + Send,
    ) -> Result<T> {
        let network = self.network().await?;
        let mut course = Course::new(self);
        loop {
            let Some(index) = course.next(method) else {
                return Err(course.given_up(method));
            };
            let endpoint = &self.endpoints[index];
            let until = course.not_before(index);
            if course.tries == self.attempts || until > course.deadline {
                return Err(course.ended(method, endpoint.number));
            }
            tokio::time::sleep_until(until).await;
            course.start(method, index);
            let failure = match endpoint.prove_to(&network).await {
                Ok(true) => match attempt(endpoint).await {
                    Ok(answer) => {
                        endpoint.recovered();
                        return Ok(answer);
                    }
                    Err(failure) => failure,
                },
                Ok(false) => continue,
                Err(failure) => failure,
            };
            tracing::debug!("{}", failure.error);
            metrics::rpc_failure(method, failure.label.clone());
            endpoint.note(method, &failure);
            if failure.kind == Kind::Final {
                return Err(*failure.error);
            }
            course.failed(index, failure);
        }
    }
}

/// The state of a call.
struct Course<'a> {
    endpoints: &'a [Endpoint],
    deadline: Instant,
    pause: Duration,
    tries: u32,
    previous: Option<usize>,
    asked: Vec<bool>,
    left_out: Vec<bool>,
    last: Option<NodeError>,
    /// The error of the last endpoint that lacks the answer.
    lacking: Option<NodeError>,
}

impl<'a> Course<'a> {
    fn new(node: &'a RpcNode) -> Self {
        let none = vec![false; node.endpoints.len()];
        Self {
            endpoints: &node.endpoints,
            deadline: Instant::now() + node.patience,
            pause: node.pause,
            tries: 0,
            previous: None,
            asked: none.clone(),
            left_out: none,
            last: None,
            lacking: None,
        }
    }

    /// The next endpoint that is healthy and keeps up, else one that is healthy, else the one that
    /// will be so first.
    fn next(&self, method: &'static str) -> Option<usize> {
        let count = self.endpoints.len();
        let first = self.previous.map_or(0, |previous| previous + 1);
        (first..first + count)
            .map(|index| index % count)
            .filter(|index| !self.left_out[*index] && !self.endpoints[*index].is_out(method))
            .min_by_key(|index| {
                let endpoint = &self.endpoints[*index];
                let rest = endpoint.rest();
                (rest > SHORT_REST, endpoint.is_late(), rest)
            })
    }

    /// The earliest time for the next request: only the same endpoint needs a pause.
    fn not_before(&mut self, index: usize) -> Instant {
        let barred = self.endpoints[index].barred_until();
        if !self.asked[index] {
            return barred;
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(MAX_PAUSE);
        barred.max(Instant::now() + jittered(pause))
    }

    fn start(&mut self, method: &'static str, index: usize) {
        if let Some(previous) = self.previous.replace(index) {
            metrics::rpc_retry(method);
            if previous != index {
                metrics::rpc_failover();
            }
        }
        self.tries += 1;
        self.asked[index] = true;
    }

    fn failed(&mut self, index: usize, failure: Failure) {
        match failure.kind {
            Kind::Elsewhere => {
                self.left_out[index] = true;
                self.lacking = Some(*failure.error);
            }
            Kind::Refused => {
                self.left_out[index] = true;
                self.last = Some(*failure.error);
            }
            _ => self.last = Some(*failure.error),
        }
    }

    /// The error when no endpoint is left.
    fn given_up(self, method: &'static str) -> NodeError {
        let (refused, reasons) = (self.refused(method), self.reasons(method));
        let error = refused.or(self.lacking).or(self.last);
        error.unwrap_or_else(|| nobody(method, reasons))
    }

    /// The error when patience or attempts are used up.
    fn ended(self, method: &'static str, next: usize) -> NodeError {
        let error = self.refused(method).or(self.last);
        error.unwrap_or_else(|| nobody(method, format!("endpoint {next} asks to wait")))
    }

    /// The error for a method that no endpoint serves: some refuse it, and the others never served
    /// it.
    fn refused(&self, method: &'static str) -> Option<NodeError> {
        let unserved = self.lacking.is_none()
            && self.endpoints.iter().any(|it| it.refuses(method))
            && !self.endpoints.iter().any(|it| it.served(method));
        unserved.then(|| NodeError::Refused {
            method,
            reason: self.reasons(method),
        })
    }

    fn reasons(&self, method: &'static str) -> String {
        let reasons = self.endpoints.iter().filter_map(|it| it.reason(method));
        reasons.collect::<Vec<_>>().join("; ")
    }
}

impl Endpoint {
    /// Whether the endpoint is of the network.
    pub(super) async fn prove_to(&self, network: &[u8; 32]) -> std::result::Result<bool, Failure> {
        if self.proof() == Proof::Unknown {
            let own = self.genesis_hash().await?;
            self.prove(own == *network);
        }
        Ok(self.proof() == Proof::Same)
    }
}

fn nobody(method: &'static str, reason: String) -> NodeError {
    NodeError::Rpc {
        method,
        reason,
        code: None,
    }
}

/// Between half of `pause` and the whole, so that many callers do not come back together.
pub(super) fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(rand::random_range(0.5..=1.0))
}
