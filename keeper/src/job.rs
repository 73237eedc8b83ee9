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

/// Refusals which mean that another keeper was faster, or that the reading was stale.
const OVERTAKEN: [TesseraError; 7] = [
    TesseraError::NotDue,
    TesseraError::NotLive,
    TesseraError::PeriodsUsedUp,
    TesseraError::PlanEnded,
    TesseraError::Lapsed,
    TesseraError::WrongPlan,
    TesseraError::NotMissed,
];

/// An instruction for one subscription, and what is needed to choose and settle it.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) subscription: Address,
    /// When the period was due, Unix seconds: identifies the period.
    pub(crate) next_due: i64,
    pub(crate) task: Task,
    pub(crate) instruction: Instruction,
    /// When the task changes by itself, Unix seconds.
    pub(crate) changes_at: i64,
    /// Number of receipts that the subscription had.
    pub(crate) seq: u64,
    /// The keeper's fee, lamports; none where the mint's price is not known.
    pub(crate) worth: Option<u64>,
    /// Estimated compute units, until a simulation measures them.
    pub(crate) units: u32,
    /// A sort key: jobs that share accounts share it, and so are packed side by side.
    pub(crate) kin: [Address; 4],
}

impl Job {
    /// The most that it adds to a transaction's fee, lamports.
    pub(crate) fn priority_fee(&self, unit_price: u64) -> u64 {
        let budget = Budget {
            units: self.units,
            unit_price,
            ..Budget::MOST
        };
        budget.priority_fee()
    }
}

/// Whether a refusal means that there was nothing left to do.
pub(crate) fn is_overtaken(code: u32) -> bool {
    TesseraError::from_code(code).is_some_and(|refusal| OVERTAKEN.contains(&refusal))
}

/// The name of a refusal, if it is the program's.
pub(crate) fn refusal(code: u32) -> String {
    TesseraError::from_code(code).map_or_else(
        || format!("a token program's error {code}"),
        |it| format!("{}: {}", it.name(), it.message()),
    )
}
