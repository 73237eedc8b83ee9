//! Takes work that is due, a few at a time, and sleeps until there is more.

use super::{
    Kind, Lane,
    attempt::{Attempted, LEASE, attempt},
};
use crate::{Engine, Result, metrics};
use std::time::Duration;
use tessera_store::{
    StoreError,
    work::{self, Listener, Work},
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// Longest sleep: what wakes a worker can be lost with a connection.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// How long to wait for room for more than one.
const MOMENT: Duration = Duration::from_millis(5);
/// In which notices of new work count as one.
const TOGETHER: Duration = Duration::from_millis(20);
/// Pause after a failure of the database.
const PAUSE: Duration = Duration::from_secs(2);

/// How much a worker does at a time.
#[derive(Debug, Clone, Copy)]
pub struct WorkerConfig {
    /// Most pieces of work that take milliseconds, at a time.
    pub short: usize,
    /// Most pieces of work that may take minutes, at a time.
    pub long: usize,
    /// Most pieces of work that wait for others on the network, at a time. They hold no connection
    /// meanwhile.
    pub outgoing: usize,
    /// Most companies that are looked up at a time. They hold no connection meanwhile either.
    pub look_ups: usize,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            short: 8,
            long: 1,
            outgoing: 64,
            look_ups: 4,
        }
    }
}

/// Does what is due. Any number of them share the work of a database.
#[derive(Debug)]
pub struct Worker {
    engine: Engine,
    config: WorkerConfig,
}

/// What [`Worker::drain`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drained {
    /// Works that were done.
    pub done: usize,
    /// Attempts that failed.
    pub failed: usize,
}

impl Worker {
    /// Over the database of `engine`, whose pool it needs a connection of for each work.
    pub fn new(engine: Engine, config: WorkerConfig) -> Self {
        metrics::describe();
        Self { engine, config }
    }

    /// Works until cancelled; what is under way then is cut off and given back, so that the next worker
    /// does it.
    pub async fn run(self, cancel: CancellationToken) {
        let (wake, woken) = watch::channel(());
        tokio::join!(
            cancel.run_until_cancelled(self.listen(&wake)),
            self.lane(Lane::Short, self.config.short, woken.clone(), &cancel),
            self.lane(Lane::Long, self.config.long, woken.clone(), &cancel),
            self.lane(Lane::Outgoing, self.config.outgoing, woken.clone(), &cancel),
            self.lane(Lane::LookUps, self.config.look_ups, woken, &cancel),
        );
    }

    /// Does everything that is due now, one work after the other.
    ///
    /// # Errors
    /// [`Error::Store`](crate::Error::Store) when the table cannot be read.
    pub async fn drain(&self) -> Result<Drained> {
        let mut drained = Drained::default();
        let kinds = Kind::ALL.map(Kind::as_str);
        loop {
            let Some(work) = self.look(&kinds, 1).await?.taken.pop() else {
                return Ok(drained);
            };
            match perform(&self.engine, work, &CancellationToken::new()).await {
                Attempted::Done => drained.done += 1,
                Attempted::Failed | Attempted::GivenBack => drained.failed += 1,
            }
        }
    }

    /// Wakes the lanes when something becomes due.
    async fn listen(&self, wake: &watch::Sender<()>) {
        loop {
            let heard = async {
                let mut listener = Listener::new(&self.engine.pool).await?;
                loop {
                    // Also after a lost connection, which may have lost notices with it.
                    wake.send_replace(());
                    sleep(TOGETHER).await;
                    listener.heard().await?;
                }
            };
            let result: tessera_store::Result<()> = heard.await;
            if let Err(error) = result {
                warn(
                    &error,
                    "the worker cannot listen for new work and only polls",
                );
            }
            sleep(PAUSE).await;
        }
    }

    /// Does the works of a lane, `most` at a time, until cancelled.
    async fn lane(
        &self,
        lane: Lane,
        most: usize,
        woken: watch::Receiver<()>,
        cancel: &CancellationToken,
    ) {
        let mut running = JoinSet::new();
        let doing = self.fill(&mut running, lane, most, woken, cancel);
        cancel.run_until_cancelled(doing).await;
        while running.join_next().await.is_some() {}
    }

    /// Takes the works of a lane and starts them, `most` at a time.
    async fn fill(
        &self,
        running: &mut JoinSet<Attempted>,
        lane: Lane,
        most: usize,
        mut woken: watch::Receiver<()>,
        cancel: &CancellationToken,
    ) {
        let kinds: Vec<&str> = Kind::ALL
            .into_iter()
            .filter(|kind| kind.lane() == lane)
            .map(Kind::as_str)
            .collect();
        loop {
            if running.len() >= most {
                running.join_next().await;
                // Others that end in a moment make room for several: each look is a transaction.
                let half = async {
                    while running.len() > most / 2 && running.join_next().await.is_some() {}
                };
                let _ = timeout(MOMENT, half).await;
            }
            // Marked as seen before the look, so that a notice during the look wakes.
            woken.borrow_and_update();
            let free = most.saturating_sub(running.len());
            let look = match self.look(&kinds, free).await {
                Ok(look) => look,
                Err(error) => {
                    warn(&error, "no work can be taken now");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            for work in look.taken {
                let (engine, stop) = (self.engine.clone(), cancel.clone());
                running.spawn(async move { perform(&engine, work, &stop).await });
            }
            if let Some(pause) = look.pause {
                tokio::select! {
                    _ = timeout(pause, woken.changed()) => {}
                    Some(_) = running.join_next() => {}
                }
            }
        }
    }

    /// Takes work that is due, `most` at a time.
    async fn look(&self, kinds: &[&str], most: usize) -> Result<Look> {
        let mut conn = self.engine.pool.acquire().await.map_err(StoreError::from)?;
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let taken = work::take(&mut conn, kinds, limit, LEASE).await?;
        let mut pause = None;
        if taken.len() < most {
            // What was taken is done in any case.
            let due = work::next_due(&mut conn, kinds).await.ok().flatten();
            pause = Some(due.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP));
        }
        Ok(Look { taken, pause })
    }
}

/// What a look at the table found.
struct Look {
    taken: Vec<Work>,
    /// How long to sleep before the next one; none when there may be more.
    pause: Option<Duration>,
}

/// Attempts what was taken.
async fn perform(engine: &Engine, work: Work, stop: &CancellationToken) -> Attempted {
    // Only known kinds are taken.
    let Some(kind) = Kind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == work.kind)
    else {
        return Attempted::Failed;
    };
    let attempted = attempt(engine, kind, &work, stop).await;
    if attempted != Attempted::GivenBack {
        let done = attempted == Attempted::Done;
        metrics::work(kind.as_str(), work.waited_secs, done);
    }
    attempted
}

fn warn(error: &(dyn std::error::Error + 'static), what: &'static str) {
    tracing::warn!(error, "{what}");
}
