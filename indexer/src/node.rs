//! A node of the network, as narrowly as index, audit and backfill need it.
//!
//! Law: a node answers or fails. What it does not have is an error, never an empty answer. A
//! transaction that cannot be read is handed on with its bytes, because it may be a stranger's.

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

/// How final an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Commitment {
    /// Most of the stake voted for it; it may still vanish.
    Confirmed,
    /// It can no longer vanish.
    Finalized,
}

/// The chain's last slot, and its time.
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
    /// Data of each account, at most as long as the program's longest; none when it does not exist
    /// or is not the program's.
    pub accounts: Vec<(Address, Option<Vec<u8>>)>,
}

/// A request for the transactions that name `address`, newest first.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    /// The program, or one of its accounts.
    pub address: Address,
    /// List only older ones than this.
    pub before: Option<Signature>,
    /// List only newer ones than this; if the node does not know it, older ones follow.
    pub until: Option<Signature>,
    /// The node must have seen this slot.
    pub min_slot: u64,
    /// How final the transactions must be.
    pub commitment: Commitment,
}

/// A transaction that names the address of a [`Listing`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The transaction.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
    /// Its place within the slot, if the node says it.
    pub index: Option<u32>,
    /// Whether it failed, and so changed nothing.
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

/// A transaction, and what it means to the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Its first signature.
    pub signature: Signature,
    /// Its place on the chain.
    pub place: Place,
    /// What it means to the index.
    pub content: Content,
}

/// What a transaction means to the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Nothing: it failed, or it never calls the program, whatever else it names, logs or does.
    Nothing,
    /// It calls the program.
    Calls(Calls),
    /// This version cannot read it.
    Unreadable {
        /// Why it cannot be read.
        reason: String,
        /// The answer as it came, without logs: JSON of `getTransaction`'s kind.
        bytes: Vec<u8>,
    },
}

/// Calls and writable accounts of a transaction that calls the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    /// All its calls, in order.
    pub calls: Vec<OuterCall>,
    /// Accounts that it hands the program as writable; no other account of the program can have
    /// changed.
    pub touched: Vec<Address>,
}

/// Balances of token accounts, all at one slot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenBalances {
    /// The slot.
    pub slot: u64,
    /// Each account's balance, in the mint's smallest unit.
    pub balances: Vec<(Address, u64)>,
}

/// How a transaction changed a token account's balance, in the mint's smallest unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenChange {
    /// The balance before the transaction.
    pub before: u64,
    /// The balance after the transaction.
    pub after: u64,
}

/// The status of a transaction that the node knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Its slot.
    pub slot: u64,
    /// Whether it is final.
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
        /// The last node's reason, without its address, which may hold a secret.
        reason: String,
        /// The JSON-RPC error's code, where there is one.
        code: Option<i64>,
    },
    /// No node that answers serves the method.
    #[error("no node serves {method}: {reason}")]
    Refused {
        /// The RPC method.
        method: &'static str,
        /// The nodes' reasons, without their addresses.
        reason: String,
    },
    /// The answer is not what was asked for.
    #[error("{method} answered without {missing}")]
    Malformed {
        /// The RPC method.
        method: &'static str,
        /// What the answer lacks.
        missing: &'static str,
    },
    /// The answer is longer than the limit.
    #[error("{method} answered with more than {limit} bytes")]
    TooLong {
        /// The RPC method.
        method: &'static str,
        /// Most bytes that are read.
        limit: usize,
    },
    /// A node simulated a transaction before sending it, and it failed.
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
    /// Whether the error concerns only the transaction that was asked for.
    pub fn is_about_transaction(&self) -> bool {
        matches!(self, Self::UnknownTransaction(_) | Self::Withheld { .. })
    }
}

/// A node, or several of the same network. Failures that pass are tried again inside.
#[async_trait]
pub trait Node: Send + Sync {
    /// Hash of the network's genesis, which names the network.
    async fn genesis_hash(&self) -> Result<[u8; 32]>;

    /// The chain's last slot and its time at `commitment`.
    async fn tip(&self, commitment: Commitment) -> Result<Tip>;

    /// At most [`MAX_SIGNATURES`] transactions. A shorter list does not mean that there are no
    /// more; an empty one does.
    async fn signatures(&self, listing: &Listing) -> Result<Vec<Listed>>;

    /// One transaction, at `commitment`; [`NodeError::UnknownTransaction`] when no node shows it.
    async fn transaction(&self, listed: &Listed, commitment: Commitment) -> Result<Transaction>;

    /// The status of at most [`MAX_STATUSES`] transactions, in the order asked for, from the node's
    /// whole history; none for one that it does not know.
    async fn statuses(&self, signatures: &[Signature]) -> Result<Vec<Option<Status>>>;

    /// At most [`MAX_ACCOUNTS`] accounts in the order asked for, confirmed, at `min_slot` or later.
    async fn accounts(&self, addresses: &[Address], min_slot: u64) -> Result<Reading>;

    /// The program's accounts in `shard`, confirmed, at `min_slot` or later; [`NodeError::TooLong`]
    /// when the shard has to be split.
    async fn shard(&self, shard: &Shard, min_slot: u64) -> Result<Reading>;
}
