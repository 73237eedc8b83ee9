//! JSON-RPC calls and their answers.

use super::{Shared, rule::Fault};
use anyhow::Result;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use solana_rpc_client_api::custom_error::JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED;
use std::borrow::Cow;

/// One call.
#[derive(Deserialize)]
pub(super) struct Call<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) method: Cow<'a, str>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

/// The calls of a request, and whether they came as a batch.
pub(super) struct Calls<'a> {
    pub(super) all: Vec<Call<'a>>,
    batch: bool,
}

impl<'a> Calls<'a> {
    /// Parses a request; there are no calls in what is not JSON-RPC.
    pub(super) fn of(body: &'a [u8]) -> Self {
        let batch = body.trim_ascii_start().starts_with(b"[");
        let all = if batch {
            serde_json::from_slice(body).unwrap_or_default()
        } else {
            serde_json::from_slice(body).into_iter().collect()
        };
        Self { all, batch }
    }

    /// Whether the answer may differ from the node's.
    pub(super) fn concern(&self, shared: &Shared, faults: &[Vec<Fault>]) -> bool {
        let view = shared.view();
        let faults = faults.iter().flatten();
        faults.into_iter().any(Fault::is_of_one_answer)
            || self.all.iter().any(|call| view.concerns(&call.method))
    }

    /// The whole body of the answer, each call with its faults.
    pub(super) async fn answer(&self, shared: &Shared, faults: &[Vec<Fault>]) -> Result<Value> {
        let answers = self.all.iter().zip(faults);
        let answers = answers.map(|(call, faults)| call.answer(shared, faults));
        let mut answers = futures::future::try_join_all(answers).await?;
        match answers.pop() {
            Some(only) if !self.batch => Ok(only),
            last => Ok(answers.into_iter().chain(last).collect()),
        }
    }
}

impl Call<'_> {
    /// The parameters, as text.
    pub(super) fn text(&self) -> &str {
        self.params.map_or("", RawValue::get)
    }

    async fn answer(&self, shared: &Shared, faults: &[Fault]) -> Result<Value> {
        let mut answer = self.result(shared, faults).await?;
        answer["id"] = match self.id {
            Some(id) => serde_json::from_str(id.get())?,
            None => Value::Null,
        };
        Ok(answer)
    }

    async fn result(&self, shared: &Shared, faults: &[Fault]) -> Result<Value> {
        let code = faults.iter().find_map(|fault| match fault {
            Fault::Code(code) => Some(*code),
            _ => None,
        });
        if let Some(code) = code {
            return Ok(error(code, Value::Null));
        }
        let params = match self.text() {
            "" => Value::Null,
            text => serde_json::from_str(text)?,
        };
        let behind = shared.view().behind(&params);
        if let Some(slot) = behind {
            shared.counts.add("stale");
            let code = JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED;
            return Ok(error(code, json!({"contextSlot": slot})));
        }

        let concerned = shared.view().concerns(&self.method);
        let lists = self.method == "getSignaturesForAddress" && concerned;
        let mut answer = if lists {
            self.list(shared, &params).await?
        } else {
            shared.upstream.call(&self.method, &params).await?
        };
        let Some(result) = answer.get_mut("result") else {
            return Ok(answer);
        };
        if concerned && !lists {
            let view = shared.view();
            view.show(&self.method, &params, result, &shared.counts);
        }
        if concerned && self.method == "getBlock" {
            fill(shared, &params, result).await?;
        }
        for fault in faults {
            fault.change(&params, result);
        }
        Ok(answer)
    }

    async fn list(&self, shared: &Shared, params: &Value) -> Result<Value> {
        let address = params[0].as_str().unwrap_or_default();
        let commitment = &params[1]["commitment"];
        let all = shared.upstream.listing(address, commitment).await?;
        let page = shared.view().list(params, all, &shared.counts);
        Ok(match page {
            Ok(page) => json!({"jsonrpc": "2.0", "result": page}),
            Err(code) => error(code, Value::Null),
        })
    }
}

impl Fault {
    /// Whether the fault changes one answer, and not its transport.
    fn is_of_one_answer(&self) -> bool {
        matches!(
            self,
            Self::Code(_) | Self::Null | Self::WithholdInner | Self::Twice | Self::Edit { .. }
        )
    }

    fn change(&self, params: &Value, result: &mut Value) {
        match self {
            Self::Null => *result = Value::Null,
            Self::WithholdInner => withhold_inner(result),
            Self::Twice => {
                if let Some(list) = list(result) {
                    *list = list.drain(..).flat_map(|it| [it.clone(), it]).collect();
                }
            }
            Self::Edit { change, .. } => change(params, result),
            _ => {}
        }
    }
}

fn withhold_inner(result: &mut Value) {
    if let Some(inner) = result.pointer_mut("/meta/innerInstructions") {
        *inner = Value::Null;
    }
    let transactions = result.get_mut("transactions").and_then(Value::as_array_mut);
    for transaction in transactions.into_iter().flatten() {
        withhold_inner(transaction);
    }
}

/// The list that a result is or contains.
fn list(result: &mut Value) -> Option<&mut Vec<Value>> {
    match result {
        Value::Array(list) => Some(list),
        result => result.get_mut("value")?.as_array_mut(),
    }
}

/// Adds the transactions that landed again in a block.
async fn fill(shared: &Shared, params: &Value, block: &mut Value) -> Result<()> {
    let Some(slot) = params[0].as_u64() else {
        return Ok(());
    };
    let landed = shared.view().landed_in(slot);
    for signature in landed {
        if let Some(signatures) = block["signatures"].as_array_mut() {
            signatures.push(json!(signature));
        }
        if let Some(transactions) = block["transactions"].as_array_mut() {
            let config = json!({
                "encoding": params[1].get("encoding"),
                "commitment": "confirmed",
                "maxSupportedTransactionVersion": params[1].get("maxSupportedTransactionVersion"),
            });
            let params = json!([signature, config]);
            let mut transaction = shared.upstream.ask("getTransaction", &params).await?;
            if let Some(fields) = transaction.as_object_mut() {
                fields.remove("slot");
                fields.remove("blockTime");
            }
            transactions.push(transaction);
        }
    }
    Ok(())
}

/// A JSON-RPC error without an id.
pub(super) fn error(code: i64, data: Value) -> Value {
    let mut error = json!({"code": code, "message": "injected"});
    if !data.is_null() {
        error["data"] = data;
    }
    json!({"jsonrpc": "2.0", "error": error})
}
