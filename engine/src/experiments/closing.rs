//! Phases that are over for good: their measurements are closed.
//!
//! Law: what a phase shows stays as it is from then on, whatever becomes of events and people. Until then
//! late events count, and so do merges and erasures of people.

use crate::{
    Engine, Result,
    work::{Kind, schedule},
};
use chrono::{DateTime, TimeDelta, Utc};
use tessera_domain::{capture::MAX_AGE_SECS, time::Timestamp};
use tessera_store::{OrganisationId, StoreError, experiments::closing, projection, rules, tenant};

/// Closes what was measured in phases that ended so long ago that capture takes no event of theirs any
/// more.
pub(crate) async fn close(engine: &Engine, now: Timestamp) -> Result<()> {
    let now = DateTime::from(now);
    let before = now - TimeDelta::seconds(MAX_AGE_SECS);
    let mut conn = engine.pool.acquire().await.map_err(StoreError::from)?;
    let organisations = closing::organisations(&mut conn, before).await?;
    drop(conn);
    for organisation in organisations {
        close_of(engine, organisation, before, now).await?;
    }
    Ok(())
}

async fn close_of(
    engine: &Engine,
    organisation: OrganisationId,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    rules::lock(&mut transaction, organisation).await?;
    let mut has_closed = false;
    for measurement in closing::measurements(&mut transaction, before).await? {
        // A window that has ended without anybody's having looked counts first.
        if projection::due(&mut transaction, measurement, now)
            .await?
            .is_empty()
        {
            projection::close(&mut transaction, measurement).await?;
            has_closed = true;
        }
    }
    if has_closed {
        rules::touch(&mut transaction, organisation).await?;
        schedule(&mut transaction, Kind::Build, organisation).await?;
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}
