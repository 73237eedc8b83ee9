//! The meaning of a failed request for the next one.

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
/// Error codes of providers for too many requests.
const TOO_MANY_REQUESTS: [i64; 2] = [429, -32429];

/// Kinds of failure, by what can be done about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The endpoint is unhealthy, and may ask for no requests for some time.
    Ill(Option<Duration>),
    /// The endpoint is behind, or lost something; it may have it a little later.
    Behind,
    /// The endpoint does not have it; another may.
    Elsewhere,
    /// The endpoint does not serve the method.
    Refused,
    /// Every endpoint would answer the same.
    Final,
}

/// Why a request failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    pub(super) error: Box<NodeError>,
    /// Its label in metrics, from a small set.
    pub(super) label: String,
    /// Whether there was no connection, so that another node may answer next time.
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

/// The kind of an HTTP status other than success.
pub(super) fn of_status(status: u16, retry_after: Option<&str>) -> Kind {
    match status {
        501 => Kind::Refused,
        408 | 425 | 429 | 500.. => Kind::Ill(retry_after.and_then(self::retry_after)),
        401 | 403 | 404 | 405 | 410 => Kind::Refused,
        _ => Kind::Elsewhere,
    }
}

/// The kind of a JSON-RPC error code.
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

/// The error of a transaction that failed in the endpoint's preflight.
pub(super) fn failed(code: i64, data: Option<&Value>) -> Option<TransactionError> {
    let tried = code == JSON_RPC_SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE;
    let error = data.filter(|_| tried)?.get("err")?;
    Some(UiTransactionError::deserialize(error).ok()?.into())
}

/// A program's error is the same everywhere; a blockhash, a payer or an account may be known
/// elsewhere.
pub(super) fn of_transaction(error: &TransactionError) -> Kind {
    match error {
        TransactionError::InstructionError(..) | TransactionError::AlreadyProcessed => Kind::Final,
        _ => Kind::Elsewhere,
    }
}

/// The label of a JSON-RPC error in metrics; all codes outside the standard's range share one,
/// because nodes may use any.
pub(super) fn label(code: i64) -> String {
    if (-32_768..=-32_000).contains(&code) || TOO_MANY_REQUESTS.contains(&code) {
        code.to_string()
    } else {
        "other".to_owned()
    }
}

/// Parses `Retry-After`: seconds, or the time until which to wait.
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
