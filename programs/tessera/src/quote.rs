//! Checks that the instruction before this one verified exactly the quote at hand.

use anchor_lang::prelude::*;
use bytemuck::bytes_of;
use tessera_types::{
    TesseraError,
    quote::{
        INSTRUCTION_HEADER, INSTRUCTION_LEN, MESSAGE_OFFSET, PUBLIC_KEY_OFFSET, Quote,
        SIGNATURE_OFFSET,
    },
};

const ED25519_PROGRAM: Address =
    Address::from_str_const("Ed25519SigVerify111111111111111111111111111");

/// The runtime verified the signature before this program ran; here its key and message are
/// compared in full, and its header leaves no room for data from another instruction.
#[inline(always)]
pub fn require_signed(
    instructions: &SysvarInstructions,
    signer: &Address,
    quote: &Quote,
) -> Result<()> {
    let previous = instructions
        .get_instruction_relative(-1)
        .map_err(|_| TesseraError::QuoteMissing)?;
    require!(
        *previous.get_program_id() == ED25519_PROGRAM && previous.num_account_metas() == 0,
        TesseraError::QuoteMissing
    );
    let data = previous.get_instruction_data();
    require!(
        data.len() == INSTRUCTION_LEN && data[..PUBLIC_KEY_OFFSET] == INSTRUCTION_HEADER,
        TesseraError::QuoteMalformed
    );
    require!(
        data[PUBLIC_KEY_OFFSET..SIGNATURE_OFFSET] == *signer.as_ref(),
        TesseraError::QuoteWrongSigner
    );
    require!(
        data[MESSAGE_OFFSET..] == *bytes_of(quote),
        TesseraError::QuoteMismatch
    );
    Ok(())
}
