//! Sends transactions and reads the program's accounts over RPC.

use async_trait::async_trait;
use solana_account::Account as SolanaAccount;
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_instruction::{Instruction, error::InstructionError};
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::{client_error::Error as RpcError, config::RpcSendTransactionConfig};
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::Transaction;
use solana_transaction_error::TransactionError;
use solana_transaction_status_client_types::TransactionConfirmationStatus;
use std::{collections::BTreeMap, time::Duration};
use tessera_client::{
    Account, DecodeError, decode,
    types::{Address, TesseraError, accounts::AccountType},
};
use tessera_indexer::{
    IndexerError,
    source::{RpcConfig, RpcSource, Source},
};
use tokio::time::{Instant, sleep};

/// Time between looks at a transaction's status.
const POLL: Duration = Duration::from_millis(100);
/// When a transaction that nobody saw is given up: a blockhash lives about a minute.
const EXPIRY: Duration = Duration::from_secs(75);

/// Why a transaction or a reading failed.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The program refused.
    #[error("the program refused: {} ({})", .0.name(), .0.message())]
    Refused(TesseraError),
    /// The transaction failed otherwise.
    #[error("the transaction failed: {0}")]
    Failed(TransactionError),
    /// Nobody confirmed the transaction in time. Whether it happened, the chain says.
    #[error("transaction {0} was not confirmed in time")]
    Expired(Signature),
    /// The node did not answer as it should.
    #[error("the node did not accept a request")]
    Rpc(#[source] Box<RpcError>),
    /// The node could not be read.
    #[error("the chain cannot be read")]
    Source(#[from] IndexerError),
    /// An account's data are not what they should be.
    #[error("account {address} cannot be decoded")]
    Decode {
        /// The account.
        address: Address,
        /// Why.
        source: DecodeError,
    },
    /// An account that must exist does not.
    #[error("account {0} does not exist")]
    Missing(Address),
}

impl ChainError {
    /// Whether it was the transaction that failed, not the way to the node.
    pub fn is_verdict(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Failed(_))
    }

    /// Whether the program refused with `expected`.
    pub fn is(&self, expected: TesseraError) -> bool {
        matches!(self, Self::Refused(refusal) if *refusal == expected)
    }
}

impl From<RpcError> for ChainError {
    fn from(error: RpcError) -> Self {
        match error.get_transaction_error() {
            Some(error) => error.into(),
            None => Self::Rpc(Box::new(error)),
        }
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

/// All accounts of the program at one moment.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    /// The slot at which they were read.
    pub slot: u64,
    /// By address.
    pub accounts: BTreeMap<Address, Account>,
}

/// A node, at confirmed commitment.
pub struct Chain {
    rpc: RpcClient,
    source: RpcSource,
}

impl Chain {
    /// The node at `rpc_url`; nothing is asked yet.
    pub fn new(rpc_url: &str) -> Self {
        Self {
            rpc: RpcClient::new_with_commitment(rpc_url.to_owned(), CommitmentConfig::confirmed()),
            source: RpcSource::new(&RpcConfig::new(rpc_url)),
        }
    }

    /// The node as the indexer reads it.
    pub fn source(&self) -> &RpcSource {
        &self.source
    }

    /// Sends a transaction that `payer` pays and signs with `signers`, and waits until it is
    /// confirmed.
    ///
    /// # Errors
    /// [`ChainError`]; after [`ChainError::Expired`] it may still have happened.
    pub async fn send(
        &self,
        instructions: &[Instruction],
        payer: &Keypair,
        signers: &[&Keypair],
    ) -> Result<Signature, ChainError> {
        let blockhash = self.rpc.get_latest_blockhash().await?;
        let mut keys = vec![payer];
        keys.extend(signers.iter().filter(|key| key.pubkey() != payer.pubkey()));
        let transaction = Transaction::new_signed_with_payer(
            instructions,
            Some(&payer.pubkey()),
            &keys,
            blockhash,
        );
        self.submit(&transaction).await
    }

    /// Sends a signed transaction, and waits until it is confirmed.
    ///
    /// # Errors
    /// [`ChainError`]; after [`ChainError::Expired`] it may still have happened.
    pub async fn submit(&self, transaction: &Transaction) -> Result<Signature, ChainError> {
        let config = RpcSendTransactionConfig {
            preflight_commitment: Some(CommitmentConfig::confirmed().commitment),
            ..RpcSendTransactionConfig::default()
        };
        let signature = self
            .rpc
            .send_transaction_with_config(transaction, config)
            .await?;
        self.confirm(signature).await?;
        Ok(signature)
    }

