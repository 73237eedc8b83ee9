//! One thing to be done with one subscription.

use crate::message::Budget;
use solana_instruction::Instruction;
use tessera_client::types::{Address, TesseraError};

/// What is to be done with a subscription that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Task {
    /// Collect a period.
    Charge,
    /// Record that a payment did not come.
    Miss,
    /// Record that nothing can be collected any more.
    Lapse,
}

/// Refusals which say that somebody else was faster, or that what was read is behind.
const OVERTAKEN: [TesseraError; 7] = [
    TesseraError::NotDue,
    TesseraError::NotLive,
    TesseraError::PeriodsUsedUp,
    TesseraError::PlanEnded,
    TesseraError::Lapsed,
    TesseraError::WrongPlan,
    TesseraError::NotMissed,
];

/// An instruction, and what hangs on it.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) subscription: Address,
    /// Which period.
    pub(crate) next_due: i64,
    pub(crate) task: Task,
    pub(crate) instruction: Instruction,
    /// Where the task changes by itself, Unix seconds.
    pub(crate) changes_at: i64,
    /// Receipts that the subscription had.
    pub(crate) seq: u64,
    /// What the keeper is paid, in lamports; none where nobody said what the mint is worth.
    pub(crate) worth: Option<u64>,
    /// Compute units that are reckoned with until a simulation says it.
    pub(crate) units: u32,
    /// Jobs that share accounts share this, so that they come to lie side by side.
    pub(crate) kin: [Address; 4],
}

impl Job {
    /// What it adds to a transaction's fee at most, lamports.
    pub(crate) fn priority_fee(&self, unit_price: u64) -> u64 {
        let budget = Budget {
            units: self.units,
            unit_price,
            ..Budget::MOST
        };
        budget.priority_fee()
    }
}

/// Whether a refusal says that there was nothing to do after all.
pub(crate) fn is_overtaken(code: u32) -> bool {
    TesseraError::from_code(code).is_some_and(|refusal| OVERTAKEN.contains(&refusal))
}

/// A refusal by its name, where it is the program's.
pub(crate) fn refusal(code: u32) -> String {
    TesseraError::from_code(code).map_or_else(
        || format!("a token program's error {code}"),
        |it| format!("{}: {}", it.name(), it.message()),
    )
}
