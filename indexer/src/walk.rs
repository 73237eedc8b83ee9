//! Applies what is final: lists the transactions that the network finalized, from its last slot
//! down to what is already listed, then applies them from the oldest on. A transaction that was
//! applied before and is not listed has vanished.
//!
//! The listing is stored page by page, so a stop costs no page twice; transactions are fetched
//! ahead of being applied, so that node and database work at the same time. A transaction that no
//! node shows keeps its place in the walk: the rest goes on, and nothing from its slot on counts as
//! final until it is there.

mod fetch;
pub(crate) mod missing;
mod vanished;

use crate::{
    ahead::Ahead,
    apply::{Applied, Certainty, Found, apply},
    decode, metrics,
    mirror::{Mirror, Result, commit},
    node::{Commitment, Listed, Listing, NodeError, Pages, Tip, Transaction},
};
use fetch::Batch;
use solana_signature::Signature;
use tessera_client::types;
use tessera_store::{
    mirror::{
        chain_feed,
        cursor::{self, Cursor, Moment},
        unsettled, walk,
    },
    work,
};

/// Batches that wait to be applied, while one is written and one is fetched.
const AHEAD: usize = 2;

/// Lists and applies everything through `tip`, which is finalized, except for what no node showed
/// before. Returns what is missing, if anything.
pub(crate) async fn settle(mirror: &Mirror, tip: Tip) -> Result<Option<String>> {
    let slot = decode::slot(tip.slot);
    loop {
        let cursor = mirror.cursor().await?;
        if cursor.listed_slot >= slot {
            break;
        }
        list(mirror, &cursor, tip).await?;
    }
    walk_up(mirror).await?;
    let cursor = mirror.cursor().await?;
    let mut conn = mirror.write(&cursor).await?;
    let left = walk::left(&mut conn).await?;
    let doubted = unsettled::oldest(&mut conn, cursor.listed_slot).await?;
    let missing = left.oldest_slot.zip(left.oldest);
    let oldest = missing.into_iter().chain(doubted).min();
    let settled = match oldest {
        None => Moment { slot, at: tip.at },
        // No node states the time of that slot.
        Some((oldest, _)) => Moment {
            slot: oldest - 1,
            at: 0,
        },
    };
    cursor::settle(&mut conn, settled).await?;
    if settled.slot > cursor.final_slot {
        chain_feed::announce(&mut conn, cursor.final_slot + 1, settled.slot).await?;
        work::release(&mut conn, settled.at).await?;
    }
    commit(conn).await?;
    metrics::settled(settled.slot, left.count);
    let missing = oldest.map(|(_, signature)| Signature::from(signature));
    Ok(missing.map(|oldest| NodeError::UnknownTransaction(oldest).to_string()))
}

/// Lists from where the last listing stopped, or from the tip, down to what is listed.
async fn list(mirror: &Mirror, cursor: &Cursor, tip: Tip) -> Result<()> {
    let walk_slot = cursor.walk_slot.unwrap_or_else(|| decode::slot(tip.slot));
    let listing = Listing {
        address: types::ID,
        before: cursor.walk_low.map(Into::into),
        until: cursor.listed_signature.map(Into::into),
        min_slot: walk_slot.unsigned_abs(),
        commitment: Commitment::Finalized,
    };
    let mut pages = Pages::new(&*mirror.node, listing);
    loop {
        let page = match pages.next().await {
            Ok(Some(page)) => page,
            Ok(None) => break,
            Err(error) => return begin_again(mirror, cursor, error).await,
        };
        // The node may have forgotten the transaction at which the last listing ended; slots still
        // show that it is reached.
        let slot = page.last().map_or(0, |last| decode::slot(last.slot));
        note_page(mirror, cursor, walk_slot, &page).await?;
        if slot <= cursor.listed_slot {
            break;
        }
    }
    vanished::take_back(mirror, cursor, walk_slot).await
}

/// If no node knows the transaction at which the listing stopped, begins again from the tip.
async fn begin_again(mirror: &Mirror, cursor: &Cursor, error: NodeError) -> Result<()> {
    if error.is_about_transaction() && cursor.walk_low.is_some() {
        let mut conn = mirror.write(cursor).await?;
        walk::begin_again(&mut conn).await?;
        commit(conn).await?;
    }
    Err(error.into())
}

/// Stores those transactions of a page that are not applied yet. Failed ones changed nothing.
async fn note_page(
    mirror: &Mirror,
    cursor: &Cursor,
    walk_slot: i64,
    page: &[Listed],
) -> Result<()> {
    let mut conn = mirror.write(cursor).await?;
    let within = |it: &&Listed| {
        let slot = decode::slot(it.slot);
        slot > cursor.listed_slot && slot <= walk_slot
    };
    let (mut listed, mut happened) = (Vec::new(), Vec::new());
    for it in page.iter().filter(within) {
        let index = it.index.and_then(|index| i32::try_from(index).ok());
        let row = (decode::slot(it.slot), it.signature.into(), index);
        listed.push(row);
        if !it.failed {
            happened.push(row);
        }
    }
    let stays = unsettled::stays(&mut conn, &listed).await?;
    let unknown: Vec<_> = happened
        .into_iter()
        .filter(|(_, signature, _)| !stays.contains(signature))
        .collect();
    let (newest, oldest) = (listed.first(), listed.last());
    if let (Some((_, newest, _)), Some((_, oldest, _))) = (newest, oldest) {
        walk::extend(&mut conn, walk_slot, newest, oldest, &unknown).await?;
    }
    commit(conn).await
}

/// Applies what is listed and was not fetched yet, oldest first, except for what no node shows.
async fn walk_up(mirror: &Mirror) -> Result<()> {
    let cursor = mirror.cursor().await?;
    let mut batches = Ahead::spawn(AHEAD, |sender| fetch::ahead(mirror.clone(), sender));
    while let Some(batch) = batches.next().await {
        // If no node shows any of them, the next round begins with the next ones.
        if take_in(mirror, &cursor, batch?).await? == 0 {
            break;
        }
    }
    Ok(())
}

/// Applies those transactions of a batch that are shown; returns how many.
async fn take_in(mirror: &Mirror, cursor: &Cursor, batch: Batch) -> Result<usize> {
    let mut applied = Vec::with_capacity(batch.len());
    let (mut done, mut missed) = (Vec::new(), Vec::new());
    for (step, transaction) in batch {
        match transaction {
            Ok(transaction) => {
                applied.push(transaction);
                done.push(step);
            }
            Err(error) => {
                tracing::debug!("{error}");
                missed.push(step);
            }
        }
    }
    let shown = done.len();
    // Within a slot the listing's order is not the chain's.
    applied.sort_by_key(|it| (it.slot, it.tx_index));
    let certainty = Certainty::Stays {
        steps: done,
        followed: cursor.followed_slot,
    };
    apply(mirror, cursor, &applied, &Found::default(), &certainty).await?;
    if !missed.is_empty() {
        metrics::missing(missed.len() as u64);
        let mut conn = mirror.write(cursor).await?;
        walk::missed(&mut conn, &missed).await?;
        commit(conn).await?;
    }
    Ok(shown)
}

impl Applied {
    pub(crate) fn of(transaction: &Transaction) -> Self {
        Self {
            signature: transaction.signature.into(),
            slot: decode::slot(transaction.place.slot),
            tx_index: i32::try_from(transaction.place.index).unwrap_or(i32::MAX),
            effects: decode::effects(transaction),
        }
    }
}
