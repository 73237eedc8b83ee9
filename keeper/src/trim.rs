//! Simulates packed transactions before they are paid for: jobs that would fail are taken out, the
//! rest is sent.

use crate::{
    Keeper,
    error::Result,
    job::{Job, is_overtaken, refusal},
    message::{self, Budget},
    pack::{Limits, Packet, Places, repack},
    tables::Tables,
};
use solana_hash::Hash;
use solana_instruction::error::InstructionError;
use solana_transaction_error::TransactionError;

/// Transactions that are simulated at a time.
pub(crate) const TRIALS: usize = 8;
/// Unit in which loaded data is counted, bytes.
const PAGE: u32 = 32 * 1_024;
/// Compute units on top of those that the simulation took: accounts may change before the
/// transaction lands.
const SPARE_UNITS: u64 = 3_000;

/// The reason for a job that is not worth its fee.
pub(crate) const UNPROFITABLE: &str = "the keeper's fee is not worth it yet";
/// The reason for a job that is worth its share of a fee and waits for others to bear the rest.
pub(crate) const ALONE: &str = "the keeper's fee is worth it only together with others";

/// Why a job is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Another keeper was faster, or the reading was stale.
    Overtaken,
    /// A program refuses it, for this reason.
    No(String),
    /// It is not worth its fee yet.
    Unprofitable,
    /// It is worth its share of a fee, and there are not enough others.
    Alone,
    /// For a reason outside the job, which is tried again in the next walk.
    Later,
}

/// What is left of transactions after the simulation.
#[derive(Debug, Default)]
pub(crate) struct Trimmed {
    pub(crate) ready: Vec<(Packet, Budget)>,
    pub(crate) refused: Vec<(Job, Refused)>,
    /// Whether the keeper cannot pay.
    pub(crate) purse_empty: bool,
    /// Whether lookup tables have changed since they were read.
    pub(crate) stale: bool,
}

impl Trimmed {
    pub(crate) fn refuse(&mut self, jobs: impl IntoIterator<Item = Job>, refused: &Refused) {
        let refusals = jobs.into_iter().map(|job| (job, refused.clone()));
        self.refused.extend(refusals);
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.ready.extend(other.ready);
        self.refused.extend(other.refused);
        self.purse_empty |= other.purse_empty;
        self.stale |= other.stale;
    }
}

/// Whether a transaction failed because its payer has too little.
pub(crate) fn is_empty_purse(error: &TransactionError) -> bool {
    matches!(
        error,
        TransactionError::AccountNotFound
            | TransactionError::InsufficientFundsForFee
            | TransactionError::InsufficientFundsForRent { account_index: 0 }
    )
}

/// What a program's refusal means for its job.
pub(crate) fn verdict(error: &InstructionError) -> Refused {
    match error {
        InstructionError::Custom(code) if is_overtaken(*code) => Refused::Overtaken,
        InstructionError::Custom(code) => Refused::No(refusal(*code)),
        other => Refused::No(other.to_string()),
    }
}

impl Keeper {
    /// Simulates a transaction, taking out what fails, until nothing does.
    pub(crate) async fn trim(
        &self,
        packet: Packet,
        limits: &Limits,
        places: &Places,
        tables: &Tables,
        unit_price: u64,
    ) -> Result<Trimmed> {
        let payer = self.address();
        let again = |jobs| repack(jobs, &payer, limits, places);
        let mut trimmed = Trimmed::default();
        let mut waiting = vec![packet];
        while let Some(mut packet) = waiting.pop() {
            if packet.jobs.is_empty() {
                continue;
            }
            let written = message::write(
                packet.jobs.iter().map(|job| job.instruction.clone()),
                &payer,
                limits.format,
                Budget::MOST,
                &tables.named(packet.tables()),
                Hash::default(),
            )?;
            let simulated = match self.node.simulate(&message::unsigned(written)).await {
                Ok(simulated) => simulated,
                Err(error) => {
                    tracing::warn!(%error, "a transaction cannot be tried");
                    // A node may refuse to simulate a transaction that names a closed table.
                    trimmed.stale |= packet.tables().next().is_some();
                    trimmed.refuse(packet.jobs, &Refused::Later);
                    continue;
                }
            };
            match simulated.error {
                None => {
                    let budget = budget(simulated.units, simulated.loaded, unit_price);
                    trimmed.ready.push((packet, budget));
                }
                Some(error) if is_empty_purse(&error) => {
                    trimmed.purse_empty = true;
                    trimmed.refuse(packet.jobs, &Refused::Later);
                }
                Some(TransactionError::InstructionError(at, error))
                    if !is_shared(&error, packet.jobs.len()) =>
                {
                    let at = message::job_of(at, limits.format);
                    match at.filter(|at| *at < packet.jobs.len()) {
                        Some(at) => {
                            let job = packet.jobs.remove(at);
                            trimmed.refused.push((job, verdict(&error)));
                            waiting.push(again(packet.jobs));
                        }
                        None => {
                            tracing::warn!(%error, "the budget of a transaction is refused");
                            trimmed.refuse(packet.jobs, &Refused::Later);
                        }
                    }
                }
                Some(error) if !is_of_jobs(&error) => {
                    tracing::warn!(%error, "a transaction would not be taken");
                    trimmed.stale |= is_of_tables(&error);
                    trimmed.refuse(packet.jobs, &Refused::Later);
                }
                // The jobs exceed a limit together: each half may pass.
                Some(_) if packet.jobs.len() > 1 => {
                    let rest = packet.jobs.split_off(packet.jobs.len() / 2);
                    waiting.extend([again(packet.jobs), again(rest)]);
                }
                Some(error) => {
                    trimmed.refuse(packet.jobs, &Refused::No(error.to_string()));
                }
            }
        }
        Ok(trimmed)
    }
}

/// Whether a transaction fails because of its jobs, and not because of how it was built or sent.
fn is_of_jobs(error: &TransactionError) -> bool {
    matches!(
        error,
        TransactionError::InstructionError(..)
            | TransactionError::InsufficientFundsForRent { .. }
            | TransactionError::MaxLoadedAccountsDataSizeExceeded
    )
}

/// Whether a transaction fails because of the lookup tables that it names.
fn is_of_tables(error: &TransactionError) -> bool {
    matches!(
        error,
        TransactionError::AddressLookupTableNotFound
            | TransactionError::InvalidAddressLookupTableOwner
            | TransactionError::InvalidAddressLookupTableData
            | TransactionError::InvalidAddressLookupTableIndex
            // Nodes that sanitize before they load the tables report only this.
            | TransactionError::SanitizeFailure
    )
}

/// Whether an instruction may have failed because of what earlier ones used up.
fn is_shared(error: &InstructionError, jobs: usize) -> bool {
    jobs > 1 && *error == InstructionError::ComputationalBudgetExceeded
}

/// The budget to ask for, from what a simulation took.
fn budget(units: u64, loaded: Option<u32>, unit_price: u64) -> Budget {
    let units = units + units / 10 + SPARE_UNITS;
    let loaded = loaded.map_or(Budget::MOST.loaded, |loaded| {
        (loaded / PAGE + 2).saturating_mul(PAGE)
    });
    Budget {
        units: u32::try_from(units)
            .unwrap_or(u32::MAX)
            .min(Budget::MOST.units),
        loaded: loaded.min(Budget::MOST.loaded),
        unit_price,
    }
}
