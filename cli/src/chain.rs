//! Sends transactions and reads the program's accounts over RPC.

mod error;
mod failover;
mod tokens;

pub use error::ChainError;
pub(crate) use failover::client;

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
use solana_transaction_error::TransactionError;
use solana_transaction_status_client_types::TransactionConfirmationStatus;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tessera_client::{
    Account, decode,
    types::{Address, accounts::AccountType},
};
use tessera_indexer::node::{AllAccounts, Commitment, Node, NodeError, RpcNode, RpcNodeConfig};
use tokio::time::{Instant, sleep};

/// Time between looks at a transaction's status.
const POLL: Duration = Duration::from_millis(100);
/// When an unseen transaction is given up: a blockhash lives about a minute.
const EXPIRY: Duration = Duration::from_secs(75);

/// All accounts of the program at one moment.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    /// The slot at which they were read.
    pub slot: u64,
    /// By address.
    pub accounts: BTreeMap<Address, Account>,
}

/// The network through its nodes, at confirmed commitment.
pub struct Chain {
    rpc: Arc<RpcClient>,
    node: Arc<RpcNode>,
}

impl Chain {
    /// The network through the node at `rpc_url`; sends no request yet.
    ///
    /// # Errors
    /// [`NodeError`] when the address is invalid.
    pub fn new(rpc_url: &str) -> Result<Self, NodeError> {
        let node = RpcNode::new(&RpcNodeConfig::new([rpc_url]))?;
        Ok(Self::over(Arc::new(node)))
    }

    /// The network through `node`; sends no request yet.
    pub fn over(node: Arc<RpcNode>) -> Self {
        Self {
            rpc: Arc::new(client(node.clone())),
            node,
        }
    }

    /// The node that audit and index read.
    pub fn node(&self) -> Arc<RpcNode> {
        self.node.clone()
    }

    /// Sends a transaction that `payer` pays and signs with `signers`, and waits until it is
    /// confirmed.
    ///
    /// # Errors
    /// [`ChainError`]; [`ChainError::Expired`] when no node knows the transaction.
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

    /// Signs a transaction that somebody else built for `wallet` to pay and sign alone, sends it, and
    /// waits until it is confirmed.
    ///
    /// # Errors
    /// [`ChainError`]; [`ChainError::Expired`] when no node knows the transaction.
    pub async fn complete(
        &self,
        mut transaction: Transaction,
        wallet: &Keypair,
    ) -> Result<Signature, ChainError> {
        transaction.sign(&[wallet], self.rpc.get_latest_blockhash().await?);
        self.submit(&transaction).await
    }

    /// Sends a signed transaction, and waits until it is confirmed.
    ///
    /// # Errors
    /// [`ChainError`]; [`ChainError::Expired`] when no node knows the transaction.
    pub async fn submit(&self, transaction: &Transaction) -> Result<Signature, ChainError> {
        let config = RpcSendTransactionConfig {
            preflight_commitment: Some(CommitmentConfig::confirmed().commitment),
            ..RpcSendTransactionConfig::default()
        };
        let sent = self
            .rpc
            .send_transaction_with_config(transaction, config)
            .await;
        let signature = match sent.map_err(ChainError::from) {
            Ok(signature) => signature,
            // An endpoint's answer was lost, and another one already knows the transaction.
            Err(ChainError::Failed(TransactionError::AlreadyProcessed)) => {
                transaction.signatures.first().copied().unwrap_or_default()
            }
            Err(error) => return Err(error),
        };
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
        // The transaction can no longer happen; a node with history says whether it did.
        let statuses = self
            .rpc
            .get_signature_statuses_with_history(&[signature])
            .await?;
        match statuses.value.into_iter().next().flatten() {
            Some(status) => status.err.map_or(Ok(()), |error| Err(error.into())),
            None => Err(ChainError::Expired(signature)),
        }
    }

    /// First bytes of the network's genesis hash: an org states them, and its quotes name them.
    ///
    /// # Errors
    /// [`ChainError::Node`].
    pub async fn cluster_tag(&self) -> Result<[u8; 8], ChainError> {
        let hash = self.node.genesis_hash().await?;
        Ok(std::array::from_fn(|at| hash[at]))
    }

    /// The network's clock, Unix seconds.
    ///
    /// # Errors
    /// [`ChainError::Node`].
    pub async fn now(&self) -> Result<i64, ChainError> {
        Ok(self.node.tip(Commitment::Confirmed).await?.at)
    }

    /// One of the program's accounts; none when it does not exist.
    ///
    /// # Errors
    /// [`ChainError`] when the node cannot be read or the account is of another kind.
    pub async fn account<T: AccountType>(
        &self,
        address: &Address,
    ) -> Result<Option<T>, ChainError> {
        let reading = self.node.accounts(&[*address], 0).await?;
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
        let mut accounts = BTreeMap::new();
        let mut slot = 0;
        let mut parts = AllAccounts::new(&*self.node);
        while let Some(reading) = parts.next(0).await? {
            slot = slot.max(reading.slot);
            for (address, data) in reading.accounts {
                let data = data.unwrap_or_default();
                let account = Account::decode(&data)
                    .map_err(|source| ChainError::Decode { address, source })?;
                accounts.insert(address, account);
            }
        }
        Ok(Accounts { slot, accounts })
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
impl tessera_engine::pricing::Chain for Chain {
    async fn latest_blockhash(&self) -> Result<Hash, tessera_engine::pricing::Unreachable> {
        let unreachable = |error: ChainError| tessera_engine::pricing::Unreachable(Box::new(error));
        // In a task of its own: a caller that gives up does not lose what was learned about the
        // endpoints.
        let rpc = self.rpc.clone();
        let asked = tokio::spawn(async move { rpc.get_latest_blockhash().await });
        match asked.await {
            Ok(blockhash) => blockhash.map_err(|error| unreachable(error.into())),
            Err(error) => Err(tessera_engine::pricing::Unreachable(Box::new(error))),
        }
    }
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chain").finish_non_exhaustive()
    }
}
