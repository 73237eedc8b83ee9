//! Sends transactions and reads the program's accounts over RPC.

mod error;

pub use error::ChainError;

use async_trait::async_trait;
use solana_account::Account as SolanaAccount;
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::Transaction;
use solana_transaction_status_client_types::TransactionConfirmationStatus;
use std::{collections::BTreeMap, time::Duration};
use tessera_client::{
    Account, decode,
    types::{
        Address,
        accounts::AccountType,
        carrier::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM},
    },
};
use tessera_indexer::source::{MAX_ACCOUNTS, RpcConfig, RpcSource, Source};
use tokio::time::{Instant, sleep};

/// Time between looks at a transaction's status.
const POLL: Duration = Duration::from_millis(100);
/// When a transaction that nobody saw is given up: a blockhash lives about a minute.
const EXPIRY: Duration = Duration::from_secs(75);

/// All accounts of the program at one moment.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    /// The slot at which they were read.
    pub slot: u64,
    /// By address.
    pub accounts: BTreeMap<Address, Account>,
}

/// What a token account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// The slot at which it was read.
    pub slot: u64,
    /// In the mint's smallest unit.
    pub amount: u64,
}

/// The amount in a token account of either token program; 0 in any other account.
fn token_amount(account: &SolanaAccount) -> u64 {
    Some(account)
        .filter(|account| [TOKEN_PROGRAM, TOKEN_2022_PROGRAM].contains(&account.owner))
        .and_then(|account| account.data.get(64..72)?.try_into().ok())
        .map_or(0, u64::from_le_bytes)
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

    /// First bytes of the network's genesis hash: an org states them, and its quotes name them.
    ///
    /// # Errors
    /// [`ChainError::Source`].
    pub async fn cluster_tag(&self) -> Result<[u8; 8], ChainError> {
        let hash = self.source.genesis_hash().await?;
        Ok(std::array::from_fn(|at| hash[at]))
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

    /// Balances of token accounts; 0 for one that does not exist.
    ///
    /// # Errors
    /// [`ChainError`] when the node cannot be read.
    pub async fn token_balances(
        &self,
        addresses: &[Address],
    ) -> Result<BTreeMap<Address, Balance>, ChainError> {
        let mut balances = BTreeMap::new();
        for chunk in addresses.chunks(MAX_ACCOUNTS) {
            let commitment = self.rpc.commitment();
            let answer = self
                .rpc
                .get_multiple_accounts_with_commitment(chunk, commitment)
                .await?;
            for (address, account) in chunk.iter().zip(answer.value) {
                let balance = Balance {
                    slot: answer.context.slot,
                    amount: account.as_ref().map_or(0, token_amount),
                };
                balances.insert(*address, balance);
            }
        }
        Ok(balances)
    }

    /// Any account, of any owner.
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
