//! What can stop the indexer.

use solana_address::Address;
use solana_rpc_client_api::client_error;
use solana_signature::Signature;
use tessera_client::{DecodeError, carried::CallError, rpc::AnswerError};
use tessera_store::{Key, StoreError};

/// Why a round could not be completed. Nothing of it is stored then.
#[derive(Debug, thiserror::Error)]
pub enum IndexerError {
    /// The node could not be asked, or refused.
    #[error("{method} failed")]
    Rpc {
        /// The RPC method.
        method: &'static str,
        /// What happened.
        source: Box<client_error::Error>,
    },
    /// The node answered with something else than it was asked for.
    #[error("{method} answered without {missing}")]
    Malformed {
        /// The RPC method.
        method: &'static str,
        /// What the answer lacks.
        missing: &'static str,
    },
    /// The node lists a transaction that it cannot show.
    #[error("the node does not know transaction {0}")]
    UnknownTransaction(Signature),
    /// The node does not show everything that a transaction called.
    #[error("the node does not show what transaction {signature} called")]
    Answer {
        /// The transaction.
        signature: Signature,
        /// Why.
        source: AnswerError,
    },
    /// The node does not show who made a transaction's calls.
    #[error("the calls of transaction {signature} cannot be read")]
    Calls {
        /// The transaction.
        signature: Signature,
        /// Why.
        source: CallError,
    },
    /// An event of the program that this version does not know.
    #[error("an event of transaction {signature} cannot be decoded")]
    Event {
        /// The transaction.
        signature: Signature,
        /// Why.
        source: DecodeError,
    },
    /// The mirror holds an event that this version does not know.
    #[error("the event at position {position} of the mirror cannot be decoded")]
    StoredEvent {
        /// Its position.
        position: i64,
        /// Why.
        source: DecodeError,
    },
    /// An account of the program that this version does not know.
    #[error("account {address} cannot be decoded")]
    Account {
        /// The account.
        address: Address,
        /// Why.
        source: DecodeError,
    },
    /// An account holds text that is none.
    #[error("account {address} holds a code that is not text")]
    NotText {
        /// The account.
        address: Address,
    },
    /// A receipt is not the one that follows the last of the account's life.
    #[error("account {account} has receipt {expected} next, not {found}")]
    ReceiptGap {
        /// The account.
        account: Key,
        /// Number of the receipt that should follow.
        expected: u64,
        /// Number of the one that does.
        found: u64,
    },
    /// Accounts count more receipts than the node's history holds.
    #[error("the node's history lacks receipts of {count} accounts, the first is {first}")]
    MissingReceipts {
        /// How many accounts.
        count: usize,
        /// One of them.
        first: Key,
    },
    /// The last indexed transaction is not in the node's history.
    #[error("the node no longer knows transaction {0}, where the index stands")]
    CursorLost(Signature),
    /// The mirror could not be read or written.
    #[error("the mirror failed")]
    Store(#[from] StoreError),
}

impl IndexerError {
    /// Whether a later round can succeed. The rest needs someone who looks: another node, another
    /// database, another version.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => matches!(error, StoreError::Database(_)),
            Self::CursorLost(_) | Self::MissingReceipts { .. } | Self::Event { .. } => false,
            _ => true,
        }
    }
}
