//! What is not kept for ever, of all organisations.

use crate::Result;
use std::time::Duration;
use tessera_store::{
    PgConnection, PgPool, StoreError,
    access::{idempotency, session},
    capture::dead_letter,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Time between two clearings.
const CLEARING: Duration = Duration::from_secs(3_600);
/// Days in which a request can be repeated under its Idempotency-Key.
const REPEATABLE_DAYS: i32 = 7;
/// Days for which an ended session can still be seen.
const ENDED_SESSION_DAYS: i32 = 30;
/// Days after which a refused item would be too old to be sent again, as capture has it.
const MENDABLE_DAYS: i32 = 90;

/// Clears every hour until cancelled. What fails is tried again the next time.
pub async fn keep_house(pool: PgPool, cancel: CancellationToken) {
    let clear = async || {
        let mut conn = pool.acquire().await.map_err(StoreError::from)?;
        clear(&mut conn).await
    };
    while !cancel.is_cancelled() {
        if let Err(error) = clear().await {
            let error: &(dyn std::error::Error + 'static) = &error;
            tracing::warn!(error, "old answers are not cleared now");
        }
        cancel.run_until_cancelled(sleep(CLEARING)).await;
    }
}

/// Forgets answers that no request can repeat, sessions that ended long ago, and refused items that
/// can no longer be mended and sent again. For a plain connection.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub async fn clear(conn: &mut PgConnection) -> Result<()> {
    idempotency::forget(conn, REPEATABLE_DAYS).await?;
    session::forget(conn, ENDED_SESSION_DAYS).await?;
    dead_letter::forget(conn, MENDABLE_DAYS).await?;
    Ok(())
}
