//! Other requests, whose answers the callers parse: keeper and audit need more than the index does,
//! with the same failover.

use super::{
    super::{NodeError, Result},
    RpcNode,
    failure::{Failure, Kind},
};
use serde_json::Value;
use solana_signature::Signature;

const TRANSACTION: &str = "getTransaction";

impl RpcNode {
    /// The answer to `method` of the first healthy endpoint.
    ///
    /// # Errors
    /// [`NodeError`]; [`NodeError::Failed`] when a transaction to be sent fails.
    pub async fn request(&self, method: &'static str, params: &Value) -> Result<Value> {
        self.ask(method, params, |answer| {
            let malformed = |_| Failure::malformed(method, "JSON");
            let answer: Value = serde_json::from_str(answer.get()).map_err(malformed)?;
            match method == TRANSACTION && answer.is_null() {
                true => Err(unknown(params)),
                false => Ok(answer),
            }
        })
        .await
    }
}

/// The failure for a transaction that an endpoint does not show: another may.
fn unknown(params: &Value) -> Failure {
    let signature = params[0]
        .as_str()
        .and_then(|text| text.parse::<Signature>().ok());
    let error = NodeError::UnknownTransaction(signature.unwrap_or_default());
    Failure::new(Kind::Behind, error, "null")
}
