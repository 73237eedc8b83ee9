//! Rounds: apply what is final, then what may still vanish, then read the accounts that are marked.
//! The reading of all accounts and the proof of receipts run beside the rounds and never delay
//! them.
//!
//! No content of the chain and no failure of a node or the database ends the indexer; a database of
//! another network does.

use crate::{
    IndexerError,
    backfill::{self, Filled, Progress},
    feed::Feed,
    fresh, hints,
    letters::{self, Replayed},
    live::Live,
    metrics,
    mirror::{Mirror, Result},
    node::{Commitment, Node},
    proof::{self, Gaps},
    reconcile, tip, walk,
};
use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};
use tessera_store::{
    PgPool, StoreError, WriterLock,
    mirror::cursor::{self, Cursor, Moment},
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// After a walk longer than this, so much may have become final that another walk comes first: it
/// applies it in stored parts, whereas what may vanish is held in memory as a whole.
const LONG_WALK: Duration = Duration::from_secs(30);
/// Pause after a failed round; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long the chain may stand still before it is logged.
const STANDS: Duration = Duration::from_secs(5);
/// Time between two attempts to take over from another writer.
const STANDBY: Duration = Duration::from_millis(500);

/// Settings of the indexer.
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
    /// Time between proofs of all receipts.
    pub proof: Duration,
    /// Most transactions applied together, which bounds memory.
    pub chunk: usize,
    /// Most concurrent requests to the node.
    pub concurrency: usize,
}

impl Default for IndexerConfig {
    fn default() -> Self {
        Self {
            hints_url: None,
            poll: Duration::from_secs(2),
            hint_pause: Duration::from_millis(50),
            reconcile: Duration::from_secs(600),
            proof: Duration::from_secs(30),
            chunk: 1_000,
            concurrency: 16,
        }
    }
}

/// Mirrors one network into one database.
pub struct Indexer {
    mirror: Mirror,
    lock: Option<WriterLock>,
    live: Live,
    /// Gaps that the proofs of [`Indexer::prove_once`] left.
    gaps: Gaps,
    completed: Instant,
}

impl Indexer {
    /// An indexer for a migrated database; does nothing yet.
    pub fn new(pool: PgPool, node: Arc<dyn Node>, config: IndexerConfig) -> Self {
        Self::with_feed(pool, node, None, config)
    }

    /// An indexer whose transactions come from `feed`, and from the node while that has a gap.
    pub fn with_feed(
        pool: PgPool,
        node: Arc<dyn Node>,
        feed: Option<Box<dyn Feed>>,
        config: IndexerConfig,
    ) -> Self {
        metrics::describe();
        let mirror = Mirror {
            pool,
            node,
            config,
            suspect: Arc::default(),
        };
        Self {
            live: Live::new(&mirror, feed),
            mirror,
            lock: None,
            gaps: Gaps::default(),
            completed: Instant::now(),
        }
    }

