//! The program's receipts among a transaction's calls.
//!
//! Law: only the program's own calls count. A receipt is what the calls of one invocation of the
//! program carry, read from message and inner instructions, which nodes keep whole; no log line,
//! and nothing that another program's call carries, is a receipt.

mod tokens;

pub use tokens::{Signed, Strange, Tokens};

use crate::decode::Event;
use tessera_types::{Address, ID, carrier};

/// A call that a program made, as nodes list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InnerCall {
    /// Who was called.
    pub program: Address,
    /// The accounts that it was handed; none in calls that others than the program made.
    pub accounts: Vec<Address>,
    /// The instruction data.
    pub data: Vec<u8>,
    /// Height of the callee in the stack of invocations: 2 when an instruction of the transaction
    /// itself made the call. Old nodes leave it out.
    pub height: Option<u32>,
}

/// An instruction of the transaction, and all calls that came of it, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OuterCall {
    /// Who was called.
    pub program: Address,
    /// What that led to.
    pub inner: Vec<InnerCall>,
}

/// A receipt, and which invocation of the program left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedReceipt {
    /// Index of the transaction's instruction.
    pub outer: u16,
    /// 0 for that instruction itself, else the number of the inner call, counted from 1.
    pub inner: u16,
    /// The event, discriminator included; of an invocation that left no receipt, empty.
    pub data: Vec<u8>,
    /// What the same invocation did with tokens, and whatever it called.
    pub tokens: Tokens,
}

/// Why calls cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The node does not say who made a call.
    #[error("inner call {inner} of instruction {outer} has no stack height")]
    NoHeight {
        /// Index of the transaction's instruction.
        outer: u16,
        /// Number of the inner call, from 1.
        inner: u16,
    },
    /// A call stands higher than the one before it allows.
    #[error("inner call {inner} of instruction {outer} does not follow from the call before it")]
    Unexpected {
        /// Index of the transaction's instruction.
        outer: u16,
        /// Number of the inner call, from 1.
        inner: u16,
    },
}

/// Whether the transaction calls the program at all; what does not is of no interest, whatever
/// else is odd about it.
pub fn concerns_program(calls: &[OuterCall]) -> bool {
    calls
        .iter()
        .any(|call| call.program == ID || call.inner.iter().any(|inner| inner.program == ID))
}

/// The receipts of a transaction that succeeded, in the order of the invocations that left them.
///
/// # Errors
/// [`CallError`] when the program is among the callees and the node does not state the caller of
/// each call.
pub fn receipts(calls: &[OuterCall]) -> Result<Vec<CarriedReceipt>, CallError> {
    let mut found = invocations(calls)?;
    found.retain(|receipt| !receipt.data.is_empty());
    Ok(found)
}

/// All invocations of the program in a transaction that succeeded, in order: also those that left no
/// receipt.
///
/// # Errors
/// [`CallError`] as in [`receipts`].
pub fn invocations(calls: &[OuterCall]) -> Result<Vec<CarriedReceipt>, CallError> {
    let mut found = Vec::new();
    if !concerns_program(calls) {
        return Ok(found);
    }
    for (outer, call) in (0..).zip(calls) {
        let mut walk = Walk {
            outer,
            stack: vec![],
            left: vec![],
        };
        walk.enter(call.program, 0);
        for (inner, call) in (1..).zip(&call.inner) {
            walk.call(inner, call)?;
        }
        found.append(&mut walk.left);
    }
    Ok(found)
}

/// The receipts of `account` in a transaction that succeeded, in order; see [`receipts`].
///
/// # Errors
/// [`CallError`] as there.
pub fn receipts_of(account: &Address, calls: &[OuterCall]) -> Result<Vec<Vec<u8>>, CallError> {
    let receipts = receipts(calls)?.into_iter().map(|receipt| receipt.data);
    Ok(receipts
        .filter(|data| Event::decode(data).is_ok_and(|event| event.receipt().account == *account))
        .collect())
}

struct Walk {
    outer: u16,
    /// Invocations under way: the place in `left` of each that is the program's.
    stack: Vec<Option<usize>>,
    left: Vec<CarriedReceipt>,
}

impl Walk {
    fn enter(&mut self, program: Address, inner: u16) {
        let place = (program == ID).then(|| {
            self.left.push(CarriedReceipt {
                outer: self.outer,
                inner,
                data: vec![],
                tokens: Tokens::default(),
            });
            self.left.len() - 1
        });
        self.stack.push(place);
    }

