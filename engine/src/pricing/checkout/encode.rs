//! A legacy transaction as it travels: signatures, header, keys, blockhash and instructions, each
//! list behind its length in a compact u16 (seven bits a byte, least first).

use crate::{Error, Result};
use solana_transaction::Transaction;

/// The bytes of a transaction.
pub(super) fn encode(transaction: &Transaction) -> Result<Vec<u8>> {
    let message = &transaction.message;
    let mut bytes = Vec::new();
    length(&mut bytes, transaction.signatures.len())?;
    for signature in &transaction.signatures {
        bytes.extend_from_slice(signature.as_ref());
    }
    bytes.extend([
        message.header.num_required_signatures,
        message.header.num_readonly_signed_accounts,
        message.header.num_readonly_unsigned_accounts,
    ]);
    length(&mut bytes, message.account_keys.len())?;
    for key in &message.account_keys {
        bytes.extend_from_slice(key.as_ref());
    }
    bytes.extend_from_slice(message.recent_blockhash.as_ref());
    length(&mut bytes, message.instructions.len())?;
    for instruction in &message.instructions {
        bytes.push(instruction.program_id_index);
        length(&mut bytes, instruction.accounts.len())?;
        bytes.extend_from_slice(&instruction.accounts);
        length(&mut bytes, instruction.data.len())?;
        bytes.extend_from_slice(&instruction.data);
    }
    Ok(bytes)
}

fn length(bytes: &mut Vec<u8>, length: usize) -> Result<()> {
    let mut rest = u16::try_from(length).map_err(|_| Error::Internal("encode the transaction"))?;
    while rest >= 0x80 {
        bytes.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    bytes.push(rest.to_le_bytes()[0]);
    Ok(())
}