    async fn confirm(&self, signature: Signature) -> Result<(), ChainError> {
        let deadline = Instant::now() + EXPIRY;
        while Instant::now() < deadline {
            let statuses = self.rpc.get_signature_statuses(&[signature]).await?;
            if let Some(Some(status)) = statuses.value.into_iter().next() {
                if let Some(error) = status.err {
                    return Err(error.into());
                }
                if status
                    .confirmation_status
                    .is_some_and(|reached| reached != TransactionConfirmationStatus::Processed)
                {
                    return Ok(());
                }
            }
            sleep(POLL).await;
        }
        Err(ChainError::Expired(signature))
    }

    /// The network's clock, Unix seconds.
    ///
    /// # Errors
    /// [`ChainError::Source`].
    pub async fn now(&self) -> Result<i64, ChainError> {
        Ok(self.source.tip().await?.at)
    }

    /// One of the program's accounts; none when it does not exist.
    ///
    /// # Errors
    /// [`ChainError`] when the node cannot be read or the account is of another kind.
    pub async fn account<T: AccountType>(
        &self,
        address: &Address,
    ) -> Result<Option<T>, ChainError> {
        let reading = self.source.accounts(&[*address], 0).await?;
        let data = reading
            .accounts
            .into_iter()
            .next()
            .and_then(|(_, data)| data);
        data.map(|data| {
            decode::account(&data).map_err(|source| ChainError::Decode {
                address: *address,
                source,
            })
        })
        .transpose()
    }

    /// As [`Chain::account`], for one that must exist.
    ///
    /// # Errors
    /// Also [`ChainError::Missing`].
    pub async fn existing<T: AccountType>(&self, address: &Address) -> Result<T, ChainError> {
        let account = self.account(address).await?;
        account.ok_or(ChainError::Missing(*address))
    }

    /// Every account of the program, read at one moment, and its slot. Anybody can give the
    /// program an account without data of its own; those are left out.
    ///
    /// # Errors
    /// [`ChainError`] when the node cannot be read or an account cannot be decoded.
    pub async fn program_accounts(&self) -> Result<Accounts, ChainError> {
        let reading = self.source.program_accounts(0).await?;
        let mut accounts = BTreeMap::new();
        for (address, data) in reading.accounts {
            let Some(data) = data.filter(|data| data.iter().any(|byte| *byte != 0)) else {
                continue;
            };
            let account =
                Account::decode(&data).map_err(|source| ChainError::Decode { address, source })?;
            accounts.insert(address, account);
        }
        Ok(Accounts {
            slot: reading.slot,
            accounts,
        })
    }

    /// Balances of token accounts, in their mint's smallest unit; 0 for one that does not exist.
    ///
    /// # Errors
    /// [`ChainError`] when the node cannot be read.
    pub async fn token_balances(
        &self,
        addresses: &[Address],
    ) -> Result<BTreeMap<Address, u64>, ChainError> {
        let mut balances = BTreeMap::new();
        for chunk in addresses.chunks(100) {
            let accounts = self.rpc.get_multiple_accounts(chunk).await?;
            for (address, account) in chunk.iter().zip(accounts) {
                let amount = account
                    .filter(|account| account.owner == spl_token_interface::ID)
                    .and_then(|account| account.data.get(64..72)?.try_into().ok())
                    .map_or(0, u64::from_le_bytes);
                balances.insert(*address, amount);
            }
        }
        Ok(balances)
    }

    /// Any account, whoever owns it.
    ///
    /// # Errors
    /// [`ChainError::Missing`] when it does not exist, [`ChainError::Rpc`].
    pub async fn raw_account(&self, address: &Address) -> Result<SolanaAccount, ChainError> {
        let accounts = self.rpc.get_multiple_accounts(&[*address]).await?;
        let account = accounts.into_iter().next().flatten();
        account.ok_or(ChainError::Missing(*address))
    }

    /// Rent of an account of `len` bytes, lamports.
    ///
    /// # Errors
    /// [`ChainError::Rpc`].
    pub async fn rent(&self, len: usize) -> Result<u64, ChainError> {
        Ok(self.rpc.get_minimum_balance_for_rent_exemption(len).await?)
    }
}

#[async_trait]
impl tessera_api::Chain for Chain {
    async fn latest_blockhash(&self) -> Result<Hash, tessera_api::Unreachable> {
        let blockhash = self.rpc.get_latest_blockhash().await;
        blockhash.map_err(|error| tessera_api::Unreachable(Box::new(error)))
    }
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chain").finish_non_exhaustive()
    }
}
