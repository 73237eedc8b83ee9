//! What no node showed when it was listed: looked for again beside the rounds, few at a time and less and
//! less often, so that however many there are, what is new does not wait for them.

use super::{fetch, take_in};
use crate::mirror::{Mirror, Result};
use std::time::Duration;
use tessera_store::mirror::walk;
use tokio::time::sleep;

/// Time between two looks whether something is due.
const LOOK: Duration = Duration::from_secs(1);

/// Looks again now and then, for ever.
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

/// Looks once for each that no node showed.
pub(crate) async fn look_for_all(mirror: &Mirror) -> Result<()> {
    let due = walk::hurry(&mut *mirror.connection().await?).await?;
    for _ in 0..due.div_ceil(mirror.config.concurrency as u64) {
        look(mirror).await?;
    }
    Ok(())
}

/// Looks for as many of those that are due as are asked for at a time, and applies what is shown now; how
/// many that are.
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
