//! Any other request, for callers that know its answer themselves: keeper and audit ask for more than the
//! index does, and fall over to the next endpoint as that does.

use super::{
    super::{NodeError, Result},
    RpcNode,
    failure::{Failure, Kind},
};
use serde_json::Value;
use solana_signature::Signature;

const TRANSACTION: &str = "getTransaction";

impl RpcNode {
    /// What the first endpoint that is well answers to `method`.
    ///
    /// # Errors
    /// [`NodeError`]; [`NodeError::Failed`] when a transaction was to be sent that fails.
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

/// A transaction that one endpoint does not show, another may.
fn unknown(params: &Value) -> Failure {
    let signature = params[0]
        .as_str()
        .and_then(|text| text.parse::<Signature>().ok());
    let error = NodeError::UnknownTransaction(signature.unwrap_or_default());
    Failure::new(Kind::Behind, error, "null")
}
