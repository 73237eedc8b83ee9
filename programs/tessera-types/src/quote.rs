//! A price quote: what an org's quote authority signs off-chain, and the exact Ed25519 precompile
//! instruction that carries the signature. The signed message is the SHA-256 of the quote, so that
//! the largest checkout fits into a transaction. The program compares the instruction byte by byte,
//! so one encoding is valid: one signature, every offset inside that very instruction.

use crate::Address;
use bytemuck::{Pod, Zeroable};

/// First bytes of a quote for `subscribe`, so that its signature means nothing anywhere else.
pub const SUBSCRIBE_DOMAIN: [u8; 16] = *b"TESSERA_SUBSCRIB";
/// First bytes of a quote for a change of plan.
pub const CHANGE_DOMAIN: [u8; 16] = *b"TESSERA_CHANGE_P";
/// First bytes of an invoice: its price is the amount, its nonce the id.
pub const INVOICE_DOMAIN: [u8; 16] = *b"TESSERA_INVOICE1";

/// What the signed message is the SHA-256 of. Price in the mint's smallest unit, deadline in Unix
/// seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Quote {
    /// [`SUBSCRIBE_DOMAIN`], [`CHANGE_DOMAIN`] or [`INVOICE_DOMAIN`].
    pub domain: [u8; 16],
    /// The org's cluster tag.
    pub cluster_tag: [u8; 8],
    /// The Tessera program.
    pub program: Address,
    /// The org.
    pub org: Address,
    /// The plan; of a change the one that it leads to.
    pub plan: Address,
    /// The only wallet that may use it; of a change of plan, the only subscription.
    pub wallet: Address,
    /// Price of a period.
    pub price: u64,
    /// Void after this time.
    pub deadline: i64,
    /// Above that of every quote that the subscription has used: each is good once.
    pub nonce: u64,
    /// Points that an invoice gives; 0 elsewhere.
    pub points: u64,
    /// Most later periods that may be approved at this price; 0 in an invoice.
    pub most_periods: u32,
    /// Zero.
    pub spare: [u8; 4],
}

/// Length of the signed message: a SHA-256.
pub const MESSAGE_LEN: usize = 32;
/// Offset of the public key in the precompile instruction's data.
pub const PUBLIC_KEY_OFFSET: usize = 16;
/// Offset of the signature.
pub const SIGNATURE_OFFSET: usize = PUBLIC_KEY_OFFSET + 32;
/// Offset of the message.
pub const MESSAGE_OFFSET: usize = SIGNATURE_OFFSET + 64;
/// Length of the precompile instruction's data.
pub const INSTRUCTION_LEN: usize = MESSAGE_OFFSET + MESSAGE_LEN;

/// First 16 bytes of the precompile instruction's data: one signature, its padding byte, then
/// signature, key and message offsets, each in "this instruction" (`u16::MAX`).
pub const INSTRUCTION_HEADER: [u8; PUBLIC_KEY_OFFSET] = {
    const fn low(value: usize) -> u8 {
        (value & 0xff) as u8
    }
    const fn high(value: usize) -> u8 {
        (value >> 8) as u8
    }
    [
        1,
        0,
        low(SIGNATURE_OFFSET),
        high(SIGNATURE_OFFSET),
        0xff,
        0xff,
        low(PUBLIC_KEY_OFFSET),
        high(PUBLIC_KEY_OFFSET),
        0xff,
        0xff,
        low(MESSAGE_OFFSET),
        high(MESSAGE_OFFSET),
        low(MESSAGE_LEN),
        high(MESSAGE_LEN),
        0xff,
        0xff,
    ]
};
