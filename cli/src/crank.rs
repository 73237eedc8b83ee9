//! Charges due subscriptions and earns the keeper's part; marks those that cannot be charged.
//!
//! The mirror says what may be due, the chain decides: each transaction is built from accounts read
//! just before, and the program refuses what is not due, so two cranks or a restart charge nobody
//! twice. What a period of a metered plan comes to, its org alone states: nothing is charged there.

mod fees;
mod postponed;
mod tasks;

use crate::chain::{Chain, ChainError};
use futures::{StreamExt, TryStreamExt, stream};
use postponed::Postponed;
use solana_keypair::Keypair;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tessera_client::types::Address;
use tessera_store::{
    PgPool, StoreError,
    due::{Due, due, uncollectable},
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Time between rounds.
const POLL: Duration = Duration::from_secs(1);
/// Time from a round that failed to the next.
const RETRY: Duration = Duration::from_secs(2);
/// Subscriptions of one query.
const PAGE: i64 = 500;
/// Transactions under way at a time.
const CONCURRENCY: usize = 16;

/// What ends or interrupts cranking.
#[derive(Debug, thiserror::Error)]
pub enum CrankError {
    /// The mirror cannot be read.
    #[error("the mirror cannot be read")]
    Store(#[from] StoreError),
    /// The chain cannot be read, or the keeper cannot pay.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// Charges what is due.
pub struct Crank {
    chain: Arc<Chain>,
    pool: PgPool,
    keeper: Keypair,
    postponed: Postponed,
    fee_accounts: tokio::sync::Mutex<HashMap<Address, Address>>,
}

/// What is to be done with a subscription that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Task {
    /// Collect a period.
    Charge,
    /// Record that none can be collected.
    Mark,
}

impl Task {
    const ALL: [Self; 2] = [Self::Charge, Self::Mark];
}

/// What became of it.
#[derive(Debug, Clone, Copy)]
enum Done {
    Charged,
    Missed,
    Lapsed,
    Postponed,
}

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Periods collected.
    pub charged: u64,
    /// Subscriptions that are past due from now on.
    pub missed: u64,
    /// Subscriptions that have lapsed.
    pub lapsed: u64,
    /// Periods with which nothing could be done, and that are tried later.
    pub postponed: u64,
}

impl Round {
    fn count(&mut self, done: Done) {
        let counter = match done {
            Done::Charged => &mut self.charged,
            Done::Missed => &mut self.missed,
            Done::Lapsed => &mut self.lapsed,
            Done::Postponed => &mut self.postponed,
        };
        *counter += 1;
    }
}

impl Crank {
    /// A crank whose transactions `keeper` pays; nothing happens yet.
    pub fn new(chain: Arc<Chain>, pool: PgPool, keeper: Keypair) -> Self {
        Self {
            chain,
            pool,
            keeper,
            postponed: Postponed::default(),
            fee_accounts: tokio::sync::Mutex::default(),
        }
    }

    /// Cranks until cancelled; failures are logged and tried again.
    pub async fn run(&self, cancel: CancellationToken) {
        let rounds = async {
            loop {
                let round = self.round().await;
                let pause = if round.is_ok() { POLL } else { RETRY };
                match round {
                    Ok(round) if round != Round::default() => {
                        tracing::debug!(?round, "went through due subscriptions");
                    }
                    Ok(_) => {}
                    Err(error) => {
                        let error = anyhow::Error::from(error);
                        tracing::warn!("a round failed and is tried again: {error:#}");
                    }
                }
                sleep(pause).await;
            }
        };
        cancel.run_until_cancelled(rounds).await;
    }

    /// Charges or marks everything that is due now, once.
    ///
    /// # Errors
    /// [`CrankError`] when mirror or chain cannot be read, or the keeper cannot pay; what was done
    /// stays done.
    pub async fn round(&self) -> Result<Round, CrankError> {
        let now = self.chain.now().await?;
        let mut round = Round::default();
        for task in Task::ALL {
            let mut after: Option<Due> = None;
            loop {
                let page = self.page(task, now, after).await?;
                let Some(last) = page.last() else {
                    break;
                };
                after = Some(*last);
                let candidates = page
                    .into_iter()
                    .filter(|due| !self.postponed.holds(task, due));
                let done: Vec<Option<Done>> = stream::iter(candidates)
                    .map(|due| self.attempt(task, due, now))
                    .buffer_unordered(CONCURRENCY)
                    .try_collect()
                    .await?;
                for done in done.into_iter().flatten() {
                    round.count(done);
                }
            }
        }
        Ok(round)
    }

    async fn page(&self, task: Task, now: i64, after: Option<Due>) -> Result<Vec<Due>, StoreError> {
        let mut conn = self.pool.acquire().await.map_err(StoreError::from)?;
        match task {
            Task::Charge => due(&mut conn, now, after, PAGE).await,
            Task::Mark => uncollectable(&mut conn, now, after, PAGE).await,
        }
    }
}
