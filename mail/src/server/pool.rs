//! Connections that wait for the next message.

use super::transaction::Connection;
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// How long a connection waits. Servers close theirs after a few minutes, routers between sooner.
const KEPT: Duration = Duration::from_secs(30);

/// Idle connections, the latest last.
#[derive(Default)]
pub(super) struct Pool(Mutex<Vec<(Instant, Connection)>>);

impl Pool {
    /// The connection that was used last; those that waited too long are closed.
    pub(super) fn take(&self) -> Option<Connection> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(since, _)| since.elapsed() < KEPT);
        idle.pop().map(|(_, connection)| connection)
    }

    pub(super) fn put(&self, connection: Connection) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push((Instant::now(), connection));
    }
}
