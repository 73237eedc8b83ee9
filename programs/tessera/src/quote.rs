//! Finds in the transaction the verification of exactly the quote at hand.

use crate::declare::Account;
use crate::outcome::Result;
use anchor_lang::{address_eq, prelude::*};
use bytemuck::bytes_of;
use solana_sha256_hasher::hashv;
use tessera_types::{
    TesseraError,
    quote::{
        INSTRUCTION_HEADER, INSTRUCTION_LEN, MESSAGE_OFFSET, PUBLIC_KEY_OFFSET, Quote,
        SIGNATURE_OFFSET,
    },
};

const ED25519_PROGRAM: Address =
    Address::from_str_const("Ed25519SigVerify111111111111111111111111111");

/// The runtime verified each signature before this program ran; here one is looked for whose key
/// and message are those expected, compared in full, and whose header leaves no room for data from
/// another instruction. `expected_at` is looked at first, then all: wallets put instructions of
/// their own in front and between. Of the refusals, the one that came closest is named.
#[inline(never)]
pub fn require_signed(
    instructions: &Option<Account>,
    expected_at: u8,
    signer: &Address,
    quote: &Quote,
) -> Result<()> {
    let account = instructions.as_ref().ok_or(TesseraError::QuoteMissing)?;
    let instructions: Sysvar<SysvarInstructions> =
        Sysvar::load(*account.account()).map_err(|_| TesseraError::QuoteMissing)?;
    let message = hashv(&[bytes_of(quote)]).to_bytes();
    let mut closest = TesseraError::QuoteMissing;
    let all = 0..instructions.num_instructions();
    for index in core::iter::once(expected_at as usize).chain(all) {
        let Ok(instruction) = instructions.load_instruction_at(index) else {
            continue;
        };
        if !address_eq(instruction.get_program_id(), &ED25519_PROGRAM)
            || instruction.num_account_metas() != 0
        {
            continue;
        }
        match compare(
            instruction.get_instruction_data(),
            signer.as_array(),
            &message,
        ) {
            None => return Ok(()),
            Some(refusal) if refusal as u32 > closest as u32 => closest = refusal,
            Some(_) => {}
        }
    }
    Err(closest.into())
}

#[inline(always)]
fn compare(data: &[u8], signer: &[u8; 32], message: &[u8; 32]) -> Option<TesseraError> {
    let Some((header, rest)) = data.split_first_chunk::<PUBLIC_KEY_OFFSET>() else {
        return Some(TesseraError::QuoteMalformed);
    };
    if data.len() != INSTRUCTION_LEN
        || u128::from_le_bytes(*header) != u128::from_le_bytes(INSTRUCTION_HEADER)
    {
        return Some(TesseraError::QuoteMalformed);
    }
    // Key, signature, message; the runtime verified the middle one.
    let (key, rest) = rest.split_at(SIGNATURE_OFFSET - PUBLIC_KEY_OFFSET);
    if !equal(key, signer) {
        Some(TesseraError::QuoteWrongSigner)
    } else if !equal(&rest[MESSAGE_OFFSET - SIGNATURE_OFFSET..], message) {
        Some(TesseraError::QuoteMismatch)
    } else {
        None
    }
}

/// Whether these are the bytes of `expected`; by words, where slices are compared byte by byte.
#[inline(always)]
fn equal(bytes: &[u8], expected: &[u8; 32]) -> bool {
    let (found, rest) = bytes.as_chunks::<8>();
    let (expected, _) = expected.as_chunks::<8>();
    let word = |at: usize| u64::from_le_bytes(found[at]) == u64::from_le_bytes(expected[at]);
    found.len() == 4 && rest.is_empty() && word(0) && word(1) && word(2) && word(3)
}
