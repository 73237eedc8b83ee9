//! The way through what is due: on from where the last round ended, and from the beginning once a sweep,
//! so that nobody reads everything every round and nobody is forgotten.
//!
//! The law here: a walk goes on to its end, past what is left for later, before the next one begins; at
//! its end only what falls due meanwhile is looked at.

use crate::{Keeper, error::Result};
use tessera_store::{
    Key,
    mirror::keeper::{self as store, Candidate, Mark},
};
use tokio::time::Instant;

/// The highest address.
const LAST: Key = Key([u8::MAX; 32]);

/// Where the walk stands.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    after: Option<Mark>,
    /// When it last began; never, at first.
    begun: Option<Instant>,
    /// Whether everything that was due was looked at.
    ended: bool,
}

/// What a round takes up.
pub(crate) struct Page {
    pub(crate) candidates: Vec<Candidate>,
    /// Whether there is more.
    pub(crate) more: bool,
}

impl Keeper {
    /// Whether it is time to begin from the beginning.
    pub(crate) async fn is_sweep_due(&self) -> bool {
        let walk = self.walk.lock().await;
        walk.begun
            .is_none_or(|begun| walk.ended && begun.elapsed() >= self.config.sweep)
    }

    /// Begins from the beginning.
    pub(crate) async fn sweep(&self) {
        *self.walk.lock().await = Walk {
            begun: Some(Instant::now()),
            ..Walk::default()
        };
    }

    /// Begins from the beginning in the next round.
    pub(crate) async fn rewind(&self) {
        *self.walk.lock().await = Walk::default();
    }

    /// What is due next.
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
