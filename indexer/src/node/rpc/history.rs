//! Lists of transactions, and their statuses.
//!
//! Nodes keep different histories, and answer "none" for what they do not keep: the end of a list
//! counts only from a node that knows the transaction to go on from, and a transaction is unknown
//! only if every endpoint that answers says so.

use super::{
    super::{Listed, Listing, MAX_SIGNATURES, NodeError, Result, Status},
    RpcNode,
    call::SHORT_REST,
    endpoint::Endpoint,
    failure::{Failure, Kind},
    name,
};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use solana_rpc_client_api::custom_error::JSON_RPC_SERVER_ERROR_FILTER_TRANSACTION_NOT_FOUND;
use solana_signature::Signature;

const LIST: &str = "getSignaturesForAddress";
const STATUSES: &str = "getSignatureStatuses";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    signature: String,
    slot: u64,
    /// Required, because a missing one would be success. New nodes have new errors.
    err: Value,
    confirmation_status: Option<String>,
    transaction_index: Option<u32>,
}

#[derive(Deserialize)]
struct Statuses {
    value: Vec<Option<Outcome>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    slot: u64,
    confirmation_status: Option<String>,
}

impl RpcNode {
    pub(super) async fn list(&self, listing: &Listing) -> Result<Vec<Listed>> {
        self.call(LIST, |endpoint| Box::pin(page(endpoint, *listing)))
            .await
    }

    pub(super) async fn read_statuses(
        &self,
        signatures: &[Signature],
    ) -> Result<Vec<Option<Status>>> {
        let params = asked(signatures);
        let (first, mut found) = self
            .call(STATUSES, |endpoint| {
                let params = &params;
                Box::pin(async move {
                    let read = |answer: &RawValue| statuses(answer, signatures.len());
                    Ok((endpoint.number, endpoint.ask(STATUSES, params, read).await?))
                })
            })
            .await?;
        let network = self.network().await?;
        for endpoint in self.endpoints.iter() {
            let (places, unknown): (Vec<_>, Vec<_>) = (found.iter().zip(signatures).enumerate())
                .filter(|(_, (status, _))| status.is_none())
                .map(|(place, (_, signature))| (place, *signature))
                .unzip();
            let rest = endpoint.rest();
            let usable = endpoint.number != first && !endpoint.is_out(STATUSES);
            if unknown.is_empty() || !usable || rest > SHORT_REST {
                continue;
            }
            // Another endpoint may know what this one does not: wait for one that rests for a
            // moment.
            tokio::time::sleep(rest).await;
            match endpoint.prove_to(&network).await {
                Ok(true) => {}
                Ok(false) => continue,
                Err(failure) => {
                    endpoint.note(STATUSES, &failure);
                    continue;
                }
            }
            let read = |answer: &RawValue| statuses(answer, unknown.len());
            match endpoint.ask(STATUSES, &asked(&unknown), read).await {
                Ok(more) => {
                    for (place, status) in places.into_iter().zip(more) {
                        found[place] = status;
                    }
                }
                Err(failure) => endpoint.note(STATUSES, &failure),
            }
        }
        Ok(found)
    }
}

async fn page(endpoint: &Endpoint, listing: Listing) -> std::result::Result<Vec<Listed>, Failure> {
    let Listing { before, until, .. } = listing;
    let mut entries = endpoint.ask(LIST, &bounds(&listing), entries).await;
    // Newer nodes refuse an unknown bound; older ones list past an end that they do not meet.
    if until.is_some() && entries.as_ref().is_err_and(is_lost_bound) {
        let until = None;
        let endless = bounds(&Listing { until, ..listing });
        entries = endpoint.ask(LIST, &endless, self::entries).await;
    }
    let entries = entries.map_err(|failure| match before {
        Some(before) if is_lost_bound(&failure) => unknown(before),
        _ => failure,
    })?;
    if let (true, Some(before)) = (entries.is_empty(), before) {
        let read = |answer: &RawValue| statuses(answer, 1);
        let known = endpoint.ask(STATUSES, &asked(&[before]), read).await?;
        if known == [None] {
            return Err(unknown(before));
        }
    }
    // Surfpool also lists transactions of the block that it is still building, in no order.
    let settled = |entry: &&Entry| entry.confirmation_status.as_deref() != Some("processed");
    let listed = entries.iter().filter(settled).map(|entry| {
        let malformed = |_| Failure::malformed(LIST, "a signature");
        Ok(Listed {
            signature: entry.signature.parse().map_err(malformed)?,
            slot: entry.slot,
            index: entry.transaction_index,
            failed: !entry.err.is_null(),
        })
    });
    listed.collect()
}

fn bounds(listing: &Listing) -> Value {
    let mut config = json!({
        "limit": MAX_SIGNATURES,
        "commitment": name(listing.commitment),
        "minContextSlot": listing.min_slot,
    });
    for (bound, signature) in [("before", listing.before), ("until", listing.until)] {
        if let Some(signature) = signature {
            config[bound] = signature.to_string().into();
        }
    }
    json!([listing.address.to_string(), config])
}

fn is_lost_bound(failure: &Failure) -> bool {
    let lost = Some(JSON_RPC_SERVER_ERROR_FILTER_TRANSACTION_NOT_FOUND);
    matches!(*failure.error, NodeError::Rpc { code, .. } if code == lost)
}

fn unknown(before: Signature) -> Failure {
    let error = NodeError::UnknownTransaction(before);
    Failure::new(Kind::Behind, error, "unknown")
}

fn entries(answer: &RawValue) -> std::result::Result<Vec<Entry>, Failure> {
    let malformed = |_| Failure::malformed(LIST, "a list of transactions");
    serde_json::from_str(answer.get()).map_err(malformed)
}

fn asked(signatures: &[Signature]) -> Value {
    let names: Vec<String> = signatures.iter().map(ToString::to_string).collect();
    json!([names, {"searchTransactionHistory": true}])
}

fn statuses(answer: &RawValue, count: usize) -> std::result::Result<Vec<Option<Status>>, Failure> {
    let malformed = || Failure::malformed(STATUSES, "a status for each transaction");
    let answer: Statuses = serde_json::from_str(answer.get()).map_err(|_| malformed())?;
    if answer.value.len() != count {
        return Err(malformed());
    }
    let status = |outcome: Outcome| Status {
        slot: outcome.slot,
        finalized: outcome.confirmation_status.as_deref() == Some("finalized"),
    };
    Ok((answer.value.into_iter())
        .map(|outcome| outcome.map(status))
        .collect())
}
