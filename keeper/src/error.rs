//! Errors that interrupt a round. The failure of one subscription or one transaction never does.

use solana_message::CompileError;
use solana_rpc_client_api::client_error::{Error as RpcError, ErrorKind};
use solana_signer::SignerError;
use tessera_client::types::Address;
use tessera_store::StoreError;

/// Why a round was interrupted, or a transaction could not be built.
#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    /// The database cannot be read or written.
    #[error("the database cannot be used")]
    Store(#[from] StoreError),
    /// The node's answer was an error or malformed. Not a source: the message already includes it.
    #[error("the node did not answer a request: {0}")]
    Rpc(Box<RpcError>),
    /// The mirror is bound to no network yet.
    #[error("the mirror is empty: let the indexer fill it first")]
    NoMirror,
    /// The node is of another network than the mirror.
    #[error("the node is of another network than the mirror")]
    OtherNetwork,
    /// The purse is empty, although tables are to be closed.
    #[error("the keeper's purse is empty, and closing a lookup table costs a fee: send SOL to {0}")]
    EmptyPurse(Address),
    /// The node shows no clock, or an unreadable one.
    #[error("the network's clock cannot be read")]
    Clock,
    /// A transaction does not fit its format.
    #[error("a transaction cannot be written")]
    Compile(#[from] CompileError),
    /// A transaction cannot be signed.
    #[error("a transaction cannot be signed")]
    Sign(#[from] SignerError),
}

impl From<RpcError> for KeeperError {
    /// Without the node's address, which can hold a key.
    fn from(error: RpcError) -> Self {
        let kind = match *error.kind {
            ErrorKind::Reqwest(error) => ErrorKind::Reqwest(error.without_url()),
            ErrorKind::Middleware(_) => ErrorKind::Custom("the request was not sent".to_owned()),
            other => other,
        };
        Self::Rpc(Box::new(RpcError {
            request: error.request,
            kind: Box::new(kind),
        }))
    }
}

/// The result of what a keeper does.
pub type Result<T> = std::result::Result<T, KeeperError>;
