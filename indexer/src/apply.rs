//! From rows to the mirror: a batch of accounts and events and the cursor that claims them commit
//! together or not at all, and no receipt follows any but the one before it.

use crate::{IndexerError, decode::EventRows, metrics, source::Result};
use std::{collections::HashMap, time::Instant};
use tessera_store::{
    Key, PgConnection, PgPool, StoreError,
    accounts::{self, Accounts},
    cursor::{self, EventMark},
    event::{self, EventRow, Life},
};

/// Accounts as they were found: at most one reading an address.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) rows: Accounts,
    /// Addresses without an account, by the slot at which they were read.
    pub(crate) gone: Vec<(i64, Vec<Key>)>,
}

/// A stretch of history and the accounts that it touched.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) found: Found,
    pub(crate) events: EventRows,
    /// Where the cursor stands, and where it goes.
    pub(crate) from: Option<[u8; 64]>,
    pub(crate) to: EventMark,
}

pub(crate) async fn batch(pool: &PgPool, batch: &Batch) -> Result<()> {
    let started = Instant::now();
    let mut transaction = pool.begin().await.map_err(StoreError::from)?;
    // The cursor first: its row is the fence that a second writer waits at, and fails.
    cursor::advance(&mut transaction, batch.from, &batch.to).await?;
    let rows = store(&mut transaction, &batch.found).await?;
    let EventRows {
        events,
        charges,
        refunds,
        commissions,
    } = &batch.events;
    refuse_gaps(&mut transaction, events).await?;
    let new = event::insert(&mut transaction, events, charges, refunds, commissions).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    metrics::batch(rows, new as u64, started.elapsed());
    Ok(())
}

/// Stores accounts alone; they claim no history. Returns how many rows changed.
pub(crate) async fn accounts(pool: &PgPool, found: &Found) -> Result<u64> {
    let started = Instant::now();
    let mut transaction = pool.begin().await.map_err(StoreError::from)?;
    let rows = store(&mut transaction, found).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    metrics::batch(rows, 0, started.elapsed());
    Ok(rows)
}

async fn store(conn: &mut PgConnection, found: &Found) -> Result<u64> {
    let mut rows = accounts::upsert(&mut *conn, &found.rows).await?;
    for (slot, addresses) in &found.gone {
        rows += accounts::close(&mut *conn, addresses, *slot).await?;
    }
    Ok(rows)
}

/// Each event must be the next receipt of its account's life; a stored one may come again.
async fn refuse_gaps(conn: &mut PgConnection, events: &[EventRow]) -> Result<()> {
    let touched: Vec<Key> = events.iter().map(|event| event.account).collect();
    let mut last: HashMap<Life, u64> = event::last_receipts(conn, &touched)
        .await?
        .into_iter()
        .map(|(life, seq)| (life, seq.0))
        .collect();
    for event in events {
        let life = Life {
            account: event.account,
            slot: event.life,
        };
        let last = last.entry(life).or_default();
        if event.seq.0 > *last + 1 {
            return Err(IndexerError::ReceiptGap {
                account: event.account,
                expected: *last + 1,
                found: event.seq.0,
            });
        }
        *last = event.seq.0.max(*last);
    }
    Ok(())
}
