//! A packed transaction as a message.

use crate::{error::Result, pack::Format, pulse::SIGNATURE_FEE};
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::{AddressLookupTableAccount, VersionedMessage, v0, v1};
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use tessera_client::types::Address;

/// Number of instructions that set the budget of a version 0 transaction.
pub(crate) const BUDGET_INSTRUCTIONS: usize = 3;

/// The limits of a transaction, and its priority fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Compute units.
    pub(crate) units: u32,
    /// Bytes of loaded accounts.
    pub(crate) loaded: u32,
    /// Micro-lamports for a compute unit.
    pub(crate) unit_price: u64,
}

impl Budget {
    /// The most that the network grants, for a simulation.
    pub(crate) const MOST: Self = Self {
        units: 1_400_000,
        loaded: 64 << 20,
        unit_price: 0,
    };

    /// The transaction's whole fee, lamports.
    pub(crate) fn fee(&self) -> u64 {
        SIGNATURE_FEE.saturating_add(self.priority_fee())
    }

    /// The priority fee, lamports.
    pub(crate) fn priority_fee(&self) -> u64 {
        let micro = u128::from(self.unit_price) * u128::from(self.units);
        u64::try_from(micro.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }
}

/// The message. Version 1 grants nothing that its header does not ask for.
pub(crate) fn write(
    work: impl IntoIterator<Item = Instruction>,
    payer: &Address,
    format: Format,
    budget: Budget,
    tables: &[AddressLookupTableAccount],
    blockhash: Hash,
) -> Result<VersionedMessage> {
    Ok(match format {
        Format::Zero => {
            let limits: [Instruction; BUDGET_INSTRUCTIONS] = [
                ComputeBudgetInstruction::set_compute_unit_limit(budget.units),
                ComputeBudgetInstruction::set_compute_unit_price(budget.unit_price),
                ComputeBudgetInstruction::set_loaded_accounts_data_size_limit(budget.loaded),
            ];
            let instructions: Vec<Instruction> = limits.into_iter().chain(work).collect();
            VersionedMessage::V0(v0::Message::try_compile(
                payer,
                &instructions,
                tables,
                blockhash,
            )?)
        }
        Format::One => {
            let config = v1::TransactionConfig::empty()
                .with_priority_fee(budget.priority_fee())
                .with_compute_unit_limit(budget.units)
                .with_loaded_accounts_data_size_limit(budget.loaded);
            let instructions: Vec<Instruction> = work.into_iter().collect();
            VersionedMessage::V1(v1::Message::try_compile_with_config(
                payer,
                &instructions,
                blockhash,
                config,
            )?)
        }
    })
}

/// The index of the job that an instruction belongs to.
pub(crate) fn job_of(instruction: u8, format: Format) -> Option<usize> {
    let before = match format {
        Format::Zero => BUDGET_INSTRUCTIONS,
        Format::One => 0,
    };
    usize::from(instruction).checked_sub(before)
}

/// An unsigned transaction, for a simulation.
pub(crate) fn unsigned(message: VersionedMessage) -> VersionedTransaction {
    let signers = usize::from(message.header().num_required_signatures);
    VersionedTransaction {
        signatures: vec![Signature::default(); signers],
        message,
    }
}

/// A transaction signed by the keeper alone.
pub(crate) fn signed(message: VersionedMessage, keeper: &Keypair) -> VersionedTransaction {
    VersionedTransaction {
        signatures: vec![keeper.sign_message(&message.serialize())],
        message,
    }
}

/// Bytes of a transaction with this message, once it is signed.
pub(crate) fn length(message: &VersionedMessage) -> usize {
    let signatures = 64 * usize::from(message.header().num_required_signatures);
    let count = match message {
        VersionedMessage::V1(_) => 0,
        _ => 1,
    };
    count + signatures + message.serialize().len()
}
