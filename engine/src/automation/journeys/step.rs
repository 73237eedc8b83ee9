//! The work of journeys: those who enter by the clock enter, and runs that are due go on.

use super::{SHARDS, enter, page, schedule_shard};
use crate::{Engine, Error, Result};
use tessera_store::{
    StoreError,
    automation::journey_run,
    tenant,
    work::{self, Due, Work},
};

/// Lets the runs of an organisation go on that are due, a page a transaction.
///
/// # Errors
/// [`Error::Store`].
pub(crate) async fn step(engine: &Engine, work: &Work) -> Result<()> {
    let organisation = work
        .organisation
        .ok_or(Error::Internal("walk journeys of no organisation"))?;
    let next_entry = enter::by_the_clock(engine, organisation).await?;
    while page::page(engine, organisation).await? {}
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    if !work::finish(&mut transaction, work).await? {
        return Ok(());
    }
    let next_run = journey_run::next_due(&mut transaction, organisation).await?;
    let next = [next_entry, next_run].into_iter().flatten().min();
    if let Some(next) = next {
        // One piece of work waits for all timers.
        schedule_shard(&mut transaction, organisation, SHARDS, Due::After(next)).await?;
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(())
}
