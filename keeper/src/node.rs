//! The keeper's requests to a node, in as few calls as the protocol allows.

use crate::error::Result;
use futures::{StreamExt, TryStreamExt, stream};
use solana_account::Account;
use solana_account_decoder_client_types::UiAccountEncoding;
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::config::{
    RpcAccountInfoConfig, RpcSendTransactionConfig, RpcSimulateTransactionConfig,
};
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use solana_transaction_status_client_types::TransactionStatus;
use std::collections::HashMap;
use tessera_client::types::Address;

/// Most accounts in a call.
pub(crate) const ACCOUNTS: usize = 100;
/// Most signatures in a call.
const STATUSES: usize = 256;
/// Most accounts in a request for recent fees.
const FEE_ACCOUNTS: usize = 128;
/// Concurrent calls.
const CALLS: usize = 8;

/// Addresses, the slot at which they were read, and what was found there.
type Reading<'a> = (&'a [Address], u64, Vec<Option<Account>>);

/// Accounts at a commitment; an address that is not in it has no account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Accounts {
    /// The lowest slot at which one of them was read.
    pub(crate) slot: u64,
    found: HashMap<Address, Account>,
}

impl Accounts {
    pub(crate) fn get(&self, address: &Address) -> Option<&Account> {
        self.found.get(address)
    }
}

/// The result of a simulation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Simulation {
    pub(crate) error: Option<TransactionError>,
    /// Compute units that it consumes.
    pub(crate) units: u64,
    /// Bytes of the accounts that it loads; none when the node does not state it.
    pub(crate) loaded: Option<u32>,
}

/// A blockhash for transactions, and how long it serves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Anchor {
    pub(crate) blockhash: Hash,
    /// The height of the last block that can hold them.
    pub(crate) serves_until: u64,
}

pub(crate) struct Node(RpcClient);

impl Node {
    pub(crate) fn new(rpc: RpcClient) -> Self {
        Self(rpc)
    }

    /// Reads accounts at confirmed commitment.
    pub(crate) async fn accounts(&self, addresses: &[Address]) -> Result<Accounts> {
        self.accounts_at(addresses, CommitmentConfig::confirmed())
            .await
    }

    /// Reads accounts at finalized commitment.
    pub(crate) async fn final_accounts(&self, addresses: &[Address]) -> Result<Accounts> {
        self.accounts_at(addresses, CommitmentConfig::finalized())
            .await
    }

    async fn accounts_at(
        &self,
        addresses: &[Address],
        commitment: CommitmentConfig,
    ) -> Result<Accounts> {
        // Compressed accounts, the library's default, are no shorter at a few hundred bytes and
        // cost both sides more time.
        let config = RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            commitment: Some(commitment),
            ..RpcAccountInfoConfig::default()
        };
        let readings: Vec<Reading> = stream::iter(addresses.chunks(ACCOUNTS))
            .map(async |chunk| {
                let answer = self
                    .0
                    .get_multiple_ui_accounts_with_config(chunk, config.clone())
                    .await?;
                let found = answer.value.into_iter().map(|it| it?.to_account());
                crate::Result::Ok((chunk, answer.context.slot, found.collect()))
            })
            .buffered(CALLS)
            .try_collect()
            .await?;
        let mut accounts = Accounts {
            slot: readings.iter().map(|it| it.1).min().unwrap_or(0),
            ..Accounts::default()
        };
        for (chunk, _, found) in readings {
            let known = chunk.iter().zip(found);
            accounts
                .found
                .extend(known.filter_map(|(address, it)| Some((*address, it?))));
        }
        Ok(accounts)
    }

    /// Simulates a transaction, which may be unsigned, on a blockhash of the node.
    pub(crate) async fn simulate(&self, transaction: &VersionedTransaction) -> Result<Simulation> {
        let config = RpcSimulateTransactionConfig {
            sig_verify: false,
            replace_recent_blockhash: true,
            commitment: Some(CommitmentConfig::confirmed()),
            ..RpcSimulateTransactionConfig::default()
        };
        let simulated = self
            .0
            .simulate_transaction_with_config(transaction, config)
            .await?;
        Ok(Simulation {
            error: simulated.value.err.map(Into::into),
            units: simulated.value.units_consumed.unwrap_or(0),
            loaded: simulated.value.loaded_accounts_data_size,
        })
    }

    /// Sends a transaction that has already been simulated, and does not wait for it.
    pub(crate) async fn send(&self, transaction: &VersionedTransaction) -> Result<()> {
        let config = RpcSendTransactionConfig {
            skip_preflight: true,
            max_retries: Some(0),
            ..RpcSendTransactionConfig::default()
        };
        self.0
            .send_transaction_with_config(transaction, config)
            .await?;
        Ok(())
    }

    /// The statuses of transactions, in order; with `history` also of old ones.
    pub(crate) async fn statuses(
        &self,
        signatures: &[Signature],
        history: bool,
    ) -> Result<Vec<Option<TransactionStatus>>> {
        let mut statuses = Vec::with_capacity(signatures.len());
        for chunk in signatures.chunks(STATUSES) {
            let answer = match history {
                true => self.0.get_signature_statuses_with_history(chunk).await?,
                false => self.0.get_signature_statuses(chunk).await?,
            };
            statuses.extend(answer.value);
        }
        Ok(statuses)
    }

    pub(crate) async fn blockhash(&self) -> Result<Anchor> {
        let confirmed = CommitmentConfig::confirmed();
        let answer = self
            .0
            .get_latest_blockhash_with_commitment(confirmed)
            .await?;
        Ok(Anchor {
            blockhash: answer.0,
            serves_until: answer.1,
        })
    }

    /// The block height at confirmed commitment.
    pub(crate) async fn height(&self) -> Result<u64> {
        let confirmed = CommitmentConfig::confirmed();
        Ok(self.0.get_block_height_with_commitment(confirmed).await?)
    }

    /// Hash of the network's genesis.
    pub(crate) async fn genesis(&self) -> Result<[u8; 32]> {
        Ok(self.0.get_genesis_hash().await?.to_bytes())
    }

    /// Priority fees that recent writers of these accounts paid for a compute unit, micro-lamports,
    /// one for each recent slot.
    pub(crate) async fn recent_fees(&self, written: &[Address]) -> Result<Vec<u64>> {
        let asked = &written[..written.len().min(FEE_ACCOUNTS)];
        let fees = self.0.get_recent_prioritization_fees(asked).await?;
        Ok(fees.into_iter().map(|it| it.prioritization_fee).collect())
    }
}
