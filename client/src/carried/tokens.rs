//! What an invocation of the program does with tokens.
//!
//! Law: the program asks the token programs for few things, and calls nobody else but the System
//! program and itself. A call is either understood in full or reported as strange: none that could
//! move tokens, or let others move them, is passed over because this version does not know it.

use super::InnerCall;
use crate::model::Transfer;
use std::fmt;
use tessera_types::{
    Address, ID,
    carrier::{SYSTEM_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, token},
};

/// A movement, and the owner or delegate who signed for it; none where that is not known.
pub type Signed = (Transfer, Option<Address>);

/// What an invocation of the program did with tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    /// What moved, in order.
    pub transfers: Vec<Signed>,
    /// Token accounts, and the delegate of each from then on.
    pub approvals: Vec<(Address, Address)>,
    /// Token accounts that were closed.
    pub closed: Vec<Address>,
    /// The first call that the program never makes.
    pub strange: Option<Strange>,
}

/// A call that the program never makes, and that may have moved anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strange {
    /// To another program, or made by a program that it called.
    Program(Address),
    /// To a token program, by the number of the instruction; none where the data are empty.
    Instruction(Option<u8>),
}

impl fmt::Display for Strange {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Program(program) => write!(formatter, "a call of {program}"),
            Self::Instruction(None) => formatter.write_str("an empty call of a token program"),
            Self::Instruction(Some(number)) => {
                write!(formatter, "instruction {number} of a token program")
            }
        }
    }
}

impl Tokens {
    /// Whether no token moved, and nobody may move more than before.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds the next call that the program made.
    pub(super) fn take(&mut self, call: &InnerCall) {
        let data = &call.data[..];
        match call.program {
            ID | SYSTEM_PROGRAM => {}
            TOKEN_PROGRAM | TOKEN_2022_PROGRAM if data.first() == Some(&token::BATCH) => {
                self.take_batch(&call.accounts, &data[1..]);
            }
            TOKEN_PROGRAM | TOKEN_2022_PROGRAM => self.take_instruction(&call.accounts, data),
            other => self.doubt(Strange::Program(other)),
        }
    }

    pub(super) fn doubt(&mut self, strange: Strange) {
        self.strange.get_or_insert(strange);
    }

    fn take_batch(&mut self, mut accounts: &[Address], mut rest: &[u8]) {
        while let [count, len, entries @ ..] = rest {
            let named = accounts.split_at_checked(usize::from(*count));
            let entry = entries.split_at_checked(usize::from(*len));
            let (Some((named, left)), Some((entry, next))) = (named, entry) else {
                return self.doubt(Strange::Instruction(Some(token::BATCH)));
            };
            self.take_instruction(named, entry);
            (accounts, rest) = (left, next);
        }
        if !rest.is_empty() {
            self.doubt(Strange::Instruction(Some(token::BATCH)));
        }
    }

    fn take_instruction(&mut self, accounts: &[Address], data: &[u8]) {
        if self.read(accounts, data).is_none() {
            self.doubt(Strange::Instruction(data.first().copied()));
        }
    }

