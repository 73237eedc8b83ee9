//! Price quotes and invoices: the hash that an org's quote authority signs, and the precompile
//! instruction that carries the signature, placed anywhere in the transaction.

use bytemuck::bytes_of;
use sha2::{Digest, Sha256};
use solana_instruction::Instruction;
use solana_sdk_ids::ed25519_program;
pub use tessera_types::quote::{CHANGE_DOMAIN, INVOICE_DOMAIN, Quote, SUBSCRIBE_DOMAIN};
use tessera_types::quote::{
    INSTRUCTION_HEADER, INSTRUCTION_LEN, MESSAGE_LEN, MESSAGE_OFFSET, PUBLIC_KEY_OFFSET,
    SIGNATURE_OFFSET,
};
use tessera_types::{Address, ID};

/// What a seller offers a wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// The org's `cluster_tag`.
    pub cluster_tag: [u8; 8],
    /// The org.
    pub org: Address,
    /// The plan; for a change, the new one.
    pub plan: Address,
    /// The only wallet that may use it.
    pub wallet: Address,
    /// Price of a period, in the mint's smallest unit.
    pub price: u64,
    /// Void after this time, Unix seconds.
    pub deadline: i64,
    /// Above that of every quote that the subscription has used.
    pub nonce: u64,
    /// Most later periods that may be approved at this price.
    pub most_periods: u32,
}

impl Offer {
    /// A quote for changing the plan of `subscription`, one of the wallet's.
    pub fn of_change(self, subscription: Address) -> Quote {
        Quote {
            domain: CHANGE_DOMAIN,
            wallet: subscription,
            ..self.into()
        }
    }
}

/// What a seller bills a wallet, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bill {
    /// The org's `cluster_tag`.
    pub cluster_tag: [u8; 8],
    /// The org.
    pub org: Address,
    /// The plan whose mint, destination and vault it is paid by.
    pub plan: Address,
    /// The only wallet that may pay it.
    pub wallet: Address,
    /// What is paid, in the mint's smallest unit.
    pub amount: u64,
    /// Points that it gives.
    pub points: u64,
    /// Void after this time, Unix seconds.
    pub deadline: i64,
    /// Chosen by the org; paid once for each plan and wallet.
    pub id: u64,
}

impl From<Bill> for Quote {
    fn from(bill: Bill) -> Self {
        Self {
            domain: INVOICE_DOMAIN,
            cluster_tag: bill.cluster_tag,
            program: ID,
            org: bill.org,
            plan: bill.plan,
            wallet: bill.wallet,
            price: bill.amount,
            deadline: bill.deadline,
            nonce: bill.id,
            points: bill.points,
            most_periods: 0,
            spare: [0; 4],
        }
    }
}

/// A quote for `subscribe`.
impl From<Offer> for Quote {
    fn from(offer: Offer) -> Self {
        Self {
            domain: SUBSCRIBE_DOMAIN,
            cluster_tag: offer.cluster_tag,
            program: ID,
            org: offer.org,
            plan: offer.plan,
            wallet: offer.wallet,
            price: offer.price,
            deadline: offer.deadline,
            nonce: offer.nonce,
            points: 0,
            most_periods: offer.most_periods,
            spare: [0; 4],
        }
    }
}

/// The bytes that are signed: the SHA-256 of the quote.
pub fn message(quote: &Quote) -> [u8; MESSAGE_LEN] {
    Sha256::digest(bytes_of(quote)).into()
}

/// The instruction that has the runtime verify `signature` by `signer` over `quote`.
pub fn verification(signer: &Address, signature: &[u8; 64], quote: &Quote) -> Instruction {
    let mut data = vec![0; INSTRUCTION_LEN];
    data[..PUBLIC_KEY_OFFSET].copy_from_slice(&INSTRUCTION_HEADER);
    data[PUBLIC_KEY_OFFSET..SIGNATURE_OFFSET].copy_from_slice(signer.as_ref());
    data[SIGNATURE_OFFSET..MESSAGE_OFFSET].copy_from_slice(signature);
    data[MESSAGE_OFFSET..].copy_from_slice(&message(quote));
    Instruction {
        program_id: ed25519_program::ID,
        accounts: vec![],
        data,
    }
}
