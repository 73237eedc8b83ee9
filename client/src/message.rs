//! A transaction's calls and writable accounts, put together from its message and the inner calls,
//! whatever format the source of transactions has.
//!
//! Law: of other programs' calls only the callee is kept. Data and accounts of a call count only
//! where the program made it, and a stranger's may be of any length.

use crate::carried::{InnerCall, OuterCall};
use tessera_types::{Address, ID};

/// What a transaction that succeeded called, and what it let the program write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// The transaction's calls, in order.
    pub calls: Vec<OuterCall>,
    /// Accounts that it hands the program as writable, each once: no other account of the program
    /// can have changed.
    pub touched: Vec<Address>,
}

/// An index names something that the transaction does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("index {0} is out of the transaction's range")]
pub struct OutOfRange(pub u32);

/// A transaction that is being put together.
#[derive(Debug)]
pub struct Assembly {
    /// The message's own keys and behind them those from lookup tables, and which are writable.
    keys: Vec<(Address, bool)>,
    touched: Vec<bool>,
    calls: Vec<OuterCall>,
    /// For each instruction, the stack of running programs, as far as the heights say.
    stacks: Vec<Vec<Address>>,
}

impl Assembly {
    /// A message with these keys: its own, then the writable and then the other ones from lookup
    /// tables; each with whether the message lets it be written.
    pub fn new(keys: Vec<(Address, bool)>) -> Self {
        Self {
            touched: vec![false; keys.len()],
            keys,
            calls: vec![],
            stacks: vec![],
        }
    }

    /// Whether the program is among the keys; any other transaction is of no interest, however odd.
    pub fn names_program(&self) -> bool {
        self.keys.iter().any(|(key, _)| *key == ID)
    }

    /// Adds the next instruction of the message.
    ///
    /// # Errors
    /// [`OutOfRange`] when it names a key that the transaction does not have, or when it is one
    /// instruction more than there are places for.
    pub fn outer(&mut self, program: impl Into<u32>, accounts: &[u8]) -> Result<(), OutOfRange> {
        let program = self.key(program.into())?;
        place(self.calls.len())?;
        self.touch(program, accounts)?;
        self.calls.push(OuterCall {
            program,
            inner: vec![],
        });
        self.stacks.push(vec![program]);
        Ok(())
    }

    /// Adds the next call that came of instruction `outer`. Returns a place for its data where they
    /// are wanted.
    ///
    /// # Errors
    /// [`OutOfRange`] as in [`Self::outer`], and when there is no such instruction.
    pub fn inner(
        &mut self,
        outer: impl Into<u32>,
        program: impl Into<u32>,
        accounts: &[u8],
        height: Option<u32>,
    ) -> Result<Option<&mut Vec<u8>>, OutOfRange> {
        let outer = outer.into();
        let index = usize::try_from(outer).map_err(|_| OutOfRange(outer))?;
        let program = self.key(program.into())?;
        self.touch(program, accounts)?;
        let stack = self.stacks.get_mut(index).ok_or(OutOfRange(outer))?;
        let callers = height.map_or(0, |height| height.saturating_sub(1));
        stack.truncate(usize::try_from(callers).unwrap_or(usize::MAX));
        let ours = stack.last() == Some(&ID);
        stack.push(program);
        let accounts = if ours {
            self.keys_of(accounts)?
        } else {
            vec![]
        };
        let call = self.calls.get_mut(index).ok_or(OutOfRange(outer))?;
        place(call.inner.len() + 1)?;
        call.inner.push(InnerCall {
            program,
            accounts,
            data: vec![],
            height,
        });
        let data = call.inner.last_mut().map(|call| &mut call.data);
        Ok(data.filter(|_| ours))
    }

    /// The finished effects.
    pub fn finish(self) -> Effects {
        let touched = self.keys.iter().zip(&self.touched);
        Effects {
            touched: touched
                .filter(|(_, touched)| **touched)
                .map(|((key, _), _)| *key)
                .collect(),
            calls: self.calls,
        }
    }

    fn key(&self, index: u32) -> Result<Address, OutOfRange> {
        let place = usize::try_from(index).map_err(|_| OutOfRange(index))?;
        let (key, _) = self.keys.get(place).ok_or(OutOfRange(index))?;
        Ok(*key)
    }