    /// None when it is an instruction that the program never sends, or is cut short.
    fn read(&mut self, accounts: &[Address], data: &[u8]) -> Option<()> {
        match (*data.first()?, accounts) {
            (token::TRANSFER, [from, to, signer, ..])
            | (token::TRANSFER_CHECKED, [from, _, to, signer, ..]) => {
                let amount = u64::from_le_bytes(*data.get(1..)?.first_chunk()?);
                let (from, to) = (*from, *to);
                if amount > 0 {
                    let moved = Transfer { from, to, amount };
                    self.transfers.push((moved, Some(*signer)));
                }
            }
            (token::APPROVE, [account, delegate, ..]) => {
                self.approvals.push((*account, *delegate));
            }
            (token::CLOSE_ACCOUNT, [account, ..]) => self.closed.push(*account),
            (token::REVOKE | token::INITIALIZE_ACCOUNT_3, _) => {}
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: u8) -> Address {
        Address::new_from_array([name; 32])
    }

    fn done(program: Address, accounts: &[u8], data: &[u8]) -> Tokens {
        let call = InnerCall {
            program,
            accounts: accounts.iter().copied().map(named).collect(),
            data: data.to_vec(),
            height: Some(2),
        };
        let mut tokens = Tokens::default();
        tokens.take(&call);
        tokens
    }

    fn data(number: u8, amount: u64, tail: &[u8]) -> Vec<u8> {
        [&[number], &amount.to_le_bytes()[..], tail].concat()
    }

    /// A transfer that the third account signed.
    fn sent(from: u8, to: u8, amount: u64) -> Signed {
        let (from, to) = (named(from), named(to));
        (Transfer { from, to, amount }, Some(named(3)))
    }

    fn strange(strange: Strange) -> Tokens {
        let strange = Some(strange);
        Tokens {
            strange,
            ..Tokens::default()
        }
    }

    #[test]
    fn what_the_program_has_no_use_for_or_is_cut_short_is_strange() {
        let plain = data(token::TRANSFER, 5, b"");
        let other = done(named(9), &[1, 2, 3], &plain);
        assert_eq!(other, strange(Strange::Program(named(9))));
        for (accounts, data) in [
            (&[1, 2][..], &plain[..]),
            (&[1, 2, 3], &plain[..8]),
            (&[1, 8, 3], &data(8, 5, b"")),
            (&[1, 8, 3], &data(15, 5, &[6])),
            (&[1, 3], &[6, 2, 0]),
            (&[1, 8, 2, 3], &data(26, 5, b"")),
            (&[1, 8, 2, 3], &[26, 1, 5, 0, 0, 0, 0, 0, 0, 0]),
            (&[1, 2, 3], &[token::BATCH, 3, 200, token::TRANSFER]),
            (&[1, 2, 3], &[token::BATCH, 4, 1, token::TRANSFER]),
        ] {
            let number = Some(data[0]);
            for program in [TOKEN_PROGRAM, TOKEN_2022_PROGRAM] {
                let found = done(program, accounts, data);
                assert_eq!(found, strange(Strange::Instruction(number)), "{data:?}");
            }
        }
        let empty = done(TOKEN_PROGRAM, &[1, 2, 3], &[]);
        assert_eq!(empty, strange(Strange::Instruction(None)));
        let burned = [token::BATCH, 3, 9, 8, 5, 0, 0, 0, 0, 0, 0, 0];
        let burned = done(TOKEN_PROGRAM, &[1, 2, 3], &burned);
        let cut = done(TOKEN_PROGRAM, &[1, 2, 3], &[token::BATCH, 3]);
        assert_eq!(cut, strange(Strange::Instruction(Some(token::BATCH))));
        assert_eq!(burned, strange(Strange::Instruction(Some(8))));
    }

    #[test]
    fn who_may_move_tokens_and_what_closes_is_kept() {
        let approve = data(token::APPROVE, 5, b"receipt");
        let found = done(TOKEN_PROGRAM, &[1, 2, 3], &approve);
        assert_eq!(found.approvals, [(named(1), named(2))]);
        let found = done(TOKEN_2022_PROGRAM, &[1, 2, 3], &[token::CLOSE_ACCOUNT]);
        assert_eq!(found.closed, [named(1)]);
        assert!(!found.is_empty());
    }

    #[test]
    fn what_moves_no_token_is_nothing() {
        let nothing = data(token::TRANSFER, 0, b"");
        assert!(done(TOKEN_PROGRAM, &[1, 2, 3], &nothing).is_empty());
        assert!(done(TOKEN_PROGRAM, &[1, 2], &[token::REVOKE]).is_empty());
        let opened = [&[token::INITIALIZE_ACCOUNT_3][..], &[7; 32]].concat();
        assert!(done(TOKEN_PROGRAM, &[1, 2], &opened).is_empty());
        let create = [0; 52];
        assert!(done(SYSTEM_PROGRAM, &[1, 2], &create).is_empty());
        assert!(done(ID, &[], b"\xffreceipt").is_empty());
    }

    #[test]
    fn transfers_are_read_from_every_carrier() {
        let plain = data(token::TRANSFER, 5, b"receipt");
        let found = done(TOKEN_PROGRAM, &[1, 2, 3], &plain);
        assert_eq!(found.transfers, [sent(1, 2, 5)]);
        let checked = data(token::TRANSFER_CHECKED, 6, &[9]);
        let found = done(TOKEN_2022_PROGRAM, &[1, 8, 2, 3], &checked);
        assert_eq!(found.transfers, [sent(1, 2, 6)]);
        let entry = |count: u8, entry: &[u8]| {
            let len = u8::try_from(entry.len()).expect("short");
            [&[count, len], entry].concat()
        };
        let revoke = [token::REVOKE];
        let entries = [entry(3, &plain), entry(2, &revoke), entry(4, &checked)].concat();
        let batch = [&[token::BATCH], &entries[..]].concat();
        let found = done(TOKEN_PROGRAM, &[1, 2, 3, 4, 5, 6, 8, 7, 3], &batch);
        assert_eq!(found.transfers, [sent(1, 2, 5), sent(6, 7, 6)]);
        assert_eq!(found.strange, None);
    }
}
