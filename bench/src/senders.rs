//! Requests of several connections at a time.

use anyhow::Result;
use futures::{StreamExt, TryStreamExt, stream};

/// Requests under way at the same time.
pub(crate) const SENDERS: usize = 4;

/// Sends so many requests, some at a time, and waits for all of them.
pub(crate) async fn together(count: u32, send: impl AsyncFn(u32) -> Result<()>) -> Result<()> {
    stream::iter(0..count)
        .map(|index| send(index))
        .buffer_unordered(SENDERS)
        .try_collect()
        .await
}
