//! What interrupts a round. What one subscription or one transaction comes to never does.

use solana_message::CompileError;
use solana_rpc_client_api::client_error::Error as RpcError;
use solana_signer::SignerError;
use tessera_store::StoreError;

/// Why a round ended before its time, or a transaction could not be made.
#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    /// The database cannot be read or written.
    #[error("the database cannot be used")]
    Store(#[from] StoreError),
    /// The node did not answer as it should.
    #[error("the node did not answer a request")]
    Rpc(#[source] Box<RpcError>),
    /// The node has no clock, or one that is none.
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
    fn from(error: RpcError) -> Self {
        Self::Rpc(Box::new(error))
    }
}

/// The result of what a keeper does.
pub type Result<T> = std::result::Result<T, KeeperError>;
