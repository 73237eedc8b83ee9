//! Readings that take many requests: all accounts, and many transactions.

use super::{Commitment, Listed, Node, NodeError, Reading, Result, Shard, Transaction, shards};
use futures::{StreamExt, stream};
use solana_signature::Signature;

/// All of the program's accounts, part by part; a part that is too long for an answer is split.
pub struct AllAccounts<'a> {
    node: &'a dyn Node,
    waiting: Vec<Shard>,
}

impl<'a> AllAccounts<'a> {
    /// All accounts, read from `node`.
    pub fn new(node: &'a dyn Node) -> Self {
        Self {
            node,
            waiting: shards(),
        }
    }

    /// The next part, at `min_slot` or later; none when there are no more.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn next(&mut self, min_slot: u64) -> Result<Option<Reading>> {
        while let Some(shard) = self.waiting.pop() {
            match self.node.shard(&shard, min_slot).await {
                Err(NodeError::TooLong { .. }) => self.waiting.extend(shard.split()),
                reading => return reading.map(Some),
            }
        }
        Ok(None)
    }
}

/// These transactions in their order, fetched `concurrency` at a time, each as far as it is shown: what
/// fails about one alone is [`NodeError::UnknownTransaction`] or [`NodeError::Withheld`].
///
/// # Errors
/// [`NodeError`] when none of them is shown and the node answers nothing else either: then it is not
/// about them.
pub async fn transactions(
    node: &dyn Node,
    listed: Vec<Listed>,
    commitment: Commitment,
    concurrency: usize,
) -> Result<Vec<Result<Transaction>>> {
    let calls: Vec<_> = listed
        .into_iter()
        .map(|listed| async move {
            let fetched = node.transaction(&listed, commitment).await;
            (listed.signature, fetched)
        })
        .collect();
    let fetched = stream::iter(calls).buffered(concurrency).collect().await;
    shown(node, fetched, commitment).await
}

/// What is shown of transactions that were fetched together. One that no node shows must not hold up the
/// rest: whatever fails about it is [`NodeError::UnknownTransaction`] or [`NodeError::Withheld`].
///
/// # Errors
/// [`NodeError`] when none of them is shown and the node answers nothing else either: then it is not
/// about them.
pub(crate) async fn shown<T>(
    node: &dyn Node,
    fetched: Vec<(Signature, Result<T>)>,
    commitment: Commitment,
) -> Result<Vec<Result<T>>> {
    if !fetched.is_empty() && fetched.iter().all(|(_, fetched)| fetched.is_err()) {
        node.tip(commitment).await?;
    }
    let withheld = |(signature, fetched): (Signature, Result<T>)| {
        fetched.map_err(|error| match error {
            error if error.is_about_transaction() => error,
            error => NodeError::Withheld {
                signature,
                reason: error.to_string(),
            },
        })
    };
    Ok(fetched.into_iter().map(withheld).collect())
}
