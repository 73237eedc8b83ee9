//! Reads all accounts. The first reading fills an empty mirror; later ones check that following
//! every transaction has left nothing to correct, and count what they correct.
//!
//! Accounts are read in shards that are small enough to be held, and stored as they come: the next shard
//! is read and decoded while one is stored.

use crate::{
    ahead::Ahead,
    apply::{Found, rows_singly, store_read},
    decode, fresh, metrics,
    mirror::{Mirror, Result, commit},
    node::{self, AllAccounts, Commitment, NodeError},
};
use std::{collections::HashSet, time::Duration};
use tessera_store::{
    Key, Source as How,
    mirror::{
        accounts::{self, Accounts},
        chain_feed,
        cursor::{self, Cursor},
        unsettled,
    },
};
use tokio::{sync::mpsc::Sender, time::sleep};

/// A shard's accounts, and the slot at which they were read.
type Shard = (i64, Found);

/// Most rows of a kind in one statement.
const PART: usize = 5_000;
/// Shards that wait to be stored, while one is stored and one is read.
const AHEAD: usize = 1;
/// Most missing accounts that are read again at a time.
const MISSING: i64 = 1_000;
/// How long a reading waits for the rounds to reach its slot.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(100);
/// Failed readings in a row after which an empty mirror is filled without lists of accounts.
const FAILURES: u32 = 3;
/// Pause after a failed reading; it doubles up to the time between readings.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Reads all accounts at intervals, for ever.
pub(crate) async fn run(mirror: Mirror) {
    let mut pause = FIRST_PAUSE;
    let mut failures = 0;
    loop {
        let wait = match read(&mirror, failures + 1 >= FAILURES).await {
            Ok(_) => {
                pause = FIRST_PAUSE;
                failures = 0;
                mirror.config.reconcile
            }
            Err(error) => {
                metrics::failed_reading();
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the accounts could not all be read; this is tried again"
                );
                failures += 1;
                let wait = pause;
                pause = (pause * 2).min(mirror.config.reconcile);
                wait
            }
        };
        sleep(wait).await;
    }
}

/// Reads all accounts once; returns how many rows it corrected.
pub(crate) async fn reconcile(mirror: &Mirror) -> Result<u64> {
    read(mirror, false).await
}

