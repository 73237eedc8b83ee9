//! The tokens that a call of the program moves.

use super::InnerCall;
use crate::model::Transfer;
use tessera_types::{
    Address,
    carrier::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM, token},
};

/// Reads what a call that the program made moves, behind what others before it did.
pub(super) fn read(call: &InnerCall, transfers: &mut Vec<Transfer>) {
    if ![TOKEN_PROGRAM, TOKEN_2022_PROGRAM].contains(&call.program) {
        return;
    }
    if call.data.first() != Some(&token::BATCH) {
        transfers.extend(transfer(&call.accounts, &call.data));
        return;
    }
    let (mut accounts, mut rest) = (&call.accounts[..], &call.data[1..]);
    while let [count, len, entries @ ..] = rest {
        let named = accounts.split_at_checked(usize::from(*count));
        let entry = entries.split_at_checked(usize::from(*len));
        let (Some((named, left)), Some((entry, next))) = (named, entry) else {
            return;
        };
        transfers.extend(transfer(named, entry));
        (accounts, rest) = (left, next);
    }
}

/// What one token instruction moves; none when that is nothing.
fn transfer(accounts: &[Address], data: &[u8]) -> Option<Transfer> {
    let (from, to) = match (data.first()?, accounts) {
        (&token::TRANSFER, [from, to, ..]) | (&token::TRANSFER_CHECKED, [from, _, to, ..]) => {
            (*from, *to)
        }
        _ => return None,
    };
    let amount = u64::from_le_bytes(*data.get(1..)?.first_chunk()?);
    (amount > 0).then_some(Transfer { from, to, amount })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: u8) -> Address {
        Address::new_from_array([name; 32])
    }

    fn moved(program: Address, accounts: &[u8], data: &[u8]) -> Vec<Transfer> {
        let call = InnerCall {
            program,
            accounts: accounts.iter().copied().map(named).collect(),
            data: data.to_vec(),
            height: Some(2),
        };
        let mut transfers = vec![];
        read(&call, &mut transfers);
        transfers
    }

    fn data(number: u8, amount: u64, tail: &[u8]) -> Vec<u8> {
        [&[number], &amount.to_le_bytes()[..], tail].concat()
    }

    fn sent(from: u8, to: u8, amount: u64) -> Transfer {
        let (from, to) = (named(from), named(to));
        Transfer { from, to, amount }
    }

    #[test]
    fn what_is_cut_short_or_no_transfer_moves_nothing() {
        let plain = data(token::TRANSFER, 5, b"");
        assert_eq!(moved(named(9), &[1, 2, 3], &plain), []);
        assert_eq!(moved(TOKEN_PROGRAM, &[1], &plain), []);
        assert_eq!(moved(TOKEN_PROGRAM, &[1, 2, 3], &plain[..8]), []);
        assert_eq!(moved(TOKEN_PROGRAM, &[1, 2, 3], &[]), []);
        let approve = data(token::APPROVE, 5, b"");
        assert_eq!(moved(TOKEN_PROGRAM, &[1, 2, 3], &approve), []);
        let batch = [&[token::BATCH, 3, 200], &plain[..]].concat();
        assert_eq!(moved(TOKEN_PROGRAM, &[1, 2, 3], &batch), []);
        let nothing = data(token::TRANSFER, 0, b"");
        assert_eq!(moved(TOKEN_PROGRAM, &[1, 2, 3], &nothing), []);
    }

    #[test]
    fn transfers_are_read_from_every_carrier() {
        let plain = data(token::TRANSFER, 5, b"receipt");
        assert_eq!(moved(TOKEN_PROGRAM, &[1, 2, 3], &plain), [sent(1, 2, 5)]);
        let checked = data(token::TRANSFER_CHECKED, 6, &[9]);
        let found = moved(TOKEN_2022_PROGRAM, &[1, 8, 2, 3], &checked);
        assert_eq!(found, [sent(1, 2, 6)]);
        let entry = |count: u8, entry: &[u8]| {
            let len = u8::try_from(entry.len()).expect("short");
            [&[count, len], entry].concat()
        };
        let approve = data(token::APPROVE, 1, b"");
        let entries = [entry(3, &plain), entry(2, &approve), entry(4, &checked)].concat();
        let batch = [&[token::BATCH], &entries[..]].concat();
        let found = moved(TOKEN_PROGRAM, &[1, 2, 3, 4, 5, 6, 8, 7, 3], &batch);
        assert_eq!(found, [sent(1, 2, 5), sent(6, 7, 6)]);
    }
}
