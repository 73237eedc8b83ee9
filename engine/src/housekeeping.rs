//! What is not kept for ever, of all organisations.

use crate::{Engine, Result, automation::audience_exports::FILE_HOURS};
use serde_json::json;
use std::time::Duration;
use tessera_store::{
    PgConnection, StoreError,
    access::{idempotency, session},
    automation::{audience_export, webhook_delivery},
    capture::{dead_letter, quota_use},
    job,
    leads::company,
    work::{self, Due, Work},
};

/// Time between two clearings.
const CLEARING: Duration = Duration::from_secs(3_600);
/// Days in which a request can be repeated under its Idempotency-Key.
const REPEATABLE_DAYS: i32 = 7;
/// Days for which an ended session can still be seen.
const ENDED_SESSION_DAYS: i32 = 30;
/// Days after which a refused item would be too old to be sent again, as capture has it.
const MENDABLE_DAYS: i32 = 90;
/// Days for which it can be seen how much of a quota was used.
const USE_DAYS: i32 = 30;
/// Days for which the result of a job can be read.
const JOB_DAYS: i32 = 30;
/// Days for which it can be seen what became of a message to an endpoint.
const DELIVERY_DAYS: i32 = 30;

/// Clears, and schedules the next clearing in an hour.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub(crate) async fn keep_house(engine: &Engine, work: &Work) -> Result<()> {
    let mut transaction = engine.pool.begin().await.map_err(StoreError::from)?;
    clear(&mut transaction).await?;
    if work::go_on(&mut transaction, work, &json!({}), Due::After(CLEARING)).await? {
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

/// Forgets answers that no request can repeat, sessions that ended long ago, refused items that are
/// too old to be sent again, what was used of the quotas of past days, old jobs, old messages to endpoints,
/// what is known of companies and used no longer, and old files of exports. For a plain connection.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub async fn clear(conn: &mut PgConnection) -> Result<()> {
    idempotency::forget(conn, REPEATABLE_DAYS).await?;
    session::forget(conn, ENDED_SESSION_DAYS).await?;
    dead_letter::forget(conn, MENDABLE_DAYS).await?;
    quota_use::forget(conn, USE_DAYS).await?;
    job::forget(conn, JOB_DAYS).await?;
    webhook_delivery::forget(conn, DELIVERY_DAYS).await?;
    company::forget_expired(conn).await?;
    audience_export::forget_old_files(conn, FILE_HOURS).await?;
    Ok(())
}
