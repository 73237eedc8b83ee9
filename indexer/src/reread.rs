//! Reading accounts again: what a notification or a transaction says of an account is never taken
//! for its state; the account is read, at a slot that is late enough.

use crate::{
    apply::Found,
    decode, metrics,
    source::{MAX_ACCOUNTS, Reading, Result, Source},
};
use futures::{StreamExt, TryStreamExt, stream};
use solana_address::Address;
use std::collections::BTreeSet;
use tessera_store::Source as How;

/// Reads `addresses` at `min_slot` or later, `concurrency` calls at a time.
pub(crate) async fn reread(
    source: &dyn Source,
    addresses: &BTreeSet<Address>,
    min_slot: u64,
    concurrency: usize,
) -> Result<Found> {
    let addresses: Vec<Address> = addresses.iter().copied().collect();
    let calls: Vec<_> = addresses
        .chunks(MAX_ACCOUNTS)
        .map(|part| source.accounts(part, min_slot))
        .collect();
    stream::iter(calls)
        .buffered(concurrency)
        .try_fold(Found::default(), |mut found, reading| async move {
            found.add(&reading, How::Update);
            Ok(found)
        })
        .await
}

impl Found {
    /// Adds a reading of other addresses than those before. Accounts that are not understood are
    /// told and left out: another version's accounts are no reason to stop mirroring this one's.
    pub(crate) fn add(&mut self, reading: &Reading, how: How) {
        let found = decode::readings(reading, how);
        for problem in found.problems {
            metrics::problem();
            tracing::warn!(
                error = &problem as &dyn std::error::Error,
                "an account is not mirrored"
            );
        }
        self.rows.append(found.rows);
        self.gone.push((decode::slot(reading.slot), found.gone));
    }
}
