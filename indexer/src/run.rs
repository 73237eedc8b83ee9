//! Rounds: see where the chain stands, walk from there back to the cursor, apply what lies between,
//! oldest first. Nobody else writes meanwhile, and a restart begins where the last commit ended.

use crate::{
    IndexerError,
    apply::{self, Batch},
    decode::{self, EventRows},
    history::{self, Effects, Mark},
    metrics,
    reconcile::Snapshot,
    reread::reread,
    source::{Result, SignatureInfo, Source, hints},
};
use futures::TryStreamExt;
use solana_address::Address;
use std::{
    collections::BTreeSet,
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};
use tessera_store::{
    PgPool, StoreError, WriterLock,
    cursor::{self, Cursor, EventMark},
    event,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Pause after a failed round; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How the indexer goes about it.
#[derive(Debug, Clone)]
pub struct IndexerConfig {
    /// WebSocket address of the node, for hints; without, changes are seen at the next poll.
    pub hints_url: Option<String>,
    /// Longest time between rounds.
    pub poll: Duration,
    /// Time for more hints to come in before a round that a hint asks for.
    pub hint_pause: Duration,
    /// Time between readings of all accounts; the first is at the start.
    pub reconcile: Duration,
    /// Most transactions applied at once, which bounds memory.
    pub chunk: usize,
    /// Most requests to the node at a time.
    pub concurrency: usize,
}

impl Default for IndexerConfig {
    fn default() -> Self {
        Self {
            hints_url: None,
            poll: Duration::from_secs(2),
            hint_pause: Duration::from_millis(100),
            reconcile: Duration::from_secs(600),
            chunk: 200,
            concurrency: 8,
        }
    }
}

/// Mirrors one network into one database.
pub struct Indexer {
    pool: PgPool,
    source: Arc<dyn Source>,
    config: IndexerConfig,
    lock: Option<WriterLock>,
    reconciled: Option<Instant>,
    completed: Instant,
}

impl Indexer {
    /// An indexer for a migrated database; nothing happens yet.
    pub fn new(pool: PgPool, source: Arc<dyn Source>, config: IndexerConfig) -> Self {
        metrics::describe();
        Self {
            pool,
            source,
            config,
            lock: None,
            reconciled: None,
            completed: Instant::now(),
        }
    }

    /// Mirrors until cancelled. Failures that may pass are logged and tried again.
    ///
    /// # Errors
    /// [`IndexerError`] when going on cannot help; see [`IndexerError::is_transient`].
    pub async fn run(&mut self, cancel: CancellationToken) -> Result<()> {
        let wake = Arc::new(Notify::new());
        let (url, waker) = (self.config.hints_url.clone(), wake.clone());
        let hints = async {
            match url {
                Some(url) => hints::listen(url, waker).await,
                None => std::future::pending().await,
            }
        };
        let ended = tokio::select! {
            ended = self.rounds(&wake) => ended,
            never = hints => match never {},
            () = cancel.cancelled() => {
                self.close().await?;
                return Ok(());
            }
        };
        match ended {
            Ok(never) => match never {},
            Err(error) => Err(error),
        }
    }

    /// One round; returns where it left the mirror.
    ///
    /// # Errors
    /// [`IndexerError`]; everything before the chunk that failed is stored.
    pub async fn sync_once(&mut self) -> Result<Cursor> {
        let started = Instant::now();
        self.open().await?;
        let cursor = self.cursor().await?;
        let tip = self.source.tip().await?;
        metrics::tip(tip);

        // The snapshot comes before the walk, so that the walk meets every transaction in it.
        let mut snapshot = None;
        let mut min_slot = tip.slot;
        if self.reconcile_is_due() {
            let taken = Snapshot::take(&*self.source, tip.slot).await?;
            min_slot = min_slot.max(taken.slot);
            match cursor.account_slot {
                0 => taken.store(&self.pool).await?,
                _ => snapshot = Some(taken),
            }
        }

        let mark = cursor.event_signature.map(|signature| Mark {
            signature: signature.into(),
            slot: cursor.event_slot.unsigned_abs(),
        });
        let transactions = history::after(&*self.source, mark, min_slot).await?;
        if !transactions.is_empty() {
            let near = cursor.caught_up && transactions.len() <= self.config.chunk;
            let mut conn = self.pool.acquire().await.map_err(StoreError::from)?;
            cursor::set_tip(&mut conn, decode::slot(tip.slot), tip.at, near).await?;
        }
        let mut position = cursor.event_position;
        let mut from = cursor.event_signature;
        for chunk in transactions.chunks(self.config.chunk) {
            (from, position) = self.apply(chunk, from, position, min_slot).await?;
        }

        if let Some(snapshot) = snapshot {
            let repaired = snapshot
                .repair(&self.pool, &*self.source, self.config.concurrency)
                .await?;
            metrics::corrections(repaired);
        }
        let mut conn = self.pool.acquire().await.map_err(StoreError::from)?;
        let slot = decode::slot(tip.slot);
        cursor::complete(&mut conn, slot, tip.at).await?;
        if self.reconcile_is_due() {
            refuse_missing_receipts(&event::missing_receipts(&mut conn, slot).await?)?;
            self.reconciled = Some(started);
        }
        self.completed = Instant::now();
        metrics::indexed(tip.slot);
        metrics::lag(started.elapsed());
        self.cursor().await
    }

    /// Rounds until everything up to `slot` is mirrored.
    ///
    /// # Errors
    /// As [`Indexer::sync_once`].
    pub async fn sync_to(&mut self, slot: u64) -> Result<Cursor> {
        loop {
            let cursor = self.sync_once().await?;
            if cursor.account_slot >= decode::slot(slot) {
                return Ok(cursor);
            }
            tokio::time::sleep(self.config.hint_pause).await;
        }
    }

    /// Lets another writer in.
    ///
    /// # Errors
    /// [`IndexerError::Store`] when the lock was lost before.
    pub async fn close(&mut self) -> Result<()> {
        match self.lock.take() {
            Some(lock) => Ok(lock.release().await?),
            None => Ok(()),
        }
    }

    async fn rounds(&mut self, wake: &Notify) -> Result<Infallible> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.sync_once().await {
                Ok(_) => {
                    pause = FIRST_PAUSE;
                    if tokio::time::timeout(self.config.poll, wake.notified())
                        .await
                        .is_ok()
                    {
                        tokio::time::sleep(self.config.hint_pause).await;
                    }
                }
                Err(error) if error.is_transient() => {
                    metrics::failed_round();
                    metrics::lag(self.completed.elapsed());
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "a round failed and is tried again"
                    );
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Holds the lock, on the right network. The cursor's transaction must still be known there:
    /// otherwise the walk has nowhere to end, as after a rollback or on a node that forgets.
    async fn open(&mut self) -> Result<()> {
        if let Some(lock) = &mut self.lock
            && lock.check().await.is_ok()
        {
            return Ok(());
        }
        self.lock = None;
        let lock = WriterLock::acquire(&self.pool).await?;
        let genesis = self.source.genesis_hash().await?.into();
        let mut conn = self.pool.acquire().await.map_err(StoreError::from)?;
        let cursor = cursor::init(&mut conn, genesis).await?;
        if let Some(signature) = cursor.event_signature.map(Into::into) {
            match self.source.transaction(signature).await {
                Err(IndexerError::UnknownTransaction(_)) => {
                    return Err(IndexerError::CursorLost(signature));
                }
                known => known.map(drop)?,
            }
        }
        self.lock = Some(lock);
        Ok(())
    }

    async fn cursor(&self) -> Result<Cursor> {
        let mut conn = self.pool.acquire().await.map_err(StoreError::from)?;
        let cursor = cursor::read(&mut conn).await?;
        // It was there when the lock was taken.
        Ok(cursor.ok_or(StoreError::Fenced)?)
    }

    fn reconcile_is_due(&self) -> bool {
        self.reconciled
            .is_none_or(|last| last.elapsed() >= self.config.reconcile)
    }

    /// Applies a stretch of history; returns where the cursor then stands.
    async fn apply(
        &self,
        transactions: &[SignatureInfo],
        from: Option<[u8; 64]>,
        position: i64,
        min_slot: u64,
    ) -> Result<(Option<[u8; 64]>, i64)> {
        let Some(last) = transactions.last() else {
            return Ok((from, position));
        };
        let source = &*self.source;
        let concurrency = self.config.concurrency;
        let effects: Vec<Effects> = history::effects(source, transactions, concurrency)
            .try_collect()
            .await?;
        let touched: BTreeSet<Address> = effects
            .iter()
            .flat_map(|effects| effects.writable.iter().copied())
            .collect();
        let found = reread(source, &touched, min_slot.max(last.slot), concurrency).await?;
        let events = effects
            .into_iter()
            .flat_map(|effects| effects.events)
            .collect();
        let events = EventRows::number(events, position);
        let to = EventMark {
            signature: last.signature.into(),
            slot: decode::slot(last.slot),
            position: events.events.last().map_or(position, |last| last.position),
        };
        let batch = Batch {
            found,
            events,
            from,
            to,
        };
        apply::batch(&self.pool, &batch).await?;
        Ok((Some(to.signature), to.position))
    }
}

fn refuse_missing_receipts(accounts: &[tessera_store::Key]) -> Result<()> {
    match accounts {
        [] => Ok(()),
        [first, ..] => Err(IndexerError::MissingReceipts {
            count: accounts.len(),
            first: *first,
        }),
    }
}
