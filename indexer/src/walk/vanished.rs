//! Takes back what was applied and did not stay.

use crate::{
    decode, metrics,
    mirror::{Mirror, Result, commit},
    node::MAX_STATUSES,
};
use tessera_store::{Key, cursor::Cursor, receipt, unsettled, unsettled::Unsettled, walk};

/// Ends the listing through `walk_slot`: what was applied up to it and is not listed has vanished, unless
/// the network says that it stays after all.
pub(super) async fn take_back(mirror: &Mirror, cursor: &Cursor, walk_slot: i64) -> Result<()> {
    let unlisted = unsettled::unlisted(&mut *mirror.connection().await?, walk_slot).await?;
    let mut vanished: Vec<Unsettled> = Vec::new();
    for part in unlisted.chunks(MAX_STATUSES) {
        let signatures: Vec<_> = part.iter().map(|it| it.signature.into()).collect();
        let statuses = mirror.node.statuses(&signatures).await?;
        let stays = |it: &Unsettled, status: &Option<crate::node::Status>| {
            status.is_some_and(|status| decode::slot(status.slot) == it.slot)
        };
        let gone = part
            .iter()
            .zip(&statuses)
            .filter(|(it, status)| !stays(it, status));
        vanished.extend(gone.map(|(it, _)| it.clone()));
    }
    let mut conn = mirror.write(cursor).await?;
    if !vanished.is_empty() {
        let undone = receipt::remove_transactions(&mut conn, &vanished).await?;
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
