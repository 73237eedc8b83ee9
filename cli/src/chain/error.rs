//! Errors of sending transactions and reading the chain.

use solana_instruction::error::InstructionError;
use solana_rpc_client_api::client_error::{Error as RpcError, ErrorKind};
use solana_signature::Signature;
use solana_transaction_error::TransactionError;
use tessera_client::{
    DecodeError,
    types::{Address, TesseraError},
};
use tessera_indexer::node::NodeError;

/// Why a transaction or a reading failed.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The program refused.
    #[error("the program refused: {} ({})", .0.name(), .0.message())]
    Refused(TesseraError),
    /// The transaction failed otherwise.
    #[error("the transaction failed: {0}")]
    Failed(TransactionError),
    /// The transaction was not confirmed in time. Only the chain says whether it happened.
    #[error("transaction {0} was not confirmed in time")]
    Expired(Signature),
    /// The node's answer was an error or malformed. Not a source: the message already includes it.
    #[error("the node did not accept a request: {0}")]
    Rpc(Box<RpcError>),
    /// The node could not be read.
    #[error("the chain cannot be read")]
    Node(#[from] NodeError),
    /// An account's data cannot be decoded.
    #[error("account {address} cannot be decoded")]
    Decode {
        /// The account.
        address: Address,
        /// The decoding error.
        source: DecodeError,
    },
    /// An account that must exist does not.
    #[error("account {0} does not exist")]
    Missing(Address),
}

impl ChainError {
    /// Whether a program refused an instruction, rather than the network refusing the transaction
    /// or its payer: an empty purse or an old blockhash say nothing about the instruction.
    pub fn is_verdict(&self) -> bool {
        matches!(
            self,
            Self::Refused(_) | Self::Failed(TransactionError::InstructionError(..))
        )
    }

    /// Whether the program refused with `expected`.
    pub fn is(&self, expected: TesseraError) -> bool {
        matches!(self, Self::Refused(refusal) if *refusal == expected)
    }
}

impl From<RpcError> for ChainError {
    fn from(error: RpcError) -> Self {
        if let Some(error) = error.get_transaction_error() {
            return error.into();
        }
        let RpcError { request, kind } = error;
        let kind = match *kind {
            ErrorKind::Io(error) => match error.downcast::<NodeError>() {
                Ok(error) => return error.into(),
                Err(error) => ErrorKind::Io(error),
            },
            kind => kind,
        };
        let kind = Box::new(kind);
        Self::Rpc(Box::new(RpcError { request, kind }))
    }
}

impl From<TransactionError> for ChainError {
    fn from(error: TransactionError) -> Self {
        let refusal = match &error {
            TransactionError::InstructionError(_, InstructionError::Custom(code)) => {
                TesseraError::from_code(*code)
            }
            _ => None,
        };
        refusal.map_or(Self::Failed(error), Self::Refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Chain;

    #[tokio::test]
    async fn an_error_does_not_show_the_key_in_a_nodes_address() {
        let chain = Chain::new("http://127.0.0.1:1/secret?api-key=SECRET").expect("an address");
        let refused = chain.raw_account(&Address::default()).await;
        let error = anyhow::Error::from(refused.expect_err("nobody listens"));
        let unreachable = tessera_engine::pricing::Chain::latest_blockhash(&chain).await;
        let unreachable = anyhow::Error::from(unreachable.expect_err("nobody listens"));
        for error in [error, unreachable] {
            let shown = format!("{error:#} {error:?}").to_lowercase();
            assert!(shown.contains("connect"), "{shown}");
            assert!(!shown.contains("secret"), "{shown}");
        }
    }

    #[test]
    fn an_empty_purse_or_an_old_blockhash_is_no_verdict_on_what_was_asked_for() {
        for error in [
            TransactionError::AccountNotFound,
            TransactionError::InsufficientFundsForFee,
            TransactionError::InsufficientFundsForRent { account_index: 0 },
            TransactionError::BlockhashNotFound,
            TransactionError::AlreadyProcessed,
        ] {
            assert!(!ChainError::from(error).is_verdict());
        }
        assert!(!ChainError::Expired(Signature::default()).is_verdict());
    }

    #[test]
    fn a_refusal_by_any_program_is_a_verdict() {
        let refusal = |code| {
            let error = InstructionError::Custom(code);
            ChainError::from(TransactionError::InstructionError(1, error))
        };
        let ours = refusal(TesseraError::ApprovalTooSmall as u32);
        assert!(ours.is_verdict() && ours.is(TesseraError::ApprovalTooSmall));
        let frozen = refusal(17);
        assert!(frozen.is_verdict() && matches!(frozen, ChainError::Failed(_)));
    }
}
