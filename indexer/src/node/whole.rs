//! What takes many requests: all accounts, and many transactions.

use super::{Commitment, Listed, Node, NodeError, Reading, Result, Shard, Transaction, shards};
use futures::{StreamExt, stream};

/// All of the program's accounts, part by part; a part that is too long for an answer is split.
pub struct AllAccounts<'a> {
    node: &'a dyn Node,
    waiting: Vec<Shard>,
}

impl<'a> AllAccounts<'a> {
    /// The accounts as `node` shows them.
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

/// These transactions in their order, fetched `concurrency` at a time.
pub async fn transactions(
    node: &dyn Node,
    listed: Vec<Listed>,
    commitment: Commitment,
    concurrency: usize,
) -> Vec<Result<Transaction>> {
    let calls: Vec<_> = listed
        .into_iter()
        .map(|listed| async move { node.transaction(&listed, commitment).await })
        .collect();
    stream::iter(calls).buffered(concurrency).collect().await
}
