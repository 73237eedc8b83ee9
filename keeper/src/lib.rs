//! Charges due subscriptions and earns the keeper's part; marks those that cannot be charged.
//!
//! The mirror says what may be due; accounts read just before, and a simulation, say what will
//! succeed; and the program refuses what is not due, so neither several keepers nor a restart
//! charge anybody twice. Metered plans are not charged here: only their orgs state what a period
//! costs.
//!
//! The law here: the outcome of one subscription, one transaction or an empty purse is never taken
//! for that of another, and none of them ends a round.

mod choose;
mod config;
mod error;
mod fees;
mod job;
mod judge;
mod message;
mod metrics;
mod node;
mod opening;
mod outbox;
mod outlook;
mod pack;
mod prepare;
mod pulse;
mod round;
mod settle;
mod spend;
mod tables;
mod trim;
mod walk;

pub use config::{KeeperConfig, Versions};
pub use error::{KeeperError, Result};
pub use job::Task;
pub use metrics::JOBS_PER_TRANSACTION;
pub use outlook::{Outlook, Planned, Transaction, Waiting};
pub use pack::Format;
pub use round::Round;

use node::Node;
use opening::Opening;
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_signer::Signer;
use std::{error::Error as _, time::Duration};
use tables::Tables;
use tessera_client::types::Address;
use tessera_store::{PgPool, StoreError, mirror::cursor, read};
use tokio::{sync::Mutex, time::sleep};
use tokio_util::sync::CancellationToken;
use walk::Walk;

/// Charges what is due.
pub struct Keeper {
    node: Node,
    pool: PgPool,
    keeper: Keypair,
    config: KeeperConfig,
    tables: Mutex<Tables>,
    walk: Mutex<Walk>,
    opening: Mutex<Opening>,
}

impl Keeper {
    /// A keeper whose transactions `keeper` pays; does nothing yet.
    pub fn new(rpc: RpcClient, pool: PgPool, keeper: Keypair, config: KeeperConfig) -> Self {
        metrics::describe();
        Self {
            node: Node::new(rpc),
            pool,
            keeper,
            config,
            tables: Mutex::default(),
            walk: Mutex::default(),
            opening: Mutex::default(),
        }
    }

    /// The keeper's wallet, which pays and is paid.
    pub fn address(&self) -> Address {
        self.keeper.pubkey()
    }

    /// Works until cancelled; failures are logged and retried.
    ///
    /// # Errors
    /// [`KeeperError::OtherNetwork`], which retrying cannot fix.
    pub async fn run(&self, cancel: CancellationToken) -> Result<()> {
        let rounds = async {
            let mut pause = self.config.poll;
            loop {
                match self.round().await {
                    Ok(round) => {
                        round.log(&self.address());
                        let next = pause_after(&round, pause, &self.config);
                        pause = next.max(self.config.poll);
                        if next.is_zero() {
                            continue;
                        }
                    }
                    Err(error @ KeeperError::OtherNetwork) => return Err(error),
                    // A keeper may start together with the indexer.
                    Err(error @ KeeperError::NoMirror) => {
                        metrics::failed_round();
                        tracing::info!("nothing is charged yet: {error}");
                        pause = (pause * 2).min(self.config.sweep);
                    }
                    Err(error) => {
                        metrics::failed_round();
                        let cause = error.source().map(tracing::field::display);
                        tracing::warn!(cause, "a round failed and is tried again: {error}");
                        pause = (pause * 2).min(self.config.sweep);
                    }
                }
                sleep(pause).await;
            }
        };
        cancel.run_until_cancelled(rounds).await.unwrap_or(Ok(()))
    }

    /// Goes through what is due until nothing more can be done now. [`Round::remains`] counts what
    /// is left.
    ///
    /// # Errors
    /// [`KeeperError`] when mirror or chain cannot be read; completed work stays.
    pub async fn run_once(&self) -> Result<Round> {
        let mut all = Round::default();
        loop {
            self.rewind().await;
            let mut walk = Round::default();
            loop {
                let round = self.round().await?;
                walk.add(&round);
                if !round.more || round.purse_empty {
                    break;
                }
            }
            // What one walk left, the next one has dealt with.
            (all.left, all.expired) = (0, 0);
            all.add(&walk);
            if walk.remains() == 0 || walk.purse_empty || walk.done() == 0 {
                return Ok(all);
            }
        }
    }

    /// Deactivates all lookup tables of this keeper and, once the network allows it, closes them
    /// and recovers their rent. It takes some minutes.
    ///
    /// # Errors
    /// [`KeeperError`] when mirror or chain cannot be read, [`KeeperError::EmptyPurse`] when tables
    /// are left and the purse cannot pay for closing them; completed work stays.
    pub async fn close_tables(&self) -> Result<()> {
        self.check_network().await?;
        let mut tables = self.tables.lock().await;
        loop {
            let pulse = pulse::Pulse::feel(&self.node, &self.address()).await?;
            if self.upkeep(&mut tables, &pulse, true).await? == 0 {
                return Ok(());
            }
            if pulse.affordable() == 0 {
                return Err(KeeperError::EmptyPurse(self.address()));
            }
            sleep(self.config.poll).await;
        }
    }

    /// Refuses a node of another network than the mirror's.
    async fn check_network(&self) -> Result<()> {
        let mut conn = self.connection().await?;
        let cursor = cursor::read(&mut conn).await?;
        drop(conn);
        let mirrored = cursor.ok_or(KeeperError::NoMirror)?.genesis;
        match self.node.genesis().await? == mirrored.0 {
            true => Ok(()),
            false => Err(KeeperError::OtherNetwork),
        }
    }

    async fn connection(&self) -> Result<read::Connection> {
        Ok(self.pool.acquire().await.map_err(StoreError::from)?)
    }
}

/// The pause after a round: none if more is due and all went well, longer each time if nothing can
/// be done with what is due. `before` is the pause before the round.
fn pause_after(round: &Round, before: Duration, config: &KeeperConfig) -> Duration {
    let troubled = round.remains() > 0 || round.purse_empty;
    match (troubled, round.done()) {
        (false, _) if round.more => Duration::ZERO,
        (true, 0) => (before * 2).min(config.sweep.max(config.poll)),
        _ => config.poll,
    }
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper")
            .field("address", &self.address())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nothing_can_be_done_with_what_is_due_each_pause_is_longer() {
        let config = KeeperConfig::default();
        let after = |round, before| pause_after(&round, Duration::from_secs(before), &config);
        let more = Round {
            more: true,
            ..Round::default()
        };
        let (left, expired) = (Round { left: 1, ..more }, Round { expired: 1, ..more });
        let empty = Round {
            purse_empty: true,
            ..more
        };
        for troubled in [left, expired, empty] {
            assert_eq!(after(troubled, 1), Duration::from_secs(2));
            assert_eq!(after(troubled, 50), config.sweep);
            let charged = Round {
                charged: 1,
                ..troubled
            };
            assert_eq!(after(charged, 50), config.poll);
        }
        assert_eq!(after(more, 50), Duration::ZERO);
        assert_eq!(after(Round::default(), 50), config.poll);
    }
}
