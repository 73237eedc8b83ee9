//! Live counters: the database is read once a second for each watched organisation, no matter how
//! many watch it.

use crate::{Error, Result, clock::now};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tessera_store::{
    OrganisationId, PgPool,
    analytics::live::{self, Counters},
    tenant,
};
use tokio::{sync::watch, time::sleep};

/// Time between two reads.
const INTERVAL: Duration = Duration::from_secs(1);
/// Most watchers of one organisation.
const MAX_WATCHERS: usize = 50;

/// What watchers see; none before the first read.
pub type Watched = watch::Receiver<Option<Counters>>;

/// The organisations that are watched.
#[derive(Debug, Default)]
pub struct Live(Mutex<HashMap<OrganisationId, Arc<watch::Sender<Option<Counters>>>>>);

impl Live {
    /// Watches an organisation until the receiver is dropped.
    pub fn watch(self: &Arc<Self>, pool: &PgPool, organisation: OrganisationId) -> Result<Watched> {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = watched.get(&organisation) {
            if sender.receiver_count() >= MAX_WATCHERS {
                return Err(Error::TooManyRequests {
                    retry_after_secs: 30,
                });
            }
            return Ok(sender.subscribe());
        }
        let (sender, receiver) = watch::channel(None);
        let sender = Arc::new(sender);
        watched.insert(organisation, sender.clone());
        let (live, pool) = (self.clone(), pool.clone());
        tokio::spawn(async move { live.look(&pool, organisation, &sender).await });
        Ok(receiver)
    }

    /// Reads until nobody watches.
    async fn look(
        &self,
        pool: &PgPool,
        organisation: OrganisationId,
        sender: &watch::Sender<Option<Counters>>,
    ) {
        loop {
            match read(pool, organisation).await {
                Ok(counters) => {
                    sender.send_if_modified(|shown| {
                        let changed = shown.as_ref() != Some(&counters);
                        *shown = Some(counters);
                        changed
                    });
                }
                Err(error) => {
                    let error: &(dyn std::error::Error + 'static) = &error;
                    tracing::warn!(error, "live counters cannot be read");
                }
            }
            sleep(INTERVAL).await;
            // Under the lock, so that nobody begins to watch a sender that is given up.
            let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if sender.receiver_count() == 0 {
                watched.remove(&organisation);
                return;
            }
        }
    }
}

async fn read(pool: &PgPool, organisation: OrganisationId) -> tessera_store::Result<Counters> {
    let mut transaction = tenant::snapshot(pool, organisation).await?;
    live::read(&mut transaction, now().day()).await
}
