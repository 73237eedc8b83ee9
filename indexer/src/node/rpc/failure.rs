//! What a failed request means for the next one.

use super::super::NodeError;
use serde::Deserialize;
use serde_json::Value;
use solana_rpc_client_api::custom_error::{
    JSON_RPC_SCAN_ERROR, JSON_RPC_SERVER_ERROR_BLOCK_NOT_AVAILABLE,
    JSON_RPC_SERVER_ERROR_BLOCK_STATUS_NOT_AVAILABLE_YET,
    JSON_RPC_SERVER_ERROR_FILTER_TRANSACTION_NOT_FOUND,
    JSON_RPC_SERVER_ERROR_KEY_EXCLUDED_FROM_SECONDARY_INDEX,
    JSON_RPC_SERVER_ERROR_LONG_TERM_STORAGE_SLOT_SKIPPED,
    JSON_RPC_SERVER_ERROR_LONG_TERM_STORAGE_UNREACHABLE,
    JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED, JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY,
    JSON_RPC_SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE, JSON_RPC_SERVER_ERROR_SLOT_SKIPPED,
    JSON_RPC_SERVER_ERROR_TRANSACTION_HISTORY_NOT_AVAILABLE,
};
use solana_transaction_error::TransactionError;
use solana_transaction_status_client_types::UiTransactionError;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Longest that an endpoint may ask to be left alone.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);
const METHOD_NOT_FOUND: i64 = -32601;
const INTERNAL_ERROR: i64 = -32603;
/// Codes of providers for requests that come too fast.
const TOO_MANY_REQUESTS: [i64; 2] = [429, -32429];

/// What can be done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The endpoint is unwell, and may ask for a while without requests.
    Ill(Option<Duration>),
    /// The endpoint has not got that far, or lost sight of something; it may have it a little later.
    Behind,
    /// The endpoint does not have it; another may.
    Elsewhere,
    /// The endpoint does not serve the method.
    Refused,
    /// No endpoint has it otherwise.
    Final,
}

/// Why a request failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    pub(super) error: Box<NodeError>,
    /// What metrics call it: few words in all.
    pub(super) label: String,
    /// Whether there was no connection, so that next time something else may stand there.
    pub(super) unconnected: bool,
}

impl Failure {
    pub(super) fn new(kind: Kind, error: NodeError, label: &str) -> Self {
        Self {
            kind,
            error: Box::new(error),
            label: label.to_owned(),
            unconnected: false,
        }
    }

    /// A well-formed answer to something else than what was asked.
    pub(super) fn malformed(method: &'static str, missing: &'static str) -> Self {
        let error = NodeError::Malformed { method, missing };
        Self::new(Kind::Elsewhere, error, "malformed")
    }
}

/// What an HTTP status means that is none of success.
pub(super) fn of_status(status: u16, retry_after: Option<&str>) -> Kind {
    match status {
        501 => Kind::Refused,
        408 | 425 | 429 | 500.. => Kind::Ill(retry_after.and_then(self::retry_after)),
        401 | 403 | 404 | 405 | 410 => Kind::Refused,
        _ => Kind::Elsewhere,
    }
}

/// What a JSON-RPC error's code means.
pub(super) fn of_code(code: i64) -> Kind {
    match code {
        METHOD_NOT_FOUND
        | JSON_RPC_SERVER_ERROR_KEY_EXCLUDED_FROM_SECONDARY_INDEX
        | JSON_RPC_SERVER_ERROR_TRANSACTION_HISTORY_NOT_AVAILABLE => Kind::Refused,
        INTERNAL_ERROR
        | JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY
        | JSON_RPC_SERVER_ERROR_LONG_TERM_STORAGE_UNREACHABLE => Kind::Ill(None),
        code if TOO_MANY_REQUESTS.contains(&code) => Kind::Ill(None),
        JSON_RPC_SCAN_ERROR
        | JSON_RPC_SERVER_ERROR_BLOCK_NOT_AVAILABLE
        | JSON_RPC_SERVER_ERROR_SLOT_SKIPPED
        | JSON_RPC_SERVER_ERROR_LONG_TERM_STORAGE_SLOT_SKIPPED
        | JSON_RPC_SERVER_ERROR_BLOCK_STATUS_NOT_AVAILABLE_YET
        | JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED
        | JSON_RPC_SERVER_ERROR_FILTER_TRANSACTION_NOT_FOUND => Kind::Behind,
        _ => Kind::Elsewhere,
    }
}

/// How a transaction failed that an endpoint tried before it would have sent it.
pub(super) fn failed(code: i64, data: Option<&Value>) -> Option<TransactionError> {
    let tried = code == JSON_RPC_SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE;
    let error = data.filter(|_| tried)?.get("err")?;
    Some(UiTransactionError::deserialize(error).ok()?.into())
}

/// A program says the same everywhere; a blockhash, a payer or an account may be known elsewhere.
pub(super) fn of_transaction(error: &TransactionError) -> Kind {
    match error {
        TransactionError::InstructionError(..) | TransactionError::AlreadyProcessed => Kind::Final,
        _ => Kind::Elsewhere,
    }
}

/// What metrics call a JSON-RPC error; codes outside the standard's range are one, because nodes
/// may answer with any.
pub(super) fn label(code: i64) -> String {
    if (-32_768..=-32_000).contains(&code) || TOO_MANY_REQUESTS.contains(&code) {
        code.to_string()
    } else {
        "other".to_owned()
    }
}

/// Seconds, or the time of day until which to wait.
fn retry_after(header: &str) -> Option<Duration> {
    let header = header.trim();
    let seconds = header.parse().ok().or_else(|| {
        let until = chrono::DateTime::parse_from_rfc2822(header).ok()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let until = u64::try_from(until.timestamp()).unwrap_or(0);
        Some(until.saturating_sub(now.as_secs()))
    })?;
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pause_that_can_be_read_is_kept_and_none_for_ever() {
        for header in ["", "soon", "-1", "1.5", "Wed, 21 Oct"] {
            assert_eq!(retry_after(header), None, "{header}");
        }
        assert_eq!(retry_after(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("86400"), Some(MAX_RETRY_AFTER));
        let past = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(retry_after(past), Some(Duration::ZERO));
        let future = "Sun, 21 Oct 2125 07:28:00 GMT";
        assert_eq!(retry_after(future), Some(MAX_RETRY_AFTER));
    }

    #[test]
    fn no_node_can_flood_the_metrics_with_codes() {
        assert_eq!(label(-32_005), "-32005");
        assert_eq!(label(429), "429");
        assert_eq!(label(i64::MIN), "other");
        assert_eq!(label(1), "other");
    }
}
