//! Removes what was applied and has vanished.

use crate::{
    decode, metrics,
    mirror::{Mirror, Result, commit},
    node::{Commitment, Listed, MAX_STATUSES, NodeError, transactions},
};
use tessera_store::{
    Key,
    mirror::{
        cursor::Cursor,
        dead_letter, receipt,
        unsettled::{self, Unsettled},
        walk,
    },
};

/// Ends the listing through `walk_slot`: what was applied up to it and is not listed has vanished,
/// unless the network says that it is final after all. If no node says either, nothing waits for
/// it: it stays applied, nothing from its slot on counts as final, and the next listing asks again.
pub(super) async fn take_back(mirror: &Mirror, cursor: &Cursor, walk_slot: i64) -> Result<()> {
    let unlisted = unsettled::unlisted(&mut *mirror.connection().await?, walk_slot).await?;
    let Unlisted { vanished, doubted } = judge(mirror, unlisted).await?;
    let mut conn = mirror.write(cursor).await?;
    if !vanished.is_empty() {
        let undone = receipt::remove_transactions(&mut conn, &vanished).await?;
        dead_letter::forget_transactions(&mut conn, &vanished).await?;
        let touched: Vec<Key> = vanished.iter().flat_map(|it| it.touched.clone()).collect();
        unsettled::mark_stale(&mut conn, &touched, walk_slot).await?;
        metrics::vanished(vanished.len() as u64);
        tracing::warn!(
            transactions = vanished.len(),
            receipts = undone.receipts,
            "what did not stay on the chain is taken back"
        );
    }
    unsettled::remove_through(&mut conn, walk_slot, &doubted).await?;
    walk::finish_listing(&mut conn, walk_slot).await?;
    commit(conn).await
}

/// Applied transactions that the listing of final ones lacks.
#[derive(Default)]
struct Unlisted {
    vanished: Vec<Unsettled>,
    /// Those of which no node says whether they are final.
    doubted: Vec<[u8; 64]>,
}

/// Asks which of these are final where they were applied. A status that is not final may come from
/// a node that is behind, or on a fork; then what counts is whether a node shows the transaction as
/// final.
async fn judge(mirror: &Mirror, unlisted: Vec<Unsettled>) -> Result<Unlisted> {
    let mut judged = Unlisted::default();
    let mut asked: Vec<Unsettled> = Vec::new();
    for part in unlisted.chunks(MAX_STATUSES) {
        let signatures: Vec<_> = part.iter().map(|it| it.signature.into()).collect();
        let statuses = mirror.node.statuses(&signatures).await?;
        for (it, status) in part.iter().zip(&statuses) {
            match status {
                Some(status) if is_there(it, status.slot) && !status.finalized => {
                    asked.push(it.clone());
                }
                Some(status) if is_there(it, status.slot) => {}
                _ => judged.vanished.push(it.clone()),
            }
        }
    }
    let listed = asked
        .iter()
        .map(|it| Listed::stored(it.signature, it.slot, Some(it.tx_index)))
        .collect();
    let (stays, concurrency) = (Commitment::Finalized, mirror.config.concurrency);
    let shown = transactions(&*mirror.node, listed, stays, concurrency).await?;
    for (it, shown) in asked.into_iter().zip(shown) {
        match shown {
            Ok(transaction) if is_there(&it, transaction.place.slot) => {}
            Ok(_) | Err(NodeError::UnknownTransaction(_)) => judged.vanished.push(it),
            Err(_) => judged.doubted.push(it.signature),
        }
    }
    Ok(judged)
}

fn is_there(it: &Unsettled, slot: u64) -> bool {
    decode::slot(slot) == it.slot
}