    fn keys_of(&self, accounts: &[u8]) -> Result<Vec<Address>, OutOfRange> {
        accounts
            .iter()
            .map(|index| self.key(u32::from(*index)))
            .collect()
    }

    /// Notes what the program may write. A caller may hand on fewer rights than the message gives,
    /// which no source says.
    fn touch(&mut self, program: Address, accounts: &[u8]) -> Result<(), OutOfRange> {
        if program != ID {
            return Ok(());
        }
        for index in accounts {
            let place = usize::from(*index);
            let (_, writable) = self.keys.get(place).ok_or(OutOfRange(u32::from(*index)))?;
            self.touched[place] |= writable;
        }
        Ok(())
    }
}

/// Receipts count calls in two bytes.
fn place(count: usize) -> Result<u16, OutOfRange> {
    u16::try_from(count).map_err(|_| OutOfRange(u32::try_from(count).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tessera_types::carrier::TOKEN_PROGRAM;

    const PAYER: Address = Address::new_from_array([1; 32]);
    const OTHER: Address = Address::new_from_array([2; 32]);
    const ACCOUNT: Address = Address::new_from_array([3; 32]);

    fn assembly() -> Assembly {
        let keys = [
            (PAYER, true),
            (ID, false),
            (TOKEN_PROGRAM, false),
            (OTHER, false),
            (ACCOUNT, true),
        ];
        Assembly::new(keys.to_vec())
    }

    #[test]
    fn an_index_out_of_range_is_refused() {
        let mut assembly = assembly();
        assert_eq!(assembly.outer(5u8, &[]), Err(OutOfRange(5)));
        assert_eq!(assembly.outer(1u8, &[0, 9]), Err(OutOfRange(9)));
        assert_eq!(assembly.inner(0u8, 2u8, &[], Some(2)), Err(OutOfRange(0)));
        assembly.outer(1u8, &[]).expect("in range");
        assert_eq!(
            assembly.inner(0u32, u32::MAX, &[], Some(2)),
            Err(OutOfRange(u32::MAX))
        );
        assert_eq!(assembly.inner(0u8, 2u8, &[7], Some(2)), Err(OutOfRange(7)));
    }

    #[test]
    fn more_calls_than_receipts_can_count_are_refused() {
        let mut assembly = assembly();
        assembly.outer(3u8, &[]).expect("in range");
        for _ in 0..u16::MAX {
            let wanted = assembly.inner(0u8, 3u8, &[], Some(2)).expect("counted");
            assert_eq!(wanted, None);
        }
        assert_eq!(
            assembly.inner(0u8, 3u8, &[], Some(2)),
            Err(OutOfRange(1 << 16))
        );
    }

    #[test]
    fn what_others_hand_each_other_is_not_kept() {
        let mut assembly = assembly();
        assembly.outer(3u8, &[0, 99]).expect("a stranger's");
        let mut wanted = vec![];
        for (program, height) in [(2u8, 2), (1, 2), (2, 3), (3, 4), (2, 3), (2, 2)] {
            let data = assembly
                .inner(0u8, program, &[4], Some(height))
                .expect("in range");
            wanted.push(data.is_some());
        }
        assert_eq!(wanted, [false, false, true, false, true, false]);
        let effects = assembly.finish();
        let accounts = effects.calls[0].inner.iter().map(|call| &call.accounts[..]);
        let none: &[Address] = &[];
        assert!(accounts.eq([none, none, &[ACCOUNT], none, &[ACCOUNT], none]));
    }

    #[test]
    fn touched_is_what_the_program_is_handed_as_writable_each_once() {
        let mut assembly = assembly();
        assembly.outer(3u8, &[0]).expect("a stranger's");
        assembly.outer(1u8, &[3, 4, 4]).expect("ours");
        assembly
            .inner(0u8, 1u8, &[4], Some(2))
            .expect("ours inside");
        assert_eq!(assembly.finish().touched, [ACCOUNT]);
    }

    #[test]
    fn a_call_without_a_height_wants_no_data() {
        let mut assembly = assembly();
        assembly.outer(1u8, &[]).expect("ours");
        assert_eq!(assembly.inner(0u8, 2u8, &[], None), Ok(None));
    }
}
