//! Quotes and invoices, which an org signs off-chain: the runtime verifies them in the same
//! transaction, by an instruction of the Ed25519 program.
//!
//! Law: that instruction states how many signatures it verifies and, for each, the offsets of
//! signature, key and message, and the instruction that holds them. It counts if it verifies one
//! signature over its own bytes alone: key, signature and message, one behind the other.

use crate::{
    model::{Call, Verdict},
    quote::{self, Quote},
};
use solana_sdk_ids::{ed25519_program, sysvar};
use tessera_types::{Address, TesseraError};

/// Length of the number of signatures and an unused byte.
const COUNT_LEN: usize = 2;
/// Seven numbers of 16 bits for each signature.
const OFFSETS_LEN: usize = 14;
const KEY_LEN: usize = 32;
const SIGNATURE_LEN: usize = 64;
const MESSAGE_LEN: usize = 32;
/// Stands for the instruction itself.
const ITSELF: u16 = u16::MAX;

/// Offsets of what an instruction of the Ed25519 program verifies.
#[derive(Debug, PartialEq, Eq)]
struct Offsets {
    signature: u16,
    signature_in: u16,
    key: u16,
    key_in: u16,
    message: u16,
    message_len: u16,
    message_in: u16,
}

impl Offsets {
    fn read(data: &[u8; OFFSETS_LEN]) -> Self {
        let word = |at: usize| u16::from_le_bytes([data[2 * at], data[2 * at + 1]]);
        Self {
            signature: word(0),
            signature_in: word(1),
            key: word(2),
            key_in: word(3),
            message: word(4),
            message_len: word(5),
            message_in: word(6),
        }
    }
}

/// Key and message of an instruction that counts.
fn verified(data: &[u8]) -> Option<([u8; KEY_LEN], [u8; MESSAGE_LEN])> {
    let (count, rest) = data.split_first_chunk::<COUNT_LEN>()?;
    let (offsets, rest) = rest.split_first_chunk::<OFFSETS_LEN>()?;
    let (key, rest) = rest.split_first_chunk::<KEY_LEN>()?;
    let (_, rest) = rest.split_first_chunk::<SIGNATURE_LEN>()?;
    let message: [u8; MESSAGE_LEN] = rest.try_into().ok()?;
    let expected = Offsets {
        key: 16,
        signature: 48,
        message: 112,
        message_len: 32,
        key_in: ITSELF,
        signature_in: ITSELF,
        message_in: ITSELF,
    };
    let counts = *count == [1, 0] && Offsets::read(offsets) == expected;
    counts.then_some((*key, message))
}

/// Checks that the transaction verifies the quote's signature by `signer`, and that the instruction
/// was handed the Instructions sysvar.
pub(super) fn require_signed(
    call: &Call,
    instructions: Option<Address>,
    signer: &Address,
    quote: &Quote,
    verdict: &mut Verdict,
) {
    let mut found = vec![TesseraError::QuoteMissing];
    if instructions == Some(sysvar::instructions::ID) {
        let message = quote::message(quote);
        for it in call.transaction {
            if it.program_id != ed25519_program::ID || !it.accounts.is_empty() {
                continue;
            }
            found.push(match verified(&it.data) {
                None => TesseraError::QuoteMalformed,
                Some((key, _)) if key != signer.to_bytes() => TesseraError::QuoteWrongSigner,
                Some((_, other)) if other != message => TesseraError::QuoteMismatch,
                Some(_) => return,
            });
        }
    }
    // Report the rule of the instruction that came closest.
    if let Some(rule) = found.into_iter().max_by_key(|it| *it as u32) {
        verdict.require(false, rule);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    fn verification() -> Vec<u8> {
        let signer = Address::new_from_array([7; 32]);
        quote::verification(&signer, &[9; 64], &Quote::zeroed()).data
    }

    #[test]
    fn whatever_byte_of_the_header_differs_it_does_not_count() {
        for at in 0..COUNT_LEN + OFFSETS_LEN {
            let mut data = verification();
            data[at] ^= 1;
            assert_eq!(verified(&data), None, "byte {at}");
        }
        let mut longer = verification();
        longer.push(0);
        assert_eq!(verified(&longer), None);
        assert_eq!(verified(&longer[..longer.len() - 2]), None);
    }

    #[test]
    fn what_clients_build_counts() {
        let message = quote::message(&Quote::zeroed());
        assert_eq!(verified(&verification()), Some(([7; 32], message)));
    }
}
