//! The keeper's metrics.

use crate::{outbox::Outcome, round::Round};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

const DONE: &str = "tessera_keeper_done_total";
const POSTPONED: &str = "tessera_keeper_postponed_total";
const OVERTAKEN: &str = "tessera_keeper_overtaken_total";
const TRANSACTIONS: &str = "tessera_keeper_transactions_total";
/// Histogram of the charges and marks in a transaction that was sent.
pub const JOBS_PER_TRANSACTION: &str = "tessera_keeper_jobs_per_transaction";
const FEES: &str = "tessera_keeper_fees_lamports_total";
const ROUNDS: &str = "tessera_keeper_rounds_total";
const PURSE: &str = "tessera_keeper_purse_lamports";
const EMPTY: &str = "tessera_keeper_purse_empty";

/// Values of the label for what is done with a subscription.
const TASKS: [&str; 3] = ["charge", "miss", "lapse"];
/// Values of the label for the outcome of a transaction.
const LANDED: &str = "landed";
const FAILED: &str = "failed";
const EXPIRED: &str = "expired";
/// Values of the label for the end of a round.
const DONE_ROUND: &str = "done";
const FAILED_ROUND: &str = "failed";

/// Describes the metrics, once per process.
pub(crate) fn describe() {
    describe_counter!(
        DONE,
        "Periods charged, payments recorded as missed, lapses, by task"
    );
    describe_counter!(POSTPONED, "Periods that were left alone for a while");
    describe_counter!(
        OVERTAKEN,
        "Subscriptions with which there was nothing to do after all"
    );
    describe_counter!(
        TRANSACTIONS,
        "Transactions of charges and marks, by outcome"
    );
    describe_histogram!(
        JOBS_PER_TRANSACTION,
        "Charges and marks in a transaction that was sent"
    );
    describe_counter!(FEES, "Fees, without rent");
    describe_counter!(ROUNDS, "Rounds, by outcome");
    describe_gauge!(PURSE, "What the keeper holds");
    describe_gauge!(
        EMPTY,
        "1 while the keeper has too little to pay for a transaction"
    );
    // Alerts need a metric even for what has never happened.
    for name in [POSTPONED, OVERTAKEN, FEES] {
        counter!(name).absolute(0);
    }
    for task in TASKS {
        counter!(DONE, "task" => task).absolute(0);
    }
    for outcome in [LANDED, FAILED, EXPIRED] {
        counter!(TRANSACTIONS, "outcome" => outcome).absolute(0);
    }
    for outcome in [DONE_ROUND, FAILED_ROUND] {
        counter!(ROUNDS, "outcome" => outcome).absolute(0);
    }
    gauge!(EMPTY).set(0);
}

pub(crate) fn purse(lamports: u64) {
    // A gauge is a double; beyond nine million SOL it is off by a lamport.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    gauge!(PURSE).set(lamports as f64);
}

pub(crate) fn transaction(jobs: usize, outcome: &Outcome) {
    let outcome = match outcome {
        Outcome::Landed(_) => LANDED,
        Outcome::Failed(_) => FAILED,
        Outcome::Unknown => EXPIRED,
    };
    counter!(TRANSACTIONS, "outcome" => outcome).increment(1);
    let jobs = u32::try_from(jobs).unwrap_or(u32::MAX);
    histogram!(JOBS_PER_TRANSACTION).record(jobs);
}

pub(crate) fn round(round: &Round) {
    counter!(ROUNDS, "outcome" => DONE_ROUND).increment(1);
    for (task, done) in TASKS
        .into_iter()
        .zip([round.charged, round.missed, round.lapsed])
    {
        counter!(DONE, "task" => task).increment(done);
    }
    counter!(POSTPONED).increment(round.postponed);
    counter!(OVERTAKEN).increment(round.overtaken);
    counter!(FEES).increment(round.fees);
    gauge!(EMPTY).set(u32::from(round.purse_empty));
}

pub(crate) fn failed_round() {
    counter!(ROUNDS, "outcome" => FAILED_ROUND).increment(1);
}