    fn call(&mut self, inner: u16, call: &InnerCall) -> Result<(), CallError> {
        let outer = self.outer;
        let height = call.height.ok_or(CallError::NoHeight { outer, inner })?;
        let callers = usize::try_from(height)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        if callers == 0 || callers > self.stack.len() {
            return Err(CallError::Unexpected { outer, inner });
        }
        self.stack.truncate(callers);
        if let Some(Some(caller)) = self.stack.last() {
            let left = &mut self.left[*caller];
            carrier::carried(&call.program, &call.data, |bytes| {
                left.data.extend_from_slice(bytes);
            });
            left.tokens.take(call);
        } else if let Some(within) = self.stack.iter().rev().find_map(|it| *it) {
            // None of those that the program calls calls anybody.
            let tokens = &mut self.left[within].tokens;
            tokens.doubt(Strange::Program(call.program));
        }
        self.enter(call.program, inner);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tessera_types::carrier::{SYSTEM_PROGRAM, TOKEN_PROGRAM};

    const OTHER: Address = Address::new_from_array([7; 32]);

    fn inner(program: Address, data: &[u8], height: u32) -> InnerCall {
        InnerCall {
            program,
            accounts: vec![],
            data: data.to_vec(),
            height: Some(height),
        }
    }

    fn outer(program: Address, inner: Vec<InnerCall>) -> OuterCall {
        OuterCall { program, inner }
    }

    fn left(outer: u16, inner: u16, data: &[u8]) -> CarriedReceipt {
        CarriedReceipt {
            outer,
            inner,
            data: data.to_vec(),
            tokens: Tokens::default(),
        }
    }

    /// `Transfer` of nothing, with `tail` behind it.
    fn transfer(tail: &[u8]) -> Vec<u8> {
        [&[3, 0, 0, 0, 0, 0, 0, 0, 0], tail].concat()
    }

    #[test]
    fn what_others_write_behind_their_own_calls_is_nothing() {
        let data = transfer(b"forged");
        let calls = [
            outer(OTHER, vec![inner(TOKEN_PROGRAM, &data, 2)]),
            outer(
                OTHER,
                vec![inner(ID, &[11], 2), inner(TOKEN_PROGRAM, &data, 2)],
            ),
            outer(TOKEN_PROGRAM, vec![]),
            outer(OTHER, vec![inner(ID, b"\xffforged", 2)]),
        ];
        assert_eq!(receipts(&calls), Ok(vec![]));
    }

    #[test]
    fn a_receipt_is_put_together_from_the_calls_of_one_invocation() {
        let entry = |tail: &[u8]| {
            let data = transfer(tail);
            [&[3, u8::try_from(data.len()).expect("short")], &data[..]].concat()
        };
        let batch = [&[255], &entry(b"one")[..], &entry(b"two")[..]].concat();
        let create = [&[0; 52], &b"born"[..]].concat();
        let calls = [outer(
            OTHER,
            vec![
                inner(ID, &[6], 2),
                InnerCall {
                    accounts: vec![OTHER; 6],
                    ..inner(TOKEN_PROGRAM, &batch, 3)
                },
                inner(OTHER, &[], 2),
                inner(ID, &[0], 3),
                inner(SYSTEM_PROGRAM, &create, 4),
                inner(ID, b"\xff!", 4),
            ],
        )];
        assert_eq!(
            receipts(&calls),
            Ok(vec![left(0, 1, b"onetwo"), left(0, 4, b"born!")])
        );
    }

    #[test]
    fn what_is_done_below_an_invocation_is_its_doing() {
        let moved = InnerCall {
            accounts: vec![OTHER; 3],
            ..inner(TOKEN_PROGRAM, &[3, 5, 0, 0, 0, 0, 0, 0, 0], 4)
        };
        let calls = [outer(
            OTHER,
            vec![
                inner(ID, &[6], 2),
                inner(OTHER, &[], 3),
                moved.clone(),
                inner(ID, &[6], 2),
                inner(TOKEN_PROGRAM, &transfer(b""), 3),
                inner(OTHER, &[], 4),
                inner(ID, &[6], 2),
                InnerCall {
                    height: Some(3),
                    ..moved.clone()
                },
                InnerCall {
                    height: Some(2),
                    ..moved
                },
            ],
        )];
        let found = invocations(&calls).expect("readable");
        let strange: Vec<_> = found.iter().map(|it| it.tokens.strange).collect();
        let other = Some(Strange::Program(OTHER));
        assert_eq!(strange[0], other);
        assert!(strange[1].is_some());
        assert_eq!(strange[2], None);
        let moved: Vec<_> = found.iter().map(|it| it.tokens.transfers.len()).collect();
        assert_eq!(moved, [0, 0, 1]);
        assert_eq!(receipts(&calls), Ok(vec![]));
    }

    #[test]
    fn a_call_without_a_caller_is_an_error() {
        let jump = [outer(ID, vec![inner(OTHER, &[], 3)])];
        let unexpected = CallError::Unexpected { outer: 0, inner: 1 };
        assert_eq!(receipts(&jump), Err(unexpected));
        let unknown = [outer(
            ID,
            vec![InnerCall {
                program: OTHER,
                accounts: vec![],
                data: vec![],
                height: None,
            }],
        )];
        let no_height = CallError::NoHeight { outer: 0, inner: 1 };
        assert_eq!(receipts(&unknown), Err(no_height));
    }

    #[test]
    fn a_transaction_that_does_not_call_the_program_is_nothing() {
        let odd = [outer(OTHER, vec![inner(OTHER, &[], 9)])];
        assert!(!concerns_program(&odd));
        assert_eq!(receipts(&odd), Ok(vec![]));
    }
}