    /// Waits until no other writer is left, then mirrors until cancelled. Failures are logged and
    /// retried.
    ///
    /// # Errors
    /// [`IndexerError`] when the database mirrors another network.
    pub async fn run(&mut self, cancel: CancellationToken) -> Result<()> {
        let wake = Arc::new(Notify::new());
        let (url, waker) = (self.mirror.config.hints_url.clone(), wake.clone());
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

    /// Runs one round, and looks for what no node showed before; returns the mirror's cursor.
    ///
    /// # Errors
    /// [`IndexerError`] when it was not completed; what it stored stays.
    pub async fn sync_once(&mut self) -> Result<Cursor> {
        self.open().await?;
        walk::missing::look(&self.mirror).await?;
        self.sync(Duration::ZERO).await
    }

    async fn sync(&mut self, patience: Duration) -> Result<Cursor> {
        let started = Instant::now();
        self.open().await?;
        let round = self.round(patience).await;
        if let Err(error) = &round {
            note(&self.mirror, error).await;
        }
        if round? {
            self.completed = Instant::now();
            metrics::lag(started.elapsed());
        } else {
            metrics::lag(self.completed.elapsed());
        }
        self.mirror.cursor().await
    }

    /// Runs rounds until everything up to `slot` is mirrored.
    ///
    /// # Errors
    /// As [`Indexer::sync_once`], except for [`IndexerError::Incomplete`], after which it goes on.
    pub async fn sync_to(&mut self, slot: u64) -> Result<Cursor> {
        loop {
            match self.sync_once().await {
                Ok(cursor) if cursor.applied_slot.unsigned_abs() >= slot => return Ok(cursor),
                Ok(_) | Err(IndexerError::Incomplete(_)) => {}
                Err(error) => return Err(error),
            }
            tokio::time::sleep(self.mirror.config.hint_pause).await;
        }
    }

    /// Reads all accounts, and corrects the rows that differ. Returns how many it corrected.
    ///
    /// # Errors
    /// [`IndexerError`]; what was read before stays.
    pub async fn reconcile_once(&mut self) -> Result<u64> {
        self.open().await?;
        reconcile::reconcile(&self.mirror).await
    }

    /// Reads all accounts once, unless a reading has already filled the mirror.
    ///
    /// # Errors
    /// [`IndexerError`]; what was read before stays.
    pub async fn fill_once(&mut self) -> Result<()> {
        self.open().await?;
        if self.mirror.cursor().await?.snapshot_slot > 0 {
            return Ok(());
        }
        reconcile::reconcile(&self.mirror).await?;
        Ok(())
    }

    /// Proves all receipts, or those of accounts with one after the slot `since` and of accounts
    /// that lacked some, and fetches those that are missing. Returns how many accounts still lack
    /// some.
    ///
    /// # Errors
    /// [`IndexerError`].
    pub async fn prove_once(&mut self, since: Option<i64>) -> Result<i64> {
        self.open().await?;
        proof::prove(&self.mirror, since, &mut self.gaps).await?;
        Ok(self.gaps.count())
    }

    /// Fills the mirror as far as the network is final, and proves it; calls `seen` with the
    /// progress now and then. After a stop, the next call goes on.
    ///
    /// # Errors
    /// [`IndexerError`]; what was stored before stays.
    pub async fn backfill(&mut self, seen: &dyn Fn(Progress)) -> Result<Filled> {
        self.open().await?;
        backfill::backfill(&self.mirror, seen).await
    }

    /// Retries dead letters, also beside a running indexer.
    ///
    /// # Errors
    /// [`IndexerError`]; [`StoreError::OtherGenesis`] before anything is tried.
    pub async fn replay_dead_letters(&mut self) -> Result<Replayed> {
        let genesis = self.mirror.node.genesis_hash().await?.into();
        let mut conn = self.mirror.connection().await?;
        let nothing = || IndexerError::Incomplete("nothing is mirrored yet".to_owned());
        let cursor = cursor::read(&mut conn).await?.ok_or_else(nothing)?;
        drop(conn);
        if cursor.genesis != genesis {
            return Err(StoreError::OtherGenesis {
                stored: cursor.genesis,
                found: genesis,
            }
            .into());
        }
        letters::replay(&self.mirror).await
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
            self.stand_by().await?;
            // The tasks live as long as the lock is held.
            let beside = Beside::start(&self.mirror);
            while let Some(lock) = &mut self.lock
                && lock.check().await.is_ok()
            {
                match self.sync(self.mirror.config.poll).await {
                    Ok(_) => {
                        pause = FIRST_PAUSE;
                        if !self.live.waits() {
                            wait(&self.mirror.config, wake).await;
                        }
                    }
                    Err(error) if error.is_final() => return Err(error),
                    // The round did what it could; the mirror states what is left.
                    Err(IndexerError::Incomplete(left)) => {
                        metrics::lag(self.completed.elapsed());
                        tracing::debug!("a round was not completed: {left}");
                        tokio::time::sleep(FIRST_PAUSE).await;
                    }
                    Err(error) => {
                        metrics::failed_round();
                        metrics::lag(self.completed.elapsed());
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "a round did not come to its end and is tried again"
                        );
                        tokio::time::sleep(pause).await;
                        pause = (pause * 2).min(LONGEST_PAUSE);
                    }
                }
            }
            self.lock = None;
            drop(beside);
        }
    }

    /// Waits until no other writer has the lock, and takes it.
    async fn stand_by(&mut self) -> Result<()> {
        let mut pause = FIRST_PAUSE;
        let mut waiting = false;
        loop {
            match self.open().await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_final() => return Err(error),
                Err(IndexerError::Incomplete(reason)) => {
                    if !waiting {
                        tracing::info!("{reason}; this one waits");
                    }
                    waiting = true;
                    tokio::time::sleep(STANDBY).await;
                }
                Err(error) => {
                    metrics::failed_round();
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the indexer cannot begin yet"
                    );
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Takes the lock if it is not held, and checks the network.
    async fn open(&mut self) -> Result<()> {
        if let Some(lock) = &mut self.lock
            && lock.check().await.is_ok()
        {
            return Ok(());
        }
        self.lock = None;
        let Some(lock) = WriterLock::try_acquire(&self.mirror.pool).await? else {
            let reason = "another indexer writes to this database";
            return Err(IndexerError::Incomplete(reason.to_owned()));
        };
        let genesis = self.mirror.node.genesis_hash().await?.into();
        let tip = self.mirror.node.tip(Commitment::Confirmed).await?;
        let mut conn = self.mirror.connection().await?;
        cursor::init(&mut conn, genesis, crate::decode::slot(tip.slot)).await?;
        self.live.restart();
        self.lock = Some(lock);
        Ok(())
    }

    /// Runs a round; returns whether it made progress.
    async fn round(&mut self, patience: Duration) -> Result<bool> {
        let mirror = &self.mirror;
        let started = Instant::now();
        let finalized = mirror.node.tip(Commitment::Finalized).await?;
        tip::check(&mirror.cursor().await?, finalized)?;
        let mut left = walk::settle(mirror, finalized).await?;
        if started.elapsed() > LONG_WALK {
            let reason = "the walk took long and goes on";
            return Err(IndexerError::Incomplete(reason.to_owned()));
        }
        let cursor = mirror.cursor().await?;
        let news = self.live.apply(mirror, &cursor, patience).await?;
        left = left.or(news.missing);
        if fresh::refresh(mirror, &cursor).await? {
            left.get_or_insert_with(|| "accounts are still to be read".to_owned());
        }
        if cursor.snapshot_slot == 0 {
            left.get_or_insert_with(|| "the accounts were not all read yet".to_owned());
        }
        if let Some(left) = left {
            return Err(IndexerError::Incomplete(left));
        }
        let Some(through) = news.through else {
            if self.completed.elapsed() > STANDS {
                let last = cursor.applied_slot;
                let problem = format!("the feed shows no slot after {last}");
                cursor::note_problem(&mut *mirror.connection().await?, &problem).await?;
            }
            return Ok(false);
        };
        let applied = Moment {
            slot: crate::decode::slot(through.slot),
            at: through.at,
        };
        let further = applied.slot > cursor.applied_slot;
        let mut conn = mirror.connection().await?;
        if further || self.completed.elapsed() < STANDS {
            cursor::complete(&mut conn, applied).await?;
        } else {
            let last = cursor.applied_slot;
            let problem = format!("no node shows a slot after {last}");
            cursor::note_problem(&mut conn, &problem).await?;
        }
        metrics::indexed(through.slot);
        Ok(further)
    }
}

/// Waits for a hint, and for more to come in behind it, or until the next look is due.
async fn wait(config: &IndexerConfig, wake: &Notify) {
    if tokio::time::timeout(config.poll, wake.notified())
        .await
        .is_ok()
    {
        tokio::time::sleep(config.hint_pause).await;
    }
}

/// Records in the mirror why a round was not completed, for its readers; a failure of the database
/// they see themselves.
async fn note(mirror: &Mirror, error: &IndexerError) {
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        reason = format!("{reason}: {error}");
        cause = error.source();
    }
    if let Ok(mut conn) = mirror.connection().await {
        let _ = cursor::note_problem(&mut conn, &reason).await;
    }
}

/// The tasks beside the rounds; they end with this value.
struct Beside(Vec<tokio::task::JoinHandle<()>>);

impl Beside {
    fn start(mirror: &Mirror) -> Self {
        Self(vec![
            tokio::spawn(reconcile::run(mirror.clone())),
            tokio::spawn(proof::run(mirror.clone())),
            tokio::spawn(letters::run(mirror.clone())),
            tokio::spawn(walk::missing::run(mirror.clone())),
        ])
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}
