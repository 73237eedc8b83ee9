//! Charges due subscriptions and earns the keeper's part; marks those that cannot be charged.
//!
//! The mirror says what may be due; accounts read just before, and a simulation, say what will happen;
//! and the program refuses what is not due, so several keepers or a restart charge nobody twice. What a
//! period of a metered plan comes to, its org alone states: nothing is charged there.
//!
//! The law here: nothing that one subscription, one transaction or an empty purse comes to is taken for
//! what another one is, and none of it ends a round.

mod config;
mod error;
mod fees;
mod job;
mod judge;
mod message;
mod metrics;
mod node;
mod outbox;
mod outlook;
mod pack;
mod prepare;
mod pulse;
mod round;
mod settle;
mod tables;
mod trim;
mod walk;

pub use config::{KeeperConfig, Versions};
pub use error::{KeeperError, Result};
pub use job::Task;
pub use metrics::describe;
pub use outlook::{Outlook, Planned, Transaction, Waiting};
pub use pack::Format;
pub use round::Round;

use node::Node;
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_signer::Signer;
use std::error::Error as _;
use tables::Tables;
use tessera_client::types::Address;
use tessera_store::{PgPool, StoreError, read};
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
}

impl Keeper {
    /// A keeper whose transactions the key pays; nothing happens yet.
    pub fn new(rpc: RpcClient, pool: PgPool, keeper: Keypair, config: KeeperConfig) -> Self {
        Self {
            node: Node::new(rpc),
            pool,
            keeper,
            config,
            tables: Mutex::default(),
            walk: Mutex::default(),
        }
    }

    /// Who pays, and is paid.
    pub fn address(&self) -> Address {
        self.keeper.pubkey()
    }

    /// Works until cancelled; failures are logged and tried again.
    pub async fn run(&self, cancel: CancellationToken) {
        let rounds = async {
            let mut pause = self.config.poll;
            loop {
                match self.round().await {
                    Ok(round) => {
                        round.log();
                        pause = self.config.poll;
                        if round.more {
                            continue;
                        }
                    }
                    Err(error) => {
                        metrics::failed_round();
                        let cause = error.source().map(ToString::to_string);
                        let cause = cause.unwrap_or_default();
                        tracing::warn!(cause, "a round failed and is tried again: {error}");
                        pause = (pause * 2).min(self.config.sweep);
                    }
                }
                sleep(pause).await;
            }
        };
        cancel.run_until_cancelled(rounds).await;
    }

    /// Goes through what is due until nothing more can be done at the moment.
    ///
    /// # Errors
    /// [`KeeperError`] when mirror or chain cannot be read; what was done stays done.
    pub async fn run_once(&self) -> Result<Round> {
        let mut all = Round::default();
        loop {
            let round = self.round().await?;
            all.add(&round);
            if !round.more || round.purse_empty {
                return Ok(all);
            }
        }
    }

    /// Puts all lookup tables of this keeper out of use and, once the network allows it, closes them;
    /// their rent comes back. It takes some minutes.
    ///
    /// # Errors
    /// [`KeeperError`] when mirror or chain cannot be read; what was done stays done.
    pub async fn close_tables(&self) -> Result<()> {
        let mut tables = self.tables.lock().await;
        loop {
            let pulse = pulse::Pulse::feel(&self.node, &self.address()).await?;
            if self.upkeep(&mut tables, &pulse, true).await? == 0 {
                return Ok(());
            }
            sleep(self.config.poll).await;
        }
    }

    async fn connection(&self) -> Result<read::Connection> {
        Ok(self.pool.acquire().await.map_err(StoreError::from)?)
    }
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper")
            .field("address", &self.address())
            .finish_non_exhaustive()
    }
}
