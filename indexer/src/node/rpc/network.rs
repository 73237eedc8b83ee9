//! The network of the endpoints.
//!
//! Law: the first endpoint names it. If that one is silent, the others have to agree; if all others
//! agree against it, none is believed. An endpoint that did not answer must name its network before
//! it is used, so that a wrong endpoint never has a say.

use super::{
    super::{NodeError, Result},
    RpcNode,
    call::jittered,
    endpoint::Endpoint,
    failure::{Failure, Kind},
};
use crate::metrics;
use futures::future::join_all;
use serde_json::{Value, value::RawValue};
use solana_address::Address;

const METHOD: &str = "getGenesisHash";
/// How often an endpoint is asked before it counts as silent.
const ATTEMPTS: u32 = 3;

impl RpcNode {
    /// Hash of the network's genesis.
    pub(super) async fn network(&self) -> Result<[u8; 32]> {
        self.network
            .get_or_try_init(|| self.name_network())
            .await
            .copied()
    }

    async fn name_network(&self) -> Result<[u8; 32]> {
        let asked = self
            .endpoints
            .iter()
            .map(|endpoint| self.named_by(endpoint));
        let answers = join_all(asked).await;
        let mut named = answers.iter().zip(self.endpoints.iter());
        let Some((network, first)) =
            named.find_map(|(answer, endpoint)| Some((*answer.as_ref().ok()?, endpoint)))
        else {
            return Err(answers.into_iter().find_map(Result::err).unwrap_or(
                NodeError::Malformed {
                    method: METHOD,
                    missing: "an endpoint",
                },
            ));
        };
        let others: Vec<bool> = named
            .filter_map(|(answer, _)| Some(*answer.as_ref().ok()? == network))
            .collect();
        let against = others.iter().filter(|same| !**same).count();
        let alone = against == others.len() && against > 1;
        if against > 0 && (first.number > 1 || alone) {
            return Err(NodeError::Rpc {
                method: METHOD,
                reason: "the endpoints are of different networks".to_owned(),
                code: None,
            });
        }
        for (answer, endpoint) in answers.iter().zip(self.endpoints.iter()) {
            if let Ok(own) = answer {
                endpoint.prove(*own == network);
            }
        }
        Ok(network)
    }

    async fn named_by(&self, endpoint: &Endpoint) -> Result<[u8; 32]> {
        let mut pause = self.pause;
        let mut attempt = 1;
        loop {
            let failure = match endpoint.genesis_hash().await {
                Ok(hash) => return Ok(hash),
                Err(failure) => failure,
            };
            metrics::rpc_failure(METHOD, failure.label.clone());
            let passes = matches!(failure.kind, Kind::Ill(_) | Kind::Behind);
            if !passes || attempt >= ATTEMPTS.min(self.attempts) {
                endpoint.note(METHOD, &failure);
                return Err(*failure.error);
            }
            attempt += 1;
            let wait = match failure.kind {
                Kind::Ill(Some(wait)) => wait,
                _ => jittered(pause),
            };
            tokio::time::sleep(wait).await;
            pause *= 2;
        }
    }
}

impl Endpoint {
    /// Hash of the genesis of the endpoint's own network.
    pub(super) async fn genesis_hash(&self) -> std::result::Result<[u8; 32], Failure> {
        self.ask(METHOD, &Value::Array(vec![]), hash).await
    }
}

fn hash(answer: &RawValue) -> std::result::Result<[u8; 32], Failure> {
    let malformed = || Failure::malformed(METHOD, "a hash");
    let hash: String = serde_json::from_str(answer.get()).map_err(|_| malformed())?;
    let hash: Address = hash.parse().map_err(|_| malformed())?;
    Ok(hash.to_bytes())
}
