//! Fills a mirror from the chain alone, as far as the network is final, and proves it.

use crate::{
    mirror::{Mirror, Result},
    node::Commitment,
    proof::{self, Gaps},
    reconcile, tip, walk,
};
use std::time::Duration;
use tessera_store::mirror::cursor;
use tokio::time::interval;

/// Time between looks at the progress.
const LOOK: Duration = Duration::from_secs(2);

/// Progress of filling a mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Whether transactions are still being listed.
    pub listing: bool,
    /// Transactions that are listed and not applied.
    pub left: u64,
    /// Receipts that were stored.
    pub receipts: u64,
}

/// The content of a mirror that was filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    /// The slot through which it is filled.
    pub final_slot: i64,
    /// The highest number that a receipt was given.
    pub receipts: i64,
    /// Accounts that lack receipts.
    pub gaps: i64,
}

/// Fills the mirror; calls `seen` with the progress now and then.
pub(crate) async fn backfill(mirror: &Mirror, seen: &dyn Fn(Progress)) -> Result<Filled> {
    let work = async {
        let finalized = mirror.node.tip(Commitment::Finalized).await?;
        tip::check(&mirror.cursor().await?, finalized)?;
        walk::missing::look_for_all(mirror).await?;
        let accounts = async {
            match mirror.cursor().await?.snapshot_slot {
                0 => reconcile::reconcile(mirror).await.map(|_| ()),
                _ => Ok(()),
            }
        };
        let receipts = async {
            // Transactions that no node shows are asked for again by the next backfill.
            match walk::settle(mirror, finalized).await? {
                None => Ok(()),
                Some(missing) => Err(crate::IndexerError::Incomplete(missing)),
            }
        };
        tokio::try_join!(accounts, receipts)?;
        let mut gaps = Gaps::default();
        let final_slot = proof::prove(mirror, None, &mut gaps).await?;
        let receipts = mirror.cursor().await?.arrival;
        Ok(Filled {
            final_slot,
            receipts,
            gaps: gaps.count(),
        })
    };
    tokio::pin!(work);
    let mut looks = interval(LOOK);
    loop {
        tokio::select! {
            filled = &mut work => return filled,
            _ = looks.tick() => seen(progress(mirror).await?),
        }
    }
}

async fn progress(mirror: &Mirror) -> Result<Progress> {
    let mut conn = mirror.connection().await?;
    let left = tessera_store::mirror::walk::left(&mut conn).await?;
    let cursor = cursor::read(&mut conn).await?;
    Ok(Progress {
        listing: cursor
            .as_ref()
            .is_some_and(|cursor| cursor.walk_slot.is_some()),
        left: left.count.unsigned_abs(),
        receipts: cursor.map_or(0, |cursor| cursor.arrival.unsigned_abs()),
    })
}
