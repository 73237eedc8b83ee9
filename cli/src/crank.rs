//! Charges due subscriptions and earns the keeper's part.
//!
//! The mirror says what may be due, the chain decides: each charge is built from accounts read
//! just before, and the program refuses what is not due, so two cranks or a restart charge nobody
//! twice.

use crate::chain::{Chain, ChainError};
use futures::{StreamExt, TryStreamExt, stream};
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_transaction_error::TransactionError;
use spl_associated_token_account_interface::{
    address::get_associated_token_address_with_program_id,
    instruction::create_associated_token_account_idempotent,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tessera_client::{
    instructions::Charge,
    keeper,
    types::{
        Address, TesseraError,
        accounts::{Plan, Subscription},
    },
};
use tessera_store::{
    PgPool, StoreError,
    due::{Due, due},
};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// Time between rounds.
const POLL: Duration = Duration::from_secs(1);
/// Time from a round that failed to the next.
const RETRY: Duration = Duration::from_secs(2);
/// Subscriptions of one query.
const PAGE: i64 = 500;
/// Charges under way at a time.
const CONCURRENCY: usize = 16;
/// First pause of a subscription that could not be charged; doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// Refusals which say that somebody else was faster, or that the mirror is behind.
const OVERTAKEN: [TesseraError; 5] = [
    TesseraError::NotDue,
    TesseraError::NotLive,
    TesseraError::PeriodsUsedUp,
    TesseraError::PlanEnded,
    TesseraError::Lapsed,
];

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
    postponed: Mutex<HashMap<Address, Postponed>>,
    fee_accounts: tokio::sync::Mutex<HashMap<Address, Address>>,
}

#[derive(Debug, Clone, Copy)]
struct Postponed {
    until: Instant,
    pause: Duration,
}

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Periods collected.
    pub charged: u64,
    /// Subscriptions that could not be charged and are tried later.
    pub postponed: u64,
}

impl Crank {
    /// A crank whose transactions `keeper` pays; nothing happens yet.
    pub fn new(chain: Arc<Chain>, pool: PgPool, keeper: Keypair) -> Self {
        Self {
            chain,
            pool,
            keeper,
            postponed: Mutex::default(),
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
                        tracing::debug!(
                            round.charged,
                            round.postponed,
                            "charged due subscriptions"
                        );
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

    /// Charges everything that is due now, once.
    ///
    /// # Errors
    /// [`CrankError`] when mirror or chain cannot be read, or the keeper cannot pay; what was charged
    /// stays charged.
    pub async fn round(&self) -> Result<Round, CrankError> {
        let now = self.chain.now().await?;
        let mut round = Round::default();
        let mut after: Option<Due> = None;
        loop {
            let mut conn = self.pool.acquire().await.map_err(StoreError::from)?;
            let page = due(&mut conn, now, after, PAGE).await?;
            drop(conn);
            let Some(last) = page.last() else {
                return Ok(round);
            };
            after = Some(*last);
            let candidates: Vec<Address> = page
                .iter()
                .map(|due| Address::from(due.address.0))
                .filter(|address| !self.is_postponed(address))
                .collect();
            let charged: Vec<Option<bool>> = stream::iter(candidates)
                .map(|address| self.try_charge(address, now))
                .buffer_unordered(CONCURRENCY)
                .try_collect()
                .await?;
            for charged in charged.into_iter().flatten() {
                match charged {
                    true => round.charged += 1,
                    false => round.postponed += 1,
                }
            }
        }
    }

    /// Whether it was charged; none when it was not due after all, or when nobody knows yet. Only a
    /// program's verdict postpones a subscription; what has nothing to do with it ends the round.
    async fn try_charge(&self, address: Address, now: i64) -> Result<Option<bool>, ChainError> {
        match self.charge(address, now).await {
            Ok(true) => {
                self.postponed().remove(&address);
                Ok(Some(true))
            }
            Ok(false) => Ok(None),
            Err(error) if OVERTAKEN.into_iter().any(|refusal| error.is(refusal)) => Ok(None),
            // The next round sees on the chain whether it happened.
            Err(
                error @ (ChainError::Expired(_)
                | ChainError::Failed(TransactionError::AlreadyProcessed)),
            ) => {
                tracing::warn!(subscription = %address, "{error}");
                Ok(None)
            }
            Err(error) if !error.is_verdict() => Err(error),
            Err(error) => {
                let error = anyhow::Error::from(error);
                let pause = self.postpone(address);
                tracing::warn!(
                    subscription = %address,
                    pause_secs = pause.as_secs(),
                    "cannot be charged: {error:#}"
                );
                Ok(Some(false))
            }
        }
    }

    async fn charge(&self, address: Address, now: i64) -> Result<bool, ChainError> {
        let Some(subscription) = self.chain.account::<Subscription>(&address).await? else {
            return Ok(false);
        };
        let plan: Plan = self.chain.existing(&subscription.plan).await?;
        if subscription.next_due > now || !subscription.is_collectable(plan.ends_at, now) {
            return Ok(false);
        }
        let keeper_token = match keeper::fee(&subscription, &plan, now) {
            0 => None,
            _ => self.fee_account(&plan).await?,
        };
        let charge = Charge {
            subscription: &subscription,
            plan: &plan,
            keeper_token,
        };
        self.chain.send(&[charge.into()], &self.keeper, &[]).await?;
        Ok(true)
    }

    /// The keeper's token account for the plan's mint, created the first time. Where none can be
    /// had, the charge is made for nothing.
    async fn fee_account(&self, plan: &Plan) -> Result<Option<Address>, ChainError> {
        let mut known = self.fee_accounts.lock().await;
        if let Some(account) = known.get(&plan.mint) {
            return Ok(Some(*account));
        }
        let keeper = self.keeper.pubkey();
        let (mint, program) = (&plan.mint, &plan.token_program);
        let create = create_associated_token_account_idempotent(&keeper, &keeper, mint, program);
        match self.chain.send(&[create], &self.keeper, &[]).await {
            Err(error) if error.is_verdict() => {
                tracing::warn!(%mint, "there is no account for the keeper's fee: {error}");
                return Ok(None);
            }
            sent => sent?,
        };
        let account = get_associated_token_address_with_program_id(&keeper, mint, program);
        known.insert(plan.mint, account);
        Ok(Some(account))
    }

    fn is_postponed(&self, address: &Address) -> bool {
        self.postponed()
            .get(address)
            .is_some_and(|postponed| Instant::now() < postponed.until)
    }

    fn postpone(&self, address: Address) -> Duration {
        let mut postponed = self.postponed();
        let pause = postponed.get(&address).map_or(FIRST_PAUSE, |earlier| {
            (earlier.pause * 2).min(LONGEST_PAUSE)
        });
        let until = Instant::now() + pause;
        postponed.insert(address, Postponed { until, pause });
        pause
    }

    fn postponed(&self) -> std::sync::MutexGuard<'_, HashMap<Address, Postponed>> {
        self.postponed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
