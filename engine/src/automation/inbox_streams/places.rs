//! Places of those who watch inboxes: so many a process, an organisation and an inbox, and no more.

use crate::{Error, Result, metrics};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tessera_store::{
    OrganisationId, PgPool,
    automation::inbox_stream::{InboxListener, InboxOwner},
};
use tokio::{
    sync::{Semaphore, SemaphorePermit, watch},
    time::{Instant, sleep},
};

/// After how many seconds it makes sense to ask for a place again.
const RETRY_SECS: u64 = 30;
/// Watchers that read at a time: they leave connections to all others, also when every one of them wakes.
const READ_AT_A_TIME: usize = 2;
/// Pause after a failure of the database.
const PAUSE: Duration = Duration::from_secs(2);

/// How much is watched through a process.
#[derive(Debug, Clone, Copy)]
pub struct InboxStreamLimits {
    /// Watchers of a process.
    pub process: usize,
    /// Watchers of an organisation's inboxes in a process, so that none takes the places of all.
    pub organisation: usize,
    /// Watchers of an inbox in a process.
    pub inbox: usize,
    /// How long one lasts.
    pub lifetime: Duration,
}

impl Default for InboxStreamLimits {
    fn default() -> Self {
        Self {
            process: 2_000,
            organisation: 1_000,
            inbox: 5,
            lifetime: Duration::from_secs(900),
        }
    }
}

/// Those who watch inboxes through this process.
#[derive(Debug)]
pub struct InboxStreams {
    limits: InboxStreamLimits,
    open: Mutex<Open>,
    reading: Semaphore,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    organisations: HashMap<OrganisationId, usize>,
    inboxes: HashMap<InboxOwner, watch::Sender<()>>,
    /// Whether something listens for what comes to inboxes.
    is_heard: bool,
}

impl InboxStreams {
    /// With these limits.
    pub fn new(limits: InboxStreamLimits) -> Self {
        metrics::describe_inbox_streams();
        Self {
            limits,
            open: Mutex::default(),
            reading: Semaphore::new(READ_AT_A_TIME),
        }
    }

    /// Takes a place. The first one begins to listen, on a connection beside those of `pool`.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when the inbox or the organisation has as many as it may,
    /// [`Error::Busy`] when the process has.
    pub fn place(
        self: &Arc<Self>,
        pool: &PgPool,
        organisation: OrganisationId,
        owner: InboxOwner,
    ) -> Result<Place> {
        let retry_after_secs = RETRY_SECS;
        let mut open = self.open();
        let inbox = open
            .inboxes
            .get(&owner)
            .map_or(0, watch::Sender::receiver_count);
        let here = open
            .organisations
            .get(&organisation)
            .copied()
            .unwrap_or_default();
        if inbox >= self.limits.inbox || here >= self.limits.organisation {
            return Err(Error::TooManyRequests { retry_after_secs });
        }
        if open.all >= self.limits.process {
            return Err(Error::Busy { retry_after_secs });
        }
        open.all += 1;
        *open.organisations.entry(organisation).or_default() += 1;
        let woken = open
            .inboxes
            .entry(owner)
            .or_insert_with(|| watch::channel(()).0)
            .subscribe();
        if !open.is_heard {
            open.is_heard = true;
            let (streams, pool) = (Arc::clone(self), pool.clone());
            tokio::spawn(async move { streams.listen(&pool).await });
        }
        drop(open);
        metrics::inbox_stream_opened();
        Ok(Place {
            end: Instant::now() + self.limits.lifetime,
            streams: Arc::clone(self),
            organisation,
            owner,
            woken,
        })
    }

    /// Wakes watchers, for as long as the process lives.
    async fn listen(&self, pool: &PgPool) {
        loop {
            let heard = async {
                let mut listener = InboxListener::new(pool).await?;
                let mut owner = None;
                loop {
                    // All of them after a connection is made, before which notices may have been lost.
                    self.wake(owner);
                    owner = listener.heard().await?;
                }
            };
            let heard: tessera_store::Result<()> = heard.await;
            if let Err(error) = heard {
                let error: &(dyn std::error::Error + 'static) = &error;
                tracing::warn!(error, "what comes to inboxes cannot be heard");
            }
            sleep(PAUSE).await;
        }
    }

    /// Wakes who watches an inbox, or everybody.
    fn wake(&self, owner: Option<InboxOwner>) {
        let open = self.open();
        match owner {
            Some(owner) => open.inboxes.get(&owner).into_iter().for_each(wake),
            None => open.inboxes.values().for_each(wake),
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(inbox: &watch::Sender<()>) {
    inbox.send_replace(());
}

/// The place of one who watches.
#[derive(Debug)]
pub struct Place {
    streams: Arc<InboxStreams>,
    organisation: OrganisationId,
    owner: InboxOwner,
    woken: watch::Receiver<()>,
    end: Instant,
}

impl Place {
    /// When it is over.
    pub(super) fn ends_at(&self) -> Instant {
        self.end
    }

    /// Forgets what woke it.
    pub(super) fn note(&mut self) {
        self.woken.borrow_and_update();
    }

    /// Waits until something is new.
    pub(super) async fn woken(&mut self) -> Result<()> {
        let changed = self.woken.changed().await;
        changed.map_err(|_| Error::Internal("hear of an inbox"))
    }

    /// Waits for its turn to read.
    pub(super) async fn turn(&self) -> Result<SemaphorePermit<'_>> {
        let turn = self.streams.reading.acquire().await;
        turn.map_err(|_| Error::Internal("wait for a turn to read"))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        open.all = open.all.saturating_sub(1);
        if let Some(here) = open.organisations.get_mut(&self.organisation) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                open.organisations.remove(&self.organisation);
            }
        }
        // Its own receiver is still there.
        let is_last = |inbox: &watch::Sender<()>| inbox.receiver_count() <= 1;
        if open.inboxes.get(&self.owner).is_some_and(is_last) {
            open.inboxes.remove(&self.owner);
        }
        drop(open);
        metrics::inbox_stream_ended();
    }
}
