//! Price quotes: the bytes that an org's quote authority signs, and the precompile instruction
//! that carries the signature, placed directly before `subscribe`.

use bytemuck::bytes_of;
use solana_instruction::Instruction;
use solana_sdk_ids::ed25519_program;
use tessera_types::{
    Address, ID,
    quote::{
        INSTRUCTION_HEADER, INSTRUCTION_LEN, MESSAGE_OFFSET, PUBLIC_KEY_OFFSET, QUOTE_DOMAIN,
        Quote, SIGNATURE_OFFSET,
    },
};

/// A quote for `wallet`: `price` in the mint's smallest unit, `deadline` in Unix seconds.
pub fn message(org: Address, plan: Address, wallet: Address, price: u64, deadline: i64) -> Quote {
    Quote {
        domain: QUOTE_DOMAIN,
        program: ID,
        org,
        plan,
        wallet,
        price,
        deadline,
    }
}

/// The bytes of `quote` that are signed.
pub fn signed_bytes(quote: &Quote) -> &[u8] {
    bytes_of(quote)
}

/// The instruction that has the runtime verify `signature` by `signer` over `quote`.
pub fn verification(signer: &Address, signature: &[u8; 64], quote: &Quote) -> Instruction {
    let mut data = vec![0; INSTRUCTION_LEN];
    data[..PUBLIC_KEY_OFFSET].copy_from_slice(&INSTRUCTION_HEADER);
    data[PUBLIC_KEY_OFFSET..SIGNATURE_OFFSET].copy_from_slice(signer.as_ref());
    data[SIGNATURE_OFFSET..MESSAGE_OFFSET].copy_from_slice(signature);
    data[MESSAGE_OFFSET..].copy_from_slice(signed_bytes(quote));
    Instruction {
        program_id: ed25519_program::ID,
        accounts: vec![],
        data,
    }
}
