//! The indexer's metrics, by the names that dashboards and alerts use.

use crate::node::Tip;
use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use std::time::Duration;
use tessera_store::mirror::dead_letter::LetterKind;

const TIP_SLOT: &str = "tessera_indexer_tip_slot";
const INDEXED_SLOT: &str = "tessera_indexer_indexed_slot";
const FINAL_SLOT: &str = "tessera_indexer_final_slot";
const WALK: &str = "tessera_indexer_walk_transactions";
const LAG_SECONDS: &str = "tessera_indexer_lag_seconds";
const ROWS: &str = "tessera_indexer_rows_total";
const RECEIPTS: &str = "tessera_indexer_receipts_total";
const BATCH_SECONDS: &str = "tessera_indexer_batch_seconds";
const RECONNECTS: &str = "tessera_indexer_reconnects_total";
const CORRECTIONS: &str = "tessera_indexer_corrections_total";
const GAPS: &str = "tessera_indexer_gaps";
const VANISHED: &str = "tessera_indexer_vanished_total";
const MISSING: &str = "tessera_indexer_missing_transactions_total";
const DEAD_LETTERS: &str = "tessera_indexer_dead_letters_total";
const FAILED_ROUNDS: &str = "tessera_indexer_failed_rounds_total";
const FAILED_READINGS: &str = "tessera_indexer_failed_readings_total";
const FEED_FAILURES: &str = "tessera_indexer_feed_failures_total";
const FEED_GAPS: &str = "tessera_indexer_feed_gaps_total";
const RPC_ERRORS: &str = "tessera_indexer_rpc_errors_total";
const RPC_RETRIES: &str = "tessera_indexer_rpc_retries_total";
const RPC_FAILOVERS: &str = "tessera_indexer_rpc_failovers_total";

pub(crate) fn describe() {
    describe_gauge!(TIP_SLOT, "The chain's last slot");
    describe_gauge!(INDEXED_SLOT, "Slot through which everything is mirrored");
    describe_gauge!(
        FINAL_SLOT,
        "Slot through which what is mirrored cannot vanish"
    );
    describe_gauge!(WALK, "Transactions that are listed and not applied");
    describe_gauge!(
        LAG_SECONDS,
        Unit::Seconds,
        "Age of the tip that is mirrored"
    );
    describe_counter!(ROWS, "Account rows that changed");
    describe_counter!(RECEIPTS, "Receipts added");
    describe_histogram!(BATCH_SECONDS, Unit::Seconds, "Time to store a batch");
    describe_counter!(RECONNECTS, "Lost connections for hints");
    describe_counter!(
        CORRECTIONS,
        "Rows that the reading of all accounts or the proof of receipts had to correct, by what they are"
    );
    describe_gauge!(GAPS, "Accounts that lack receipts");
    describe_counter!(VANISHED, "Transactions that did not stay on the chain");
    describe_counter!(
        MISSING,
        "Times that a listed transaction was shown by no node"
    );
    describe_counter!(DEAD_LETTERS, "What was not understood, by what it is");
    describe_counter!(FAILED_ROUNDS, "Rounds that did not come to their end");
    describe_counter!(
        FAILED_READINGS,
        "Readings of all accounts that did not come to their end"
    );
    describe_counter!(FEED_FAILURES, "Connections of the feed that broke");
    describe_counter!(
        FEED_GAPS,
        "Times that JSON-RPC helped out where the feed could not go on"
    );
    describe_counter!(RPC_ERRORS, "Failed requests, by method and code");
    describe_counter!(RPC_RETRIES, "Requests that were sent again, by method");
    describe_counter!(
        RPC_FAILOVERS,
        "Requests that were sent again to another endpoint"
    );
    // Alerts need a metric even for what has never happened.
    for kind in ["account", "receipt"] {
        counter!(CORRECTIONS, "kind" => kind).absolute(0);
    }
    for kind in ["account", "receipt", "transaction"] {
        counter!(DEAD_LETTERS, "kind" => kind).absolute(0);
    }
    for name in [
        ROWS,
        RECEIPTS,
        RECONNECTS,
        VANISHED,
        MISSING,
        FAILED_ROUNDS,
        FAILED_READINGS,
        FEED_FAILURES,
        FEED_GAPS,
        RPC_FAILOVERS,
    ] {
        counter!(name).absolute(0);
    }
}

pub(crate) fn tip(tip: Tip) {
    gauge!(TIP_SLOT).set(float(tip.slot));
}

pub(crate) fn indexed(slot: u64) {
    gauge!(INDEXED_SLOT).set(float(slot));
}

pub(crate) fn settled(slot: i64, left: i64) {
    gauge!(FINAL_SLOT).set(float(slot.unsigned_abs()));
    gauge!(WALK).set(float(left.unsigned_abs()));
}

pub(crate) fn lag(age: Duration) {
    gauge!(LAG_SECONDS).set(age.as_secs_f64());
}

pub(crate) fn batch(rows: u64, receipts: u64, took: Duration) {
    counter!(ROWS).increment(rows);
    counter!(RECEIPTS).increment(receipts);
    histogram!(BATCH_SECONDS).record(took.as_secs_f64());
}

pub(crate) fn reconnect() {
    counter!(RECONNECTS).increment(1);
}

pub(crate) fn corrections(kind: &'static str, rows: u64) {
    counter!(CORRECTIONS, "kind" => kind).increment(rows);
}

pub(crate) fn gaps(accounts: i64) {
    gauge!(GAPS).set(float(accounts.unsigned_abs()));
}

pub(crate) fn vanished(transactions: u64) {
    counter!(VANISHED).increment(transactions);
}

#[cfg(feature = "yellowstone")]
pub(crate) fn feed_failure() {
    counter!(FEED_FAILURES).increment(1);
}

pub(crate) fn feed_gap() {
    counter!(FEED_GAPS).increment(1);
}

pub(crate) fn missing(transactions: u64) {
    counter!(MISSING).increment(transactions);
}

pub(crate) fn dead_letter(kind: LetterKind) {
    let kind = match kind {
        LetterKind::Transaction => "transaction",
        LetterKind::Receipt => "receipt",
        LetterKind::Account => "account",
    };
    counter!(DEAD_LETTERS, "kind" => kind).increment(1);
}

pub(crate) fn failed_round() {
    counter!(FAILED_ROUNDS).increment(1);
}

pub(crate) fn failed_reading() {
    counter!(FAILED_READINGS).increment(1);
}

pub(crate) fn rpc_failure(method: &'static str, code: String) {
    counter!(RPC_ERRORS, "method" => method, "code" => code).increment(1);
}

pub(crate) fn rpc_retry(method: &'static str) {
    counter!(RPC_RETRIES, "method" => method).increment(1);
}

pub(crate) fn rpc_failover() {
    counter!(RPC_FAILOVERS).increment(1);
}

/// Gauges are floats; slots stay exact in them for 50 million years.
#[expect(clippy::cast_precision_loss)]
fn float(slot: u64) -> f64 {
    slot as f64
}
