//! The network, as narrowly as the index needs it. A source answers or fails: what its node does
//! not have is an error, never an empty answer.

pub mod hints;
mod rpc;

pub use async_trait::async_trait;
pub use rpc::{RpcConfig, RpcSource};

use crate::IndexerError;
use solana_address::Address;
use solana_signature::Signature;
use tessera_client::carried::OuterCall;

/// The source's result.
pub type Result<T> = std::result::Result<T, IndexerError>;

/// Most addresses in one call of [`Source::accounts`].
pub const MAX_ACCOUNTS: usize = 100;
/// Most signatures in one answer of [`Source::signatures`].
pub const MAX_SIGNATURES: usize = 1_000;

/// Where the chain stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// Last slot.
    pub slot: u64,
    /// The network's clock there, Unix seconds.
    pub at: i64,
}

/// Accounts at one slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The slot.
    pub slot: u64,
    /// Data of each account; none when it does not exist or is not the program's.
    pub accounts: Vec<(Address, Option<Vec<u8>>)>,
}

/// A transaction that names the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignatureInfo {
    /// The transaction.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
    /// A failed transaction changed nothing.
    pub failed: bool,
}

/// What a transaction did and what it could change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Its slot.
    pub slot: u64,
    /// What it called, in order; none when it failed, which changed nothing, or when it does not
    /// name the program.
    pub calls: Vec<OuterCall>,
    /// Accounts that it names as writable; no other can have changed.
    pub writable: Vec<Address>,
}

/// A node, read at confirmed commitment.
#[async_trait]
pub trait Source: Send + Sync {
    /// Hash of the network's genesis, which names the network.
    async fn genesis_hash(&self) -> Result<[u8; 32]>;

    /// Where the chain stands.
    async fn tip(&self) -> Result<Tip>;

    /// Every account of the program, at `min_slot` or later.
    async fn program_accounts(&self, min_slot: u64) -> Result<Reading>;

    /// At most [`MAX_ACCOUNTS`] accounts in the order asked for, at `min_slot` or later.
    async fn accounts(&self, addresses: &[Address], min_slot: u64) -> Result<Reading>;

    /// At most [`MAX_SIGNATURES`] of the program's transactions, newest first, older than `before`
    /// and newer than `until`, by a node that stands at `min_slot` or later. Fewer do not mean
    /// that there are no more; none do.
    async fn signatures(
        &self,
        before: Option<Signature>,
        until: Option<Signature>,
        min_slot: u64,
    ) -> Result<Vec<SignatureInfo>>;

    /// One transaction; [`IndexerError::UnknownTransaction`] when the node lacks it.
    async fn transaction(&self, signature: Signature) -> Result<Transaction>;
}
