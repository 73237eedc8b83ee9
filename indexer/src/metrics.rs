//! What the indexer tells of itself, by the names that dashboards and alerts use.

use crate::source::Tip;
use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use std::time::Duration;

const TIP_SLOT: &str = "tessera_indexer_tip_slot";
const INDEXED_SLOT: &str = "tessera_indexer_indexed_slot";
const LAG_SECONDS: &str = "tessera_indexer_lag_seconds";
const ROWS: &str = "tessera_indexer_rows_total";
const EVENTS: &str = "tessera_indexer_events_total";
const BATCH_SECONDS: &str = "tessera_indexer_batch_seconds";
const RECONNECTS: &str = "tessera_indexer_reconnects_total";
const CORRECTIONS: &str = "tessera_indexer_corrections_total";
const PROBLEMS: &str = "tessera_indexer_problems_total";
const FAILED_ROUNDS: &str = "tessera_indexer_failed_rounds_total";
const RPC_ERRORS: &str = "tessera_indexer_rpc_errors_total";

pub(crate) fn describe() {
    describe_gauge!(TIP_SLOT, "The chain's last slot");
    describe_gauge!(INDEXED_SLOT, "Slot through which everything is mirrored");
    describe_gauge!(
        LAG_SECONDS,
        Unit::Seconds,
        "Age of the tip that is mirrored"
    );
    describe_counter!(ROWS, "Account rows that changed");
    describe_counter!(EVENTS, "Events added");
    describe_histogram!(BATCH_SECONDS, Unit::Seconds, "Time to store a batch");
    describe_counter!(RECONNECTS, "Lost connections for hints");
    describe_counter!(
        CORRECTIONS,
        "Rows that a reading of all accounts had to repair"
    );
    describe_counter!(PROBLEMS, "Accounts that were not understood");
    describe_counter!(FAILED_ROUNDS, "Rounds that were given up");
    describe_counter!(RPC_ERRORS, "Failed requests, by method");
}

pub(crate) fn tip(tip: Tip) {
    gauge!(TIP_SLOT).set(float(tip.slot));
}

pub(crate) fn indexed(slot: u64) {
    gauge!(INDEXED_SLOT).set(float(slot));
}

pub(crate) fn lag(age: Duration) {
    gauge!(LAG_SECONDS).set(age.as_secs_f64());
}

pub(crate) fn batch(rows: u64, events: u64, took: Duration) {
    counter!(ROWS).increment(rows);
    counter!(EVENTS).increment(events);
    histogram!(BATCH_SECONDS).record(took.as_secs_f64());
}

pub(crate) fn reconnect() {
    counter!(RECONNECTS).increment(1);
}

pub(crate) fn corrections(rows: u64) {
    counter!(CORRECTIONS).increment(rows);
}

pub(crate) fn problem() {
    counter!(PROBLEMS).increment(1);
}

pub(crate) fn failed_round() {
    counter!(FAILED_ROUNDS).increment(1);
}

pub(crate) fn rpc_error(method: &'static str) {
    counter!(RPC_ERRORS, "method" => method).increment(1);
}

/// Gauges are floats; slots stay exact in them for 50 million years.
#[expect(clippy::cast_precision_loss)]
fn float(slot: u64) -> f64 {
    slot as f64
}
