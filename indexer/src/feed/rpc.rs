//! Transactions by JSON-RPC: lists those after the mark and fetches each. It never waits for news.

use super::{Feed, FeedError, Mark, Stretch};
use crate::{
    metrics,
    node::{Commitment, Listed, Listing, Node, NodeError, Pages, transactions},
};
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};
use tessera_client::types;

/// Transactions that a node lists.
pub struct RpcFeed {
    node: Arc<dyn Node>,
    concurrency: usize,
    /// The newest transaction of an earlier list: if it is not after the mark, later lists end
    /// there.
    newest: Option<Listed>,
}

impl RpcFeed {
    /// A feed that asks `node`, `concurrency` requests at a time.
    pub fn new(node: Arc<dyn Node>, concurrency: usize) -> Self {
        Self {
            node,
            concurrency,
            newest: None,
        }
    }

    /// Everything after the mark, newest first.
    async fn list(&self, mark: Mark, min_slot: u64) -> Result<Vec<Listed>, NodeError> {
        let until = self.newest.filter(|newest| newest.slot <= mark.slot);
        let listing = Listing {
            address: types::ID,
            before: None,
            until: until.map(|newest| newest.signature),
            min_slot,
            commitment: Commitment::Confirmed,
        };
        let mut pages = Pages::new(&*self.node, listing);
        let mut listed: Vec<Listed> = Vec::new();
        while let Some(page) = pages.next().await? {
            let passed = page.last().is_some_and(|last| last.slot <= mark.slot);
            listed.extend(page.into_iter().filter(|it| it.slot > mark.slot));
            if passed {
                break;
            }
        }
        Ok(listed)
    }
}

#[async_trait]
impl Feed for RpcFeed {
    async fn next(&mut self, mark: Mark, _patience: Duration) -> Result<Stretch, FeedError> {
        let tip = self.node.tip(Commitment::Confirmed).await?;
        metrics::tip(tip);
        let listed = self.list(mark, tip.slot).await?;
        self.newest = listed.first().copied().or(self.newest);
        let happened: Vec<Listed> = listed.into_iter().rev().filter(|it| !it.failed).collect();
        let confirmed = Commitment::Confirmed;
        let fetched = transactions(&*self.node, happened, confirmed, self.concurrency).await?;
        let mut stretch = Stretch {
            through: Some(tip),
            ..Stretch::default()
        };
        for transaction in fetched {
            match transaction {
                Ok(transaction) => stretch.transactions.push(transaction),
                // The rest goes on; this transaction is looked for again.
                Err(error) => {
                    stretch.through = None;
                    stretch.missing.get_or_insert(error.to_string());
                }
            }
        }
        stretch
            .transactions
            .sort_by_key(|transaction| transaction.place);
        Ok(stretch)
    }
}
