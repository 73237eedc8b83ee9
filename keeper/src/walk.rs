//! The way through what is due: on from where the last round ended, and from the beginning now and then,
//! so that nobody reads everything every round and nobody is forgotten.

use crate::{Keeper, error::Result};
use tessera_store::keeper::{self as store, Candidate, Mark};
use tokio::time::Instant;

/// Where the walk stands.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    after: Option<Mark>,
    /// When it last began; never, at first.
    begun: Option<Instant>,
}

/// What a round takes up.
pub(crate) struct Page {
    pub(crate) candidates: Vec<Candidate>,
    /// Whether there is more.
    pub(crate) more: bool,
    /// Whether the walk began with it.
    pub(crate) begins: bool,
}

impl Keeper {
    /// What is due next.
    pub(crate) async fn page(&self, now: i64) -> Result<Page> {
        let mut walk = self.walk.lock().await;
        let begins = walk
            .begun
            .is_none_or(|begun| begun.elapsed() >= self.config.sweep);
        if begins {
            walk.after = None;
            walk.begun = Some(Instant::now());
        }
        let limit = i64::try_from(self.config.page).unwrap_or(i64::MAX).max(1);
        let mut conn = self.connection().await?;
        let scope = self.config.scope();
        let candidates = store::candidates(&mut conn, &scope, now, walk.after, limit).await?;
        if let Some(last) = candidates.last() {
            walk.after = Some(Mark {
                next_due: last.next_due,
                address: last.address,
            });
        }
        Ok(Page {
            more: candidates.len() >= self.config.page,
            candidates,
            begins,
        })
    }

    /// Begins from the beginning in the next round: something was left as it was.
    pub(crate) async fn rewind(&self) {
        self.walk.lock().await.begun = None;
    }
}
