//! Takes back what was applied and did not stay.

use crate::{
    decode, metrics,
    mirror::{Mirror, Result, commit},
    node::{Commitment, Listed, MAX_STATUSES, NodeError, Status},
};
use tessera_store::{
    Key, cursor::Cursor, dead_letter, receipt, unsettled, unsettled::Unsettled, walk,
};

/// Ends the listing through `walk_slot`: what was applied up to it and is not listed has vanished, unless
/// the network says that it stays after all.
pub(super) async fn take_back(mirror: &Mirror, cursor: &Cursor, walk_slot: i64) -> Result<()> {
    let unlisted = unsettled::unlisted(&mut *mirror.connection().await?, walk_slot).await?;
    let mut vanished: Vec<Unsettled> = Vec::new();
    for part in unlisted.chunks(MAX_STATUSES) {
        let signatures: Vec<_> = part.iter().map(|it| it.signature.into()).collect();
        let statuses = mirror.node.statuses(&signatures).await?;
        for (it, status) in part.iter().zip(&statuses) {
            if !stays(mirror, it, status.as_ref()).await? {
                vanished.push(it.clone());
            }
        }
    }
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
    unsettled::remove_through(&mut conn, walk_slot).await?;
    walk::finish_listing(&mut conn, walk_slot).await?;
    commit(conn).await
}

/// Whether a transaction stays where it was applied. A status that is not final may be that of a node
/// which is behind, or on a fork; then it counts whether a node shows the transaction as final.
async fn stays(mirror: &Mirror, it: &Unsettled, status: Option<&Status>) -> Result<bool> {
    let there = |slot: u64| decode::slot(slot) == it.slot;
    match status {
        Some(status) if there(status.slot) && !status.finalized => {}
        Some(status) => return Ok(there(status.slot)),
        None => return Ok(false),
    }
    let listed = Listed::stored(it.signature, it.slot, Some(it.tx_index));
    let shown = mirror
        .node
        .transaction(&listed, Commitment::Finalized)
        .await;
    match shown {
        Ok(transaction) => Ok(there(transaction.place.slot)),
        Err(NodeError::UnknownTransaction(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
