//! A node of the network, as narrowly as index, audit and backfill need it.
//!
//! Law: a node answers or fails. What it does not have is an error, never an empty answer, and what
//! cannot be understood of a transaction is handed on with its bytes, because it may be a stranger's.

mod pages;
mod rpc;
mod shard;
mod whole;

pub use async_trait::async_trait;
pub use pages::Pages;
pub use rpc::{RpcNode, RpcNodeConfig};
pub use shard::{Shard, shards};
pub(crate) use whole::shown;
pub use whole::{AllAccounts, transactions};

use solana_address::Address;
use solana_signature::Signature;
use solana_transaction_error::TransactionError;
use tessera_client::carried::OuterCall;

/// A node's result.
pub type Result<T> = std::result::Result<T, NodeError>;

/// Most addresses in one call of [`Node::accounts`].
pub const MAX_ACCOUNTS: usize = 100;
/// Most signatures in one answer of [`Node::signatures`].
pub const MAX_SIGNATURES: usize = 1_000;
/// Most signatures in one call of [`Node::statuses`].
pub const MAX_STATUSES: usize = 256;

/// How certain an answer is to stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Commitment {
    /// Most of the stake voted for it; it may still vanish.
    Confirmed,
    /// It stays.
    Finalized,
}

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
    /// Data of each account, no longer than the program's longest; none when it does not exist or is
    /// not the program's.
    pub accounts: Vec<(Address, Option<Vec<u8>>)>,
}

/// Which transactions are listed: those that name `address`, newest first.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    /// The program, or one of its accounts.
    pub address: Address,
    /// Only older ones than this.
    pub before: Option<Signature>,
    /// Only newer ones than this, as far as the node knows it: else older ones follow.
    pub until: Option<Signature>,
    /// The node must have seen this slot.
    pub min_slot: u64,
    /// How certain they are to stay.
    pub commitment: Commitment,
}

/// A transaction that names the address of a [`Listing`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The transaction.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
    /// Its place within the slot, where the node says it.
    pub index: Option<u32>,
    /// A failed transaction changed nothing.
    pub failed: bool,
}

impl Listed {
    /// A stored transaction that succeeded, by signature, slot and its place in it.
    pub fn stored(signature: [u8; 64], slot: i64, tx_index: Option<i32>) -> Self {
        Self {
            signature: signature.into(),
            slot: slot.unsigned_abs(),
            index: tx_index.and_then(|index| u32::try_from(index).ok()),
            failed: false,
        }
    }
}

/// A transaction's place on the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The slot.
    pub slot: u64,
    /// Its place among the slot's transactions, from 0.
    pub index: u32,
}

/// A transaction, and what it means here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Its first signature.
    pub signature: Signature,
    /// Where it stands.
    pub place: Place,
    /// What became of it.
    pub content: Content,
}

/// What a transaction means to the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Nothing: it failed, or it calls the program nowhere, whatever else it names, logs or does.
    Nothing,
    /// It calls the program.
    Calls(Calls),
    /// This version cannot read it.
    Unreadable {
        /// Why.
        reason: String,
        /// The answer as it came, without logs: JSON of `getTransaction`'s kind.
        bytes: Vec<u8>,
    },
}

/// What a transaction that calls the program did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    /// Everything that it called, in order.
    pub calls: Vec<OuterCall>,
    /// Accounts that it hands the program as writable; no other account of the program can have
    /// changed.
    pub touched: Vec<Address>,
}

/// What token accounts hold, all at one slot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenBalances {
    /// The slot.
    pub slot: u64,
    /// In the mint's smallest unit.
    pub balances: Vec<(Address, u64)>,
}

/// What a transaction made of a token account's balance, in the mint's smallest unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenChange {
    /// Before it.
    pub before: u64,
    /// After it.
    pub after: u64,
}

/// What became of a transaction, where the node knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Its slot.
    pub slot: u64,
    /// Whether it stays.
    pub finalized: bool,
}

/// Why a node's answer cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// No node can be asked as it is configured.
    #[error("no node can be asked: {0}")]
    Setup(String),
    /// No node could be asked, or none answered.
    #[error("{method} failed: {reason}")]
    Rpc {
        /// The RPC method.
        method: &'static str,
        /// What the last one said, without its address, which may hold a secret.
        reason: String,
        /// The JSON-RPC error's code, where there is one.
        code: Option<i64>,
    },
    /// No node serves the method, as far as they answer.
    #[error("no node serves {method}: {reason}")]
    Refused {
        /// The RPC method.
        method: &'static str,
        /// What they said, without their addresses.
        reason: String,
    },
    /// The node answered with something else than it was asked for.
    #[error("{method} answered without {missing}")]
    Malformed {
        /// The RPC method.
        method: &'static str,
        /// What the answer lacks.
        missing: &'static str,
    },
    /// The answer is longer than is read at a time.
    #[error("{method} answered with more than {limit} bytes")]
    TooLong {
        /// The RPC method.
        method: &'static str,
        /// Most bytes that are read.
        limit: usize,
    },
    /// A node tried a transaction that it was to send, and it failed.
    #[error("the transaction fails: {0}")]
    Failed(TransactionError),
    /// No node can show the transaction, although one lists it.
    #[error("no node shows transaction {0}")]
    UnknownTransaction(Signature),
    /// No node shows everything that a transaction did.
    #[error("no node shows all that transaction {signature} did: {reason}")]
    Withheld {
        /// The transaction.
        signature: Signature,
        /// What is missing.
        reason: String,
    },
}

impl NodeError {
    /// Whether it is about the one transaction that was asked for.
    pub fn is_about_transaction(&self) -> bool {
        matches!(self, Self::UnknownTransaction(_) | Self::Withheld { .. })
    }
}

/// A node, or several of the same network. Failures that pass are tried again inside.
#[async_trait]
pub trait Node: Send + Sync {
    /// Hash of the network's genesis, which names the network.
    async fn genesis_hash(&self) -> Result<[u8; 32]>;

    /// Where the chain stands, as certain as `commitment`.
    async fn tip(&self, commitment: Commitment) -> Result<Tip>;

    /// At most [`MAX_SIGNATURES`] transactions. Fewer do not mean that there are no more; none do.
    async fn signatures(&self, listing: &Listing) -> Result<Vec<Listed>>;

    /// One transaction, as certain as `commitment`; [`NodeError::UnknownTransaction`] when no node
    /// shows it.
    async fn transaction(&self, listed: &Listed, commitment: Commitment) -> Result<Transaction>;

    /// What became of at most [`MAX_STATUSES`] transactions, in the order asked for, with the node's
    /// whole history searched; none for one that it does not know.
    async fn statuses(&self, signatures: &[Signature]) -> Result<Vec<Option<Status>>>;

    /// At most [`MAX_ACCOUNTS`] accounts in the order asked for, confirmed, at `min_slot` or later.
    async fn accounts(&self, addresses: &[Address], min_slot: u64) -> Result<Reading>;

    /// The program's accounts in `shard`, confirmed, at `min_slot` or later; [`NodeError::TooLong`]
    /// when the shard has to be split.
    async fn shard(&self, shard: &Shard, min_slot: u64) -> Result<Reading>;
}
