//! What became of a transaction.

use solana_address::Address;
use solana_instruction::error::InstructionError;
use solana_transaction_error::TransactionError;
use tessera_client::{
    Event,
    carried::{self, CarriedReceipt, OuterCall},
    types::{ID, TesseraError},
};

/// A transaction that went through.
#[derive(Debug)]
pub struct Sent {
    /// Of the whole transaction.
    pub compute_units: u64,
    /// As the runtime wrote them.
    pub logs: Vec<String>,
    /// Each instruction, and what came of it.
    pub calls: Vec<OuterCall>,
}

impl Sent {
    /// The program's receipts, and which invocation left each.
    pub fn receipts(&self) -> Vec<CarriedReceipt> {
        carried::receipts(&self.calls).expect("readable calls")
    }

    /// The program's events, as carried.
    pub fn events(&self) -> Vec<Vec<u8>> {
        let receipts = self.receipts().into_iter();
        receipts.map(|receipt| receipt.data).collect()
    }

    /// The only event of the transaction.
    #[track_caller]
    pub fn event(&self) -> Event {
        let events = self.events();
        let [event] = events.as_slice() else {
            panic!("{} events: {:#?}", events.len(), self.logs);
        };
        Event::decode(event).expect("known event")
    }

    /// What each call of `program` consumed, calls that it made included.
    pub fn consumed_by(&self, program: &Address) -> Vec<u64> {
        let prefix = format!("Program {program} consumed ");
        self.logs
            .iter()
            .filter_map(|line| line.strip_prefix(&prefix)?.split(' ').next()?.parse().ok())
            .collect()
    }

    /// What the one instruction of Tessera consumed, its calls to itself included.
    #[track_caller]
    pub fn program_units(&self) -> u64 {
        let instructions = self.calls.iter().filter(|call| call.program == ID);
        assert_eq!(instructions.count(), 1, "{:#?}", self.logs);
        // A call's line follows those of the calls that it made.
        *self.consumed_by(&ID).last().expect("a line for the call")
    }
}

/// A transaction that was refused.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub error: TransactionError,
    /// As the runtime wrote them.
    pub logs: Vec<String>,
}

impl Refused {
    /// The instruction's error.
    #[track_caller]
    pub fn instruction_error(&self) -> &InstructionError {
        match &self.error {
            TransactionError::InstructionError(_, error) => error,
            other => panic!("not an instruction's error: {other:?}\n{:#?}", self.logs),
        }
    }

    /// Requires that the program refused with `expected`.
    #[track_caller]
    pub fn assert_is(&self, expected: TesseraError) {
        let InstructionError::Custom(code) = self.instruction_error() else {
            panic!(
                "expected {expected:?}, got {:?}\n{:#?}",
                self.error, self.logs
            );
        };
        assert_eq!(
            TesseraError::from_code(*code),
            Some(expected),
            "code {code}\n{:#?}",
            self.logs
        );
    }

    /// Requires that the runtime, Anchor or the token program refused with `expected`.
    #[track_caller]
    pub fn assert_error(&self, expected: &InstructionError) {
        assert_eq!(self.instruction_error(), expected, "{:#?}", self.logs);
    }
}

/// Anchor's refusal of one account in two places, one of them writable.
pub fn duplicate_account() -> InstructionError {
    InstructionError::Custom(2040)
}
