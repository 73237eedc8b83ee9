//! What no node showed when it was listed: looked for again beside the rounds, few at a time and less and
//! less often, so that however many there are, what is new does not wait for them.

use super::{shown, take_in};
use crate::mirror::{Mirror, Result};
use std::time::Duration;
use tessera_store::walk;
use tokio::time::sleep;

/// Time between two looks whether something is due.
const LOOK: Duration = Duration::from_secs(1);

/// Looks again now and then, for ever.
pub(crate) async fn run(mirror: Mirror) {
    loop {
        sleep(LOOK).await;
        if let Err(error) = look(&mirror).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what no node showed cannot be looked for again now"
            );
        }
    }
}

/// Looks again for the oldest that are due, and applies those that are shown now.
pub(crate) async fn look(mirror: &Mirror) -> Result<()> {
    let limit = i64::try_from(mirror.config.concurrency).unwrap_or(i64::MAX);
    let steps = walk::missing(&mut *mirror.connection().await?, limit).await?;
    if steps.is_empty() {
        return Ok(());
    }
    let batch = shown(mirror, steps).await?;
    let cursor = mirror.cursor().await?;
    take_in(mirror, &cursor, batch).await?;
    Ok(())
}
