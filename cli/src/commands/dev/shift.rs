//! The keeper's shift, which a story may interrupt: a grace that ends while a keeper is at work is a
//! lapse a moment later, and what the engine notes in between would depend on who is quicker.

use anyhow::Result;
use std::sync::Arc;
use tessera_keeper::Keeper;
use tokio::sync::{Mutex, Notify, OwnedMutexGuard};
use tokio_util::sync::CancellationToken;

/// Whose turn it is: the keeper's, unless the story has taken it.
#[derive(Clone, Default)]
pub(super) struct Shift {
    turn: Arc<Mutex<()>>,
    wanted: Arc<Notify>,
}

impl Shift {
    /// Lets the keeper work until it is cancelled, except while the story has the turn.
    pub(super) async fn work(self, keeper: Keeper, cancel: CancellationToken) -> Result<()> {
        while !cancel.is_cancelled() {
            let Some(_turn) = cancel.run_until_cancelled(self.turn.lock()).await else {
                break;
            };
            let stop = cancel.child_token();
            let work = keeper.run(stop.clone());
            tokio::pin!(work);
            tokio::select! {
                ended = &mut work => return Ok(ended?),
                () = self.wanted.notified() => {
                    stop.cancel();
                    work.await?;
                }
            }
        }
        Ok(())
    }

    /// Takes the turn once the keeper has stopped; it goes on when the guard is dropped.
    pub(super) async fn interrupt(&self) -> OwnedMutexGuard<()> {
        self.wanted.notify_one();
        Arc::clone(&self.turn).lock_owned().await
    }
}
