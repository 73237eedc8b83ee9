//! Transactions that may still vanish: those confirmed after the last finalized slot. They are
//! applied as soon as they are there, with the accounts that they touched.

use crate::{
    apply::{Applied, Certainty, Found, apply},
    feed::{Feed, FeedError, Mark, RpcFeed},
    fresh, metrics,
    mirror::{Mirror, Result, commit},
    node::Tip,
    tip,
};
use std::{collections::BTreeSet, time::Duration};
use tessera_store::{
    Key,
    mirror::{cursor::Cursor, unsettled},
};

/// The source of confirmed transactions.
pub(crate) struct Live {
    rpc: RpcFeed,
    /// Preferred to JSON-RPC, which fills its gaps.
    feed: Option<Box<dyn Feed>>,
    /// The slot through which everything is applied.
    through: u64,
    /// Whether JSON-RPC stands in for the feed.
    helped: bool,
}

/// What was applied.
pub(crate) struct News {
    /// The slot through which everything is mirrored; none when something is missing or nothing
    /// came.
    pub(crate) through: Option<Tip>,
    /// Why something is missing.
    pub(crate) missing: Option<String>,
}

impl Live {
    pub(crate) fn new(mirror: &Mirror, feed: Option<Box<dyn Feed>>) -> Self {
        Self {
            rpc: RpcFeed::new(mirror.node.clone(), mirror.config.concurrency),
            feed,
            through: 0,
            helped: false,
        }
    }

    /// Starts over from the mirror's cursor, which another writer may have moved.
    pub(crate) fn restart(&mut self) {
        self.through = 0;
    }

    /// Whether the source waits for news itself.
    pub(crate) fn waits(&self) -> bool {
        self.feed.is_some()
    }

    /// Applies what happened since the last time, as soon as there is news, at the latest after
    /// `patience`.
    pub(crate) async fn apply(
        &mut self,
        mirror: &Mirror,
        cursor: &Cursor,
        patience: Duration,
    ) -> Result<News> {
        let mark = Mark {
            slot: self.through.max(cursor.listed_slot.unsigned_abs()),
        };
        let stretch = match &mut self.feed {
            None => self.rpc.next(mark, patience).await?,
            Some(feed) => match feed.next(mark, patience).await {
                Ok(stretch) => {
                    if std::mem::take(&mut self.helped) {
                        tracing::info!("the feed needs no help any more");
                    }
                    stretch
                }
                Err(FeedError::Node(error)) => return Err(error.into()),
                Err(error) => {
                    metrics::feed_gap();
                    if !std::mem::replace(&mut self.helped, true) {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "the feed is helped out by JSON-RPC"
                        );
                    }
                    self.rpc.next(mark, patience).await?
                }
            },
        };
        if let Some(through) = stretch.through {
            tip::check(cursor, through)?;
        }
        let transactions: Vec<Applied> = stretch.transactions.iter().map(Applied::of).collect();
        for chunk in transactions.chunks(mirror.config.chunk) {
            let found = read_touched(mirror, cursor, chunk).await?;
            apply(mirror, cursor, chunk, &found, &Certainty::MayVanish).await?;
        }
        if let Some(through) = stretch.through {
            self.through = through.slot;
        }
        Ok(News {
            through: stretch.through,
            missing: stretch.missing,
        })
    }
}

/// Reads the accounts that transactions touched. If no node shows them, they are marked and read
/// later: receipts do not wait for accounts.
async fn read_touched(mirror: &Mirror, cursor: &Cursor, applied: &[Applied]) -> Result<Found> {
    let touched: BTreeSet<Key> = applied
        .iter()
        .flat_map(|it| it.effects.touched.iter().copied())
        .collect();
    let touched: Vec<Key> = touched.into_iter().collect();
    let last = applied.iter().map(|it| it.slot).max().unwrap_or(0);
    let concurrency = mirror.config.concurrency;
    match fresh::read(&*mirror.node, &touched, last.unsigned_abs(), concurrency).await {
        Ok(found) => Ok(found),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "accounts are read later"
            );
            let mut conn = mirror.write(cursor).await?;
            unsettled::mark_stale(&mut conn, &touched, last).await?;
            commit(conn).await?;
            Ok(Found::default())
        }
    }
}
