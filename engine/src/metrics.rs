//! The engine's metrics, by the names that dashboards and alerts use.

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

const DONE: &str = "tessera_work_done_total";
const FAILED: &str = "tessera_work_failed_total";
const WAIT: &str = "tessera_work_wait_seconds";

const VERIFIED: &str = "tessera_projection_verified_people_total";
const DIFFERING: &str = "tessera_projection_differing_people_total";

const WATCHED: &str = "tessera_inbox_streams";

const LET_GO: &str = "tessera_event_log_let_go_total";

pub(crate) fn describe() {
    describe_counter!(
        LET_GO,
        "Events that were older than what is kept, and deleted"
    );
    counter!(LET_GO).absolute(0);
    describe_counter!(
        VERIFIED,
        "People who were computed again from all of their events"
    );
    describe_counter!(
        DIFFERING,
        "People whose kept state differed from what their events say"
    );
    // An alert on what has never happened needs a value too.
    counter!(DIFFERING).absolute(0);
    describe_counter!(DONE, "Work that was done, by kind");
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

pub(crate) fn verified(people: usize, differing: usize) {
    counter!(VERIFIED).increment(people as u64);
    counter!(DIFFERING).increment(differing as u64);
}

pub(crate) fn let_go(events: u64) {
    counter!(LET_GO).increment(events);
}

pub(crate) fn describe_inbox_streams() {
    describe_gauge!(WATCHED, "Inboxes that are watched through this process");
    gauge!(WATCHED).set(0.0);
}

pub(crate) fn inbox_stream_opened() {
    gauge!(WATCHED).increment(1.0);
}

pub(crate) fn inbox_stream_ended() {
    gauge!(WATCHED).decrement(1.0);
}
