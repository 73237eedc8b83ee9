//! Re-reads accounts: what a notification or a transaction says about an account is never taken for
//! its state; the account is read, at a slot that is late enough.

use crate::{
    apply::{Found, store_read},
    decode,
    mirror::{Mirror, Result},
    node::{MAX_ACCOUNTS, Node, Reading},
};
use futures::{StreamExt, TryStreamExt, stream};
use solana_address::Address;
use tessera_store::{
    Key, Source as How,
    mirror::{cursor::Cursor, unsettled},
};

/// Most marked accounts that one round reads, which bounds how long a round takes.
const MOST: i64 = 2_000;

/// Reads `addresses` at `min_slot` or later, `concurrency` calls at a time.
pub(crate) async fn read(
    node: &dyn Node,
    addresses: &[Key],
    min_slot: u64,
    concurrency: usize,
) -> Result<Found> {
    let addresses: Vec<Address> = addresses.iter().map(|key| key.0.into()).collect();
    let calls: Vec<_> = addresses
        .chunks(MAX_ACCOUNTS)
        .map(|part| node.accounts(part, min_slot))
        .collect();
    stream::iter(calls)
        .buffered(concurrency)
        .err_into()
        .try_fold(Found::default(), |mut found, reading| async move {
            found.add(&reading, How::Update);
            Ok(found)
        })
        .await
}

/// Reads accounts that are marked; returns whether any are left.
pub(crate) async fn refresh(mirror: &Mirror, cursor: &Cursor) -> Result<bool> {
    let mut conn = mirror.connection().await?;
    let stale = unsettled::stale(&mut conn, MOST).await?;
    drop(conn);
    if stale.is_empty() {
        return Ok(false);
    }
    let min_slot = stale.iter().map(|(_, slot)| *slot).max().unwrap_or(0);
    let addresses: Vec<Key> = stale.iter().map(|(address, _)| *address).collect();
    let found = read(
        &*mirror.node,
        &addresses,
        min_slot.unsigned_abs(),
        mirror.config.concurrency,
    )
    .await?;
    store_read(mirror, cursor, &found).await?;
    Ok(unsettled::stale_count(&mut *mirror.connection().await?).await? > 0)
}

impl Found {
    /// Adds a reading of other addresses than those before.
    pub(crate) fn add(&mut self, reading: &Reading, how: How) {
        let found = decode::readings(reading, how);
        let slot = decode::slot(reading.slot);
        let read = |(address, _): &(Address, _)| Key(address.to_bytes());
        self.rows.append(found.rows);
        self.letters.extend(found.letters);
        self.gone.push((slot, found.gone));
        self.read
            .push((slot, reading.accounts.iter().map(read).collect()));
    }
}
