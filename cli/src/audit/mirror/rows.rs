//! Compares the rows of accounts with the accounts, a shard at a time.

use super::{Mismatch, PATIENCE, PAUSE, address};
use crate::audit::AuditError;
use std::collections::{BTreeSet, HashSet};
use tessera_client::types::Address;
use tessera_indexer::{
    decode::readings,
    node::{AllAccounts, MAX_ACCOUNTS, Node, Reading},
};
use tessera_store::{Key, PgPool, Source, mirror::accounts, read};
use tokio::time::sleep;

/// Newer than any row, so that every row is compared whenever it was read.
const NEWEST: u64 = i64::MAX as u64;
/// Live rows that are read together.
const PAGE: i64 = 10_000;

/// The rows that differ from their accounts, also when read again: a row that is merely behind
/// catches up.
///
/// # Errors
/// [`AuditError`] when either cannot be read.
pub async fn compare(node: &dyn Node, pool: &PgPool) -> Result<Vec<Mismatch>, AuditError> {
    let mut found = all(node, pool).await?;
    for _ in 0..PATIENCE {
        if found.is_empty() {
            break;
        }
        sleep(PAUSE).await;
        found = again(node, pool, &found).await?;
    }
    Ok(found.into_iter().collect())
}

async fn all(node: &dyn Node, pool: &PgPool) -> Result<BTreeSet<Mismatch>, AuditError> {
    let (mut found, mut seen) = (BTreeSet::new(), HashSet::new());
    let mut parts = AllAccounts::new(node);
    while let Some(reading) = parts.next(0).await? {
        seen.extend(reading.accounts.iter().map(|(address, _)| *address));
        found.extend(differing(pool, reading).await?);
    }
    let mut after: Option<Key> = None;
    loop {
        let mut conn = read::connection(pool).await?;
        let live = accounts::live(&mut conn, after, PAGE).await?;
        drop(conn);
        let Some(last) = live.last() else {
            return Ok(found);
        };
        after = Some(*last);
        let strays = live
            .into_iter()
            .map(address)
            .filter(|it| !seen.contains(it));
        found.extend(strays.map(Mismatch::Stray));
    }
}

/// Those of `before` that are still mismatches.
async fn again(
    node: &dyn Node,
    pool: &PgPool,
    before: &BTreeSet<Mismatch>,
) -> Result<BTreeSet<Mismatch>, AuditError> {
    let addresses: Vec<Address> = before
        .iter()
        .filter_map(|mismatch| match mismatch {
            Mismatch::Row(account) | Mismatch::Stray(account) => Some(*account),
            _ => None,
        })
        .collect();
    let mut found = BTreeSet::new();
    for chunk in addresses.chunks(MAX_ACCOUNTS) {
        let reading = node.accounts(chunk, 0).await?;
        let keys: Vec<Key> = chunk.iter().map(|it| Key(it.to_bytes())).collect();
        let mut conn = read::connection(pool).await?;
        let live: HashSet<Key> = accounts::live_among(&mut conn, &keys)
            .await?
            .into_iter()
            .collect();
        drop(conn);
        let gone = reading.accounts.iter().filter(|(_, data)| data.is_none());
        let strays = gone.filter(|(address, _)| live.contains(&Key(address.to_bytes())));
        found.extend(strays.map(|(address, _)| Mismatch::Stray(*address)));
        found.extend(differing(pool, reading).await?);
    }
    Ok(found)
}

async fn differing(pool: &PgPool, reading: Reading) -> Result<Vec<Mismatch>, AuditError> {
    let newest = Reading {
        slot: NEWEST,
        ..reading
    };
    let rows = readings(&newest, Source::Snapshot).rows;
    let mut conn = read::connection(pool).await?;
    let differing = accounts::differing(&mut conn, &rows).await?;
    let row = |key| Mismatch::Row(address(key));
    Ok(differing.into_iter().map(row).collect())
}
