//! What the engine counts of itself, by the names that dashboards and alerts use.

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

const DONE: &str = "tessera_work_done_total";
const FAILED: &str = "tessera_work_failed_total";
const WAIT: &str = "tessera_work_wait_seconds";

pub(crate) fn describe() {
    describe_counter!(DONE, "Works that were done, by kind");
    describe_counter!(FAILED, "Attempts at work that failed, by kind");
    describe_histogram!(
        WAIT,
        Unit::Seconds,
        "How long work was due before a worker took it, by kind"
    );
}

pub(crate) fn work(kind: &'static str, waited_secs: f64, done: bool) {
    histogram!(WAIT, "kind" => kind).record(waited_secs.max(0.0));
    counter!(if done { DONE } else { FAILED }, "kind" => kind).increment(1);
}
