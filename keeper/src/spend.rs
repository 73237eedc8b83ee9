//! The keeper's own transactions, which pay for lookup tables and token accounts.
//!
//! The law here: a purchase leaves in the purse what charges cost; it is simulated before it is
//! paid for; and after a failure nothing is bought for a while, longer each time.

use crate::{
    Keeper,
    error::Result,
    message::{self, Budget},
    outbox::{self, Outcome},
    pack::Format,
    pulse::Pulse,
    trim::TRIALS,
};
use futures::{StreamExt, stream};
use solana_hash::Hash;
use solana_instruction::Instruction;
use std::time::Duration;
use tokio::time::Instant;

/// The least that is left for charges, lamports: two thousand signatures.
const RESERVE: u64 = 10_000_000;
/// How long nothing is bought after the first failure, and at most after many.
const FIRST_REST: Duration = Duration::from_secs(60);
const LONGEST_REST: Duration = Duration::from_secs(3_600);

/// Looks for a purchase until a node shows it: five seconds.
pub(crate) const LOOKS: u32 = 25;
pub(crate) const LOOK: Duration = Duration::from_millis(200);

/// The result of the keeper's own transactions.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    /// Their fees, lamports, without rent.
    pub(crate) fees: u64,
    /// How many landed.
    pub(crate) landed: usize,
    /// The slot in which the last one landed.
    pub(crate) slot: u64,
}

/// A rest after failed purchases.
#[derive(Debug, Default)]
pub(crate) struct Rest {
    failures: u32,
    until: Option<Instant>,
}

impl Rest {
    pub(crate) fn is_over(&self) -> bool {
        self.until.is_none_or(|until| until <= Instant::now())
    }

    fn note(&mut self, failed: bool) {
        match failed {
            true => self.begin(),
            false => *self = Self::default(),
        }
    }

    pub(crate) fn begin(&mut self) {
        self.until = Some(Instant::now() + rest(self.failures));
        self.failures = self.failures.saturating_add(1);
    }
}

/// How long nothing is bought after a failure that `failures` others preceded.
fn rest(failures: u32) -> Duration {
    FIRST_REST
        .saturating_mul(2_u32.saturating_pow(failures))
        .min(LONGEST_REST)
}

impl Pulse {
    /// What may be spent on purchases, when the next charges cost `charges`, lamports.
    pub(crate) fn spare(&self, charges: u64) -> u64 {
        self.purse().saturating_sub(charges.max(RESERVE))
    }
}

impl Keeper {
    /// Sends those of the keeper's own transactions that would succeed, and waits for them.
    pub(crate) async fn spend(
        &self,
        transactions: Vec<Vec<Instruction>>,
        budget: Budget,
        rest: &mut Rest,
    ) -> Result<Spent> {
        let mut spent = Spent::default();
        if transactions.is_empty() {
            return Ok(spent);
        }
        let asked = transactions.len();
        let tried: Vec<Option<Vec<Instruction>>> = stream::iter(transactions)
            .map(|it| self.would_succeed(it, budget))
            .buffered(TRIALS)
            .collect()
            .await;
        let good: Vec<Vec<Instruction>> = tried.into_iter().flatten().collect();
        if !good.is_empty() {
            let anchor = self.node.blockhash().await?;
            let signed = good
                .into_iter()
                .map(|it| {
                    let written = self.write_own(it, budget, anchor.blockhash)?;
                    Ok(message::signed(written, &self.keeper))
                })
                .collect::<Result<Vec<_>>>()?;
            for outcome in outbox::deliver(&self.node, &self.config, &anchor, &signed).await {
                match outcome {
                    Outcome::Landed(slot) => {
                        spent.landed += 1;
                        spent.slot = spent.slot.max(slot);
                        spent.fees += budget.fee();
                    }
                    Outcome::Failed(error) => {
                        spent.fees += budget.fee();
                        tracing::warn!(%error, "a transaction of the keeper's own failed");
                    }
                    Outcome::Unknown => {
                        tracing::warn!("a transaction of the keeper's own was lost");
                    }
                }
            }
        }
        rest.note(spent.landed < asked);
        Ok(spent)
    }

    /// The transaction, if it would succeed.
    async fn would_succeed(
        &self,
        transaction: Vec<Instruction>,
        budget: Budget,
    ) -> Option<Vec<Instruction>> {
        let written = self.write_own(transaction.clone(), budget, Hash::default());
        let simulated = match written {
            Ok(written) => self.node.simulate(&message::unsigned(written)).await,
            Err(error) => Err(error),
        };
        match simulated.map(|it| it.error) {
            Ok(None) => Some(transaction),
            Ok(Some(error)) => {
                tracing::warn!(%error, "a transaction of the keeper's own would fail");
                None
            }
            Err(error) => {
                tracing::warn!(%error, "a transaction of the keeper's own cannot be tried");
                None
            }
        }
    }

    fn write_own(
        &self,
        transaction: Vec<Instruction>,
        budget: Budget,
        blockhash: Hash,
    ) -> Result<solana_message::VersionedMessage> {
        let keeper = self.address();
        message::write(transaction, &keeper, Format::Zero, budget, &[], blockhash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_is_rested_from_longer_and_a_success_ends_it() {
        let secs: Vec<u64> = (0..8).map(|failures| rest(failures).as_secs()).collect();
        assert_eq!(secs, [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
        assert_eq!(rest(u32::MAX), LONGEST_REST);
        let mut it = Rest::default();
        assert!(it.is_over());
        it.note(true);
        assert!(!it.is_over());
        it.note(false);
        assert!(it.is_over());
        assert_eq!(it.failures, 0);
    }
}
