//! Reads one transaction, and separates what the node withholds from what this version cannot read.
//!
//! Law: a stranger can put any transaction on the chain. Its content is never an error of the node,
//! and what a node leaves out is never "nothing happened".

use super::{
    super::{Calls, Commitment, Content, Listed, NodeError, Place, Result, Transaction},
    RpcNode,
    failure::{Failure, Kind},
    name,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json, value::RawValue};
use solana_message::VersionedMessage;
use solana_signature::Signature;
use solana_transaction_status_client_types::{
    EncodedTransaction, TransactionBinaryEncoding::Base64, UiInnerInstructions, UiLoadedAddresses,
};
use tessera_client::{
    carried::{self, CallError},
    message::Effects,
    rpc::{self, AnswerError, Outcome},
};

pub(super) const METHOD: &str = "getTransaction";
/// Most bytes of an unreadable transaction that are handed on.
const MAX_BYTES: usize = 1 << 20;

/// Only the fields that count: a stranger's transaction may have an error that this version does
/// not know.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    slot: u64,
    transaction: EncodedTransaction,
    meta: Option<Meta>,
    transaction_index: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    /// Required, because a missing one would be success.
    err: Value,
    #[serde(default)]
    inner_instructions: Value,
    #[serde(default)]
    loaded_addresses: Value,
}

struct Read {
    slot: u64,
    index: Option<u32>,
    content: Content,
}

/// Why there is no content.
pub(super) enum Lack {
    /// The node withholds it.
    Withheld(String),
    /// This version does not understand it.
    Unreadable(String),
    /// The answer is another transaction.
    Other,
}

impl RpcNode {
    pub(super) async fn read_transaction(
        &self,
        listed: &Listed,
        commitment: Commitment,
    ) -> Result<Transaction> {
        let signature = listed.signature;
        let params = params(signature, commitment);
        let read = self
            .ask(METHOD, &params, |answer| read(signature, answer))
            .await?;
        let listed = listed.index.filter(|_| listed.slot == read.slot);
        let index = match read.index.or(listed) {
            Some(index) => index,
            None => self.index(signature, read.slot, commitment).await?,
        };
        Ok(Transaction {
            signature,
            place: Place {
                slot: read.slot,
                index,
            },
            content: read.content,
        })
    }
}

/// The parameters of a request for a transaction.
pub(super) fn params(signature: Signature, commitment: Commitment) -> Value {
    let config = json!({
        "encoding": "base64",
        "commitment": name(commitment),
        "maxSupportedTransactionVersion": u8::MAX,
    });
    json!([signature.to_string(), config])
}

/// Parses the answer about a transaction, which the node has to know.
pub(super) fn parse<T: DeserializeOwned>(
    signature: Signature,
    answer: &RawValue,
) -> std::result::Result<T, Failure> {
    let malformed = |_| Failure::malformed(METHOD, "a transaction");
    let parsed: Option<T> = serde_json::from_str(answer.get()).map_err(malformed)?;
    parsed.ok_or_else(|| {
        let error = NodeError::UnknownTransaction(signature);
        Failure::new(Kind::Behind, error, "null")
    })
}

/// Separates what was read from the reason why this version cannot read it; withheld content is a
/// failure.
pub(super) fn understood<T>(
    signature: Signature,
    read: std::result::Result<T, Lack>,
) -> std::result::Result<std::result::Result<T, String>, Failure> {
    match read {
        Ok(read) => Ok(Ok(read)),
        Err(Lack::Unreadable(reason)) => Ok(Err(reason)),
        Err(Lack::Withheld(reason)) => {
            let error = NodeError::Withheld { signature, reason };
            Err(Failure::new(Kind::Elsewhere, error, "withheld"))
        }
        Err(Lack::Other) => Err(Failure::malformed(METHOD, "the transaction asked for")),
    }
}

fn read(signature: Signature, answer: &RawValue) -> std::result::Result<Read, Failure> {
    let parsed: Answer = parse(signature, answer)?;
    let content = understood(signature, content(signature, &parsed))?
        .unwrap_or_else(|reason| unreadable(reason, answer));
    Ok(Read {
        slot: parsed.slot,
        index: parsed.transaction_index,
        content,
    })
}

fn content(signature: Signature, answer: &Answer) -> std::result::Result<Content, Lack> {
    let meta = answer.meta.as_ref();
    let meta = meta.ok_or_else(|| Lack::Withheld(AnswerError::NoMeta.to_string()))?;
    if !meta.err.is_null() {
        return Ok(Content::Nothing);
    }
    let message = message(signature, &answer.transaction)?;
    let inner: Option<Vec<UiInnerInstructions>> = part(&meta.inner_instructions)?;
    let loaded: Option<UiLoadedAddresses> = part(&meta.loaded_addresses)?;
    let outcome = Outcome {
        inner: inner.as_deref(),
        loaded: loaded.as_ref(),
    };
    let Effects { calls, touched } =
        rpc::effects(&message, outcome).map_err(|error| match error {
            AnswerError::OutOfRange(_) => Lack::Unreadable(error.to_string()),
            _ => Lack::Withheld(error.to_string()),
        })?;
    if !carried::concerns_program(&calls) {
        return Ok(Content::Nothing);
    }
    match carried::receipts(&calls) {
        Ok(_) => Ok(Content::Calls(Calls { calls, touched })),
        Err(error @ CallError::NoHeight { .. }) => Err(Lack::Withheld(error.to_string())),
        Err(error @ CallError::Unexpected { .. }) => Err(Lack::Unreadable(error.to_string())),
    }
}

/// The message of the transaction that was asked for.
pub(super) fn message(
    signature: Signature,
    encoded: &EncodedTransaction,
) -> std::result::Result<VersionedMessage, Lack> {
    let EncodedTransaction::Binary(bytes, Base64) = encoded else {
        return Err(Lack::Withheld(AnswerError::NotBinary.to_string()));
    };
    if BASE64_STANDARD.decode(bytes).is_err() {
        return Err(Lack::Withheld("its bytes are not base64".to_owned()));
    }
    let transaction = encoded.decode().ok_or_else(|| {
        Lack::Unreadable("its bytes are not a transaction that this version knows".to_owned())
    })?;
    match transaction.signatures.first() == Some(&signature) {
        true => Ok(transaction.message),
        false => Err(Lack::Other),
    }
}

pub(super) fn part<T: DeserializeOwned>(value: &Value) -> std::result::Result<Option<T>, Lack> {
    Option::<T>::deserialize(value).map_err(|_| {
        Lack::Withheld("the node gives inner calls or addresses in no known form".to_owned())
    })
}

fn unreadable(mut reason: String, answer: &RawValue) -> Content {
    let mut bytes = answer.get().as_bytes().to_vec();
    if let Ok(mut answer) = serde_json::from_str::<Value>(answer.get()) {
        let meta = answer.get_mut("meta").and_then(Value::as_object_mut);
        meta.and_then(|meta| meta.remove("logMessages"));
        bytes = answer.to_string().into_bytes();
    }
    if bytes.len() > MAX_BYTES {
        bytes.truncate(MAX_BYTES);
        reason.push_str("; the answer is cut off");
    }
    Content::Unreadable { reason, bytes }
}
