//! Sends signed transactions until they are settled.
//!
//! The law here: the same transaction is sent again until it has landed or its blockhash has
//! expired; only then is it given up, after a look at the node's history. The block height shows
//! when a blockhash has expired: a node that is behind may not know a valid blockhash yet.

use crate::{
    config::KeeperConfig,
    error::Result,
    node::{Anchor, Node},
};
use futures::{StreamExt, stream};
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use solana_transaction_status_client_types::{TransactionConfirmationStatus, TransactionStatus};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Concurrent calls.
const CALLS: usize = 16;
/// Blocks to wait beyond the last one that can hold a transaction, so that a node that answers for
/// statuses and is somewhat behind has seen that one too.
const MARGIN: u64 = 32;
/// Time after which transactions that no node answers for are given up: a blockhash lives about a
/// minute.
const PATIENCE: Duration = Duration::from_secs(180);

/// The outcome of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It landed in this slot.
    Landed(u64),
    /// It failed, and its fee is paid.
    Failed(TransactionError),
    /// It can no longer land, and no node knows it. Only the accounts show whether it did.
    Unknown,
}

/// Sends transactions of one blockhash and waits until each is settled; their outcomes, in order.
pub(crate) async fn deliver(
    node: &Node,
    config: &KeeperConfig,
    anchor: &Anchor,
    transactions: &[VersionedTransaction],
) -> Vec<Outcome> {
    let mut outbox = Outbox {
        node,
        transactions,
        outcomes: vec![None; transactions.len()],
    };
    outbox.send().await;
    let start = Instant::now();
    let mut sent = start;
    while outbox.outcomes.contains(&None) {
        sleep(config.status_poll).await;
        log(outbox.look(false).await);
        if sent.elapsed() < config.resend || !outbox.outcomes.contains(&None) {
            continue;
        }
        match node.height().await {
            // The blockhash has expired, so a node that remembers the transaction knows its outcome.
            Ok(height) if height > anchor.serves_until.saturating_add(MARGIN) => {
                log(outbox.look(true).await);
                outbox.give_up();
            }
            Ok(_) => outbox.send().await,
            Err(error) => log(Err(error)),
        }
        if start.elapsed() > PATIENCE {
            outbox.give_up();
        }
        sent = Instant::now();
    }
    outbox.outcomes.into_iter().flatten().collect()
}

struct Outbox<'a> {
    node: &'a Node,
    transactions: &'a [VersionedTransaction],
    outcomes: Vec<Option<Outcome>>,
}

impl Outbox<'_> {
    fn pending(&self) -> Vec<usize> {
        let open = |(at, outcome): (usize, &Option<Outcome>)| outcome.is_none().then_some(at);
        self.outcomes.iter().enumerate().filter_map(open).collect()
    }

    /// Sends what is not settled. A refusal is not final: another node may have taken it.
    async fn send(&self) {
        let sends = self.pending().into_iter().map(async |at| {
            if let Err(error) = self.node.send(&self.transactions[at]).await {
                tracing::debug!(%error, "a transaction was not taken");
            }
        });
        stream::iter(sends)
            .buffer_unordered(CALLS)
            .collect::<Vec<()>>()
            .await;
    }

    async fn look(&mut self, history: bool) -> Result<()> {
        let pending = self.pending();
        let signatures: Vec<Signature> = pending
            .iter()
            .map(|at| self.transactions[*at].signatures[0])
            .collect();
        let statuses = self.node.statuses(&signatures, history).await?;
        for (at, status) in pending.into_iter().zip(statuses) {
            self.outcomes[at] = status.and_then(settled);
        }
        Ok(())
    }

    fn give_up(&mut self) {
        for outcome in &mut self.outcomes {
            outcome.get_or_insert(Outcome::Unknown);
        }
    }
}

/// The outcome that a status states, once it is confirmed.
fn settled(status: TransactionStatus) -> Option<Outcome> {
    let confirmed = status
        .confirmation_status
        .as_ref()
        .is_some_and(|reached| *reached != TransactionConfirmationStatus::Processed);
    confirmed.then_some(match status.err {
        Some(error) => Outcome::Failed(error),
        None => Outcome::Landed(status.slot),
    })
}

fn log(looked: Result<()>) {
    if let Err(error) = looked {
        tracing::warn!(%error, "what became of transactions cannot be read and is asked again");
    }
}
