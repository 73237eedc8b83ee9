//! Looks again for listed transactions that no node showed: beside the rounds, few at a time and
//! less and less often, so that they never delay new ones.

use super::{fetch, take_in};
use crate::mirror::{Mirror, Result};
use std::time::Duration;
use tessera_store::mirror::walk;
use tokio::time::sleep;

/// Time between two checks whether something is due.
const LOOK: Duration = Duration::from_secs(1);

/// Looks again at intervals, for ever.
pub(crate) async fn run(mirror: Mirror) {
    loop {
        match look(&mirror).await {
            Ok(shown) if shown > 0 => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what no node showed cannot be looked for again now"
            ),
        }
        sleep(LOOK).await;
    }
}

/// Looks once for each transaction that no node showed.
pub(crate) async fn look_for_all(mirror: &Mirror) -> Result<()> {
    let due = walk::hurry(&mut *mirror.connection().await?).await?;
    for _ in 0..due.div_ceil(mirror.config.concurrency as u64) {
        look(mirror).await?;
    }
    Ok(())
}

/// Looks for one batch of those that are due, and applies what is shown now; returns how many.
pub(crate) async fn look(mirror: &Mirror) -> Result<usize> {
    let limit = i64::try_from(mirror.config.concurrency).unwrap_or(i64::MAX);
    let steps = walk::missing(&mut *mirror.connection().await?, limit).await?;
    if steps.is_empty() {
        return Ok(0);
    }
    let batch = fetch::of(mirror, steps).await?;
    let cursor = mirror.cursor().await?;
    take_in(mirror, &cursor, batch).await
}
