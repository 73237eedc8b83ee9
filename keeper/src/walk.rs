//! The walk through what is due: each round goes on from where the last one ended, and once per
//! sweep it starts over, so that no round reads everything and no subscription is forgotten.
//!
//! The law here: a walk goes on to its end, past what is left for later, before the next one
//! begins; from its end on, only what has fallen due since is looked at.

use crate::{Keeper, error::Result};
use tessera_store::{
    Key,
    mirror::keeper::{self as store, Candidate, Mark},
};
use tokio::time::Instant;

/// The highest address.
const LAST: Key = Key([u8::MAX; 32]);

/// The position of the walk.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    after: Option<Mark>,
    /// When it last began; none at first.
    begun: Option<Instant>,
    /// Whether everything that was due was looked at.
    ended: bool,
}

/// The subscriptions of a round.
pub(crate) struct Page {
    pub(crate) candidates: Vec<Candidate>,
    /// Whether there is more.
    pub(crate) more: bool,
}

impl Keeper {
    /// Whether it is time to start over.
    pub(crate) async fn is_sweep_due(&self) -> bool {
        let walk = self.walk.lock().await;
        walk.begun
            .is_none_or(|begun| walk.ended && begun.elapsed() >= self.config.sweep)
    }

    /// Starts over.
    pub(crate) async fn sweep(&self) {
        *self.walk.lock().await = Walk {
            begun: Some(Instant::now()),
            ..Walk::default()
        };
    }

    /// Starts over in the next round.
    pub(crate) async fn rewind(&self) {
        *self.walk.lock().await = Walk::default();
    }

    /// The next page of what is due.
    pub(crate) async fn page(&self, now: i64) -> Result<Page> {
        let mut walk = self.walk.lock().await;
        let limit = i64::try_from(self.config.page).unwrap_or(i64::MAX).max(1);
        let mut conn = self.connection().await?;
        let scope = self.config.scope();
        let candidates = store::candidates(&mut conn, &scope, now, walk.after, limit).await?;
        let more = candidates.len() >= self.config.page.max(1);
        walk.ended = !more;
        walk.after = match candidates.last() {
            Some(last) if more => Some(Mark {
                next_due: last.next_due,
                address: last.address,
            }),
            _ => Some(Mark {
                next_due: now,
                address: LAST,
            }),
        };
        Ok(Page { candidates, more })
    }
}