/// Reads all accounts once. An empty mirror is filled without lists of accounts when nodes refuse
/// the method, or with `any_failure` after any error.
async fn read(mirror: &Mirror, any_failure: bool) -> Result<u64> {
    let cursor = mirror.cursor().await?;
    let filling = cursor.snapshot_slot == 0;
    let min_slot = mirror.node.tip(Commitment::Confirmed).await?.slot;
    accounts::forget_seen(&mut *mirror.connection().await?).await?;
    let mut corrected = 0;
    let mut last = decode::slot(min_slot);
    let read_ahead = |sender| read_ahead(mirror.clone(), min_slot, sender);
    let mut shards = Ahead::spawn(AHEAD, read_ahead);
    while let Some(shard) = shards.next().await {
        match shard {
            Ok((slot, found)) => {
                last = last.max(slot);
                corrected += take(mirror, &cursor, slot, found, filling).await?;
            }
            Err(error)
                if filling && (any_failure || matches!(error, NodeError::Refused { .. })) =>
            {
                tracing::warn!("the program's accounts are read one by one: {error}");
                return read_by_receipts(mirror, &cursor, min_slot).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    corrected += close_missing(mirror, &cursor, min_slot).await?;
    let mut conn = mirror.write(&cursor).await?;
    cursor::set_snapshot(&mut conn, decode::slot(min_slot)).await?;
    if filling {
        chain_feed::announce_all(&mut conn).await?;
    }
    commit(conn).await?;
    if filling {
        return Ok(0);
    }
    if corrected > 0 {
        mirror
            .suspect
            .fetch_max(last, std::sync::atomic::Ordering::Relaxed);
    }
    metrics::corrections("account", corrected);
    Ok(corrected)
}

/// Reads and decodes shard by shard, until the receiver is gone.
async fn read_ahead(mirror: Mirror, min_slot: u64, sender: Sender<node::Result<Shard>>) {
    let mut accounts = AllAccounts::new(&*mirror.node);
    while let Some(reading) = accounts.next(min_slot).await.transpose() {
        let failed = reading.is_err();
        let shard = reading.map(|reading| {
            let mut found = Found::default();
            found.add(&reading, How::Snapshot);
            (decode::slot(reading.slot), found)
        });
        if sender.send(shard).await.is_err() || failed {
            return;
        }
    }
}

/// Stores those of a shard's accounts that are newer than the mirror's rows and differ from them.
async fn take(
    mirror: &Mirror,
    cursor: &Cursor,
    slot: i64,
    mut found: Found,
    filling: bool,
) -> Result<u64> {
    if !filling {
        wait_for_rounds(mirror, slot).await?;
    }
    let mut changed = 0;
    for mut rows in std::mem::take(&mut found.rows).chunks(PART) {
        let mut conn = mirror.write(cursor).await?;
        if !filling {
            keep_differing(&mut conn, &mut rows).await?;
        }
        match accounts::upsert(&mut conn, &rows).await {
            Ok(stored) => {
                commit(conn).await?;
                changed += stored;
            }
            Err(error) if error.is_refusal() => {
                drop(conn);
                let (stored, refused) = rows_singly(mirror, cursor, rows).await?;
                found.letters.extend(refused);
                changed += stored;
            }
            Err(error) => return Err(error.into()),
        }
    }
    store_read(mirror, cursor, &found).await?;
    if !filling {
        // Rows that the filling stores are of this slot, and so need no mark.
        let mut conn = mirror.write(cursor).await?;
        for (_, seen) in &found.read {
            accounts::mark_seen(&mut conn, seen).await?;
        }
        commit(conn).await?;
    }
    Ok(changed)
}

async fn keep_differing(conn: &mut crate::mirror::Conn, rows: &mut Accounts) -> Result<()> {
    let differing: HashSet<Key> = accounts::differing(conn, rows).await?.into_iter().collect();
    rows.retain(|address| differing.contains(address));
    Ok(())
}

/// Waits for the rounds: what they have not applied yet is no difference.
async fn wait_for_rounds(mirror: &Mirror, slot: i64) -> Result<()> {
    let came = async {
        while mirror.cursor().await?.applied_slot < slot {
            sleep(LOOK).await;
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, came)
        .await
        .unwrap_or_else(|_| {
            let reason = "the rounds are behind the reading of all accounts";
            Err(crate::IndexerError::Incomplete(reason.to_owned()))
        })
}

/// Reads the accounts of rows that were in no shard again: they are closed, or were read since.
async fn close_missing(mirror: &Mirror, cursor: &Cursor, min_slot: u64) -> Result<u64> {
    let mut changed = 0;
    loop {
        let mut conn = mirror.connection().await?;
        let missing = accounts::unseen(&mut conn, decode::slot(min_slot), MISSING).await?;
        drop(conn);
        if missing.is_empty() {
            return Ok(changed);
        }
        let concurrency = mirror.config.concurrency;
        let found = fresh::read(&*mirror.node, &missing, min_slot, concurrency).await?;
        changed += store_read(mirror, cursor, &found).await?;
        let mut conn = mirror.write(cursor).await?;
        accounts::mark_seen(&mut conn, &missing).await?;
        commit(conn).await?;
    }
}

/// Without a node that lists accounts, finds them by their receipts: all but authorities, which the
/// subscriptions name.
async fn read_by_receipts(mirror: &Mirror, cursor: &Cursor, min_slot: u64) -> Result<u64> {
    let slot = decode::slot(min_slot);
    wait_for_walk(mirror, cursor.followed_slot).await?;
    let mut conn = mirror.write(cursor).await?;
    unsettled::mark_unread(&mut conn, slot).await?;
    commit(conn).await?;
    while fresh::refresh(mirror, cursor).await? {}
    let mut conn = mirror.write(cursor).await?;
    let payers = unsettled::unread_delegates(&mut conn).await?;
    let authorities: Vec<Key> = payers
        .into_iter()
        .map(|payer| Key(tessera_client::address::authority(&payer.0.into()).to_bytes()))
        .collect();
    unsettled::mark_stale(&mut conn, &authorities, slot).await?;
    commit(conn).await?;
    while fresh::refresh(mirror, cursor).await? {}
    let mut conn = mirror.write(cursor).await?;
    cursor::set_snapshot(&mut conn, slot).await?;
    chain_feed::announce_all(&mut conn).await?;
    commit(conn).await?;
    Ok(0)
}

/// Waits for the walk: once it has reached the slot at which the index began, the receipts of all
/// accounts are there.
async fn wait_for_walk(mirror: &Mirror, followed: i64) -> Result<()> {
    while mirror.cursor().await?.final_slot < followed {
        sleep(LOOK).await;
    }
    Ok(())
}
