//! Fetches listed transactions ahead of applying them, always with as many concurrent requests as
//! are allowed.

use crate::{
    ahead::apart,
    apply::Applied,
    mirror::{Mirror, Result},
    node::{self, Commitment, Listed, Node, shown},
};
use futures::{
    FutureExt, StreamExt, TryStreamExt,
    stream::{self, TryChunksError},
};
use std::{pin::pin, sync::Arc};
use tessera_store::mirror::walk::{self, Step};
use tokio::sync::mpsc::Sender;

/// Steps of the walk, and what the nodes show for each.
pub(super) type Batch = Vec<(Step, node::Result<Applied>)>;

/// Fetches what was not fetched yet, oldest first, until the receiver is gone.
pub(super) async fn ahead(mirror: Mirror, sender: Sender<Result<Batch>>) {
    let pages = stream::try_unfold(None, |after| apart(page(mirror.clone(), after)));
    let steps = pages
        .map_ok(|page| stream::iter(page).map(Ok))
        .try_flatten();
    let fetched = steps.map_ok(|step| fetch(mirror.node.clone(), step).map(Ok));
    let fetched = fetched.try_buffered(mirror.config.concurrency);
    let mut batches = pin!(fetched.try_chunks(mirror.config.chunk));
    while let Some(batch) = batches.next().await {
        let (batch, error) = match batch {
            Ok(batch) => (batch, None),
            Err(TryChunksError(batch, error)) => (batch, Some(error)),
        };
        let mut failed = error.is_some();
        if !batch.is_empty() {
            let batch = judge(&mirror, batch).await;
            failed |= batch.is_err();
            if sender.send(batch).await.is_err() {
                return;
            }
        }
        if let Some(error) = error {
            // The receiver may be gone, and then needs no more.
            let _ = sender.send(Err(error)).await;
        }
        if failed {
            return;
        }
    }
}

/// What the nodes show for these steps.
pub(super) async fn of(mirror: &Mirror, steps: Vec<Step>) -> Result<Batch> {
    let fetched = stream::iter(steps).map(|step| fetch(mirror.node.clone(), step));
    let fetched = fetched.buffered(mirror.config.concurrency).collect().await;
    judge(mirror, fetched).await
}

type After = Option<(i64, i64)>;

async fn page(mirror: Mirror, after: After) -> Result<Option<(Vec<Step>, After)>> {
    let limit = i64::try_from(mirror.config.chunk).unwrap_or(i64::MAX);
    let page = walk::next(&mut *mirror.connection().await?, after, limit).await?;
    let last = page.last().map(|step| (step.slot, step.number));
    Ok(last.map(|last| (page, Some(last))))
}

/// In a task of its own: the request goes on while earlier ones are waited for, and so does not
/// time out.
async fn fetch(node: Arc<dyn Node>, step: Step) -> (Step, node::Result<Applied>) {
    let listed = Listed::stored(step.signature, step.slot, step.tx_index);
    let request = async move {
        let transaction = node.transaction(&listed, Commitment::Finalized).await?;
        Ok(Applied::of(&transaction))
    };
    (step, apart(request).await)
}

async fn judge(mirror: &Mirror, batch: Batch) -> Result<Batch> {
    let (steps, fetched): (Vec<Step>, Vec<_>) = batch.into_iter().unzip();
    let signatures = steps.iter().map(|step| step.signature.into());
    let fetched = signatures.zip(fetched).collect();
    let shown = shown(&*mirror.node, fetched, Commitment::Finalized).await?;
    Ok(steps.into_iter().zip(shown).collect())
}
