//! A node over JSON-RPC. Failures that pass are tried again, with growing and jittered pauses;
//! those that remain are counted by method and returned.

use super::{
    MAX_SIGNATURES, Reading, Result, SignatureInfo, Source, Tip, Transaction, async_trait,
};
use crate::{IndexerError, metrics};
use serde_json::{Value, json};
use solana_account_decoder_client_types::{UiAccount, UiAccountEncoding};
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::{
    client_error::{Error as ClientError, ErrorKind},
    config::{
        RpcAccountInfoConfig, RpcProgramAccountsConfig, RpcSignaturesForAddressConfig,
        RpcTransactionConfig,
    },
    custom_error::{
        JSON_RPC_SERVER_ERROR_BLOCK_NOT_AVAILABLE,
        JSON_RPC_SERVER_ERROR_BLOCK_STATUS_NOT_AVAILABLE_YET,
        JSON_RPC_SERVER_ERROR_LONG_TERM_STORAGE_UNREACHABLE,
        JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED, JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY,
    },
    request::{RpcError, RpcRequest},
    response::{Response, RpcConfirmedTransactionStatusWithSignature, RpcKeyedAccount},
};
use solana_signature::Signature;
use solana_transaction_status_client_types::{
    EncodedConfirmedTransactionWithStatusMeta, TransactionConfirmationStatus, UiTransactionEncoding,
};
use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};
use tessera_client::{rpc, types};

/// The clock's account.
const CLOCK: Address = Address::from_str_const("SysvarC1ock11111111111111111111111111111111");
/// Where the clock's account keeps the Unix time.
const CLOCK_UNIX_TIME: std::ops::Range<usize> = 32..40;
/// Newest transaction format that is understood.
const MAX_TRANSACTION_VERSION: u8 = 1;

/// How a node is asked.
#[derive(Debug, Clone)]
pub struct RpcConfig {
    /// HTTP address of the node.
    pub url: String,
    /// How long one request may take.
    pub timeout: Duration,
    /// How often a request is tried.
    pub attempts: u32,
    /// Pause after the first failure; it doubles each time.
    pub pause: Duration,
}

impl RpcConfig {
    /// 30 seconds a request, five attempts within about eight seconds.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            timeout: Duration::from_secs(30),
            attempts: 5,
            pause: Duration::from_millis(500),
        }
    }
}

/// A node over JSON-RPC.
pub struct RpcSource {
    client: RpcClient,
    attempts: u32,
    pause: Duration,
}

impl RpcSource {
    /// A source that connects when it is first asked.
    pub fn new(config: &RpcConfig) -> Self {
        Self {
            client: RpcClient::new_with_timeout_and_commitment(
                config.url.clone(),
                config.timeout,
                CommitmentConfig::confirmed(),
            ),
            attempts: config.attempts,
            pause: config.pause,
        }
    }

    async fn call<T: serde::de::DeserializeOwned>(
        &self,
        request: RpcRequest,
        params: Value,
    ) -> Result<T> {
        let mut pause = self.pause;
        let mut attempt = 1;
        loop {
            match self.client.send(request, params.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    metrics::rpc_error(request.as_str());
                    if attempt >= self.attempts || !passes(&error) {
                        return Err(IndexerError::Rpc {
                            method: request.as_str(),
                            source: Box::new(error),
                        });
                    }
                }
            }
            attempt += 1;
            tokio::time::sleep(jittered(pause)).await;
            pause *= 2;
        }
    }
}

#[async_trait]
impl Source for RpcSource {
    async fn genesis_hash(&self) -> Result<[u8; 32]> {
        let hash: String = self.call(RpcRequest::GetGenesisHash, Value::Null).await?;
        let hash: Address = hash.parse().map_err(|_| IndexerError::Malformed {
            method: RpcRequest::GetGenesisHash.as_str(),
            missing: "a hash",
        })?;
        Ok(hash.to_bytes())
    }

    async fn tip(&self) -> Result<Tip> {
        let answer: Response<Option<UiAccount>> = self
            .call(
                RpcRequest::GetAccountInfo,
                json!([CLOCK.to_string(), account_config(0)]),
            )
            .await?;
        let at = answer
            .value
            .and_then(|account| account.data.decode())
            .and_then(|data| data.get(CLOCK_UNIX_TIME)?.try_into().ok())
            .map(i64::from_le_bytes)
            .ok_or(IndexerError::Malformed {
                method: RpcRequest::GetAccountInfo.as_str(),
                missing: "the clock",
            })?;
        Ok(Tip {
            slot: answer.context.slot,
            at,
        })
    }

    async fn program_accounts(&self, min_slot: u64) -> Result<Reading> {
        let config = RpcProgramAccountsConfig {
            account_config: account_config(min_slot),
            with_context: Some(true),
            ..Default::default()
        };
        let answer: Response<Vec<RpcKeyedAccount>> = self
            .call(
                RpcRequest::GetProgramAccounts,
                json!([types::ID.to_string(), config]),
            )
            .await?;
        let method = RpcRequest::GetProgramAccounts.as_str();
        let accounts = answer
            .value
            .into_iter()
            .map(|keyed| {
                let address = keyed.pubkey.parse().map_err(|_| IndexerError::Malformed {
                    method,
                    missing: "an address",
                })?;
                Ok((address, data(keyed.account, method)?))
            })
            .collect::<Result<_>>()?;
        Ok(Reading {
            slot: answer.context.slot,
            accounts,
        })
    }

    async fn accounts(&self, addresses: &[Address], min_slot: u64) -> Result<Reading> {
        let names: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let answer: Response<Vec<Option<UiAccount>>> = self
            .call(
                RpcRequest::GetMultipleAccounts,
                json!([names, account_config(min_slot)]),
            )
            .await?;
        let method = RpcRequest::GetMultipleAccounts.as_str();
        if answer.value.len() != addresses.len() {
            return Err(IndexerError::Malformed {
                method,
                missing: "an account for each address",
            });
        }
        let accounts = addresses
            .iter()
            .zip(answer.value)
            .map(|(address, account)| {
                let data = account.map_or(Ok(None), |account| data(account, method))?;
                Ok((*address, data))
            })
            .collect::<Result<_>>()?;
        Ok(Reading {
            slot: answer.context.slot,
            accounts,
        })
    }

    async fn signatures(
        &self,
        before: Option<Signature>,
        until: Option<Signature>,
        min_slot: u64,
    ) -> Result<Vec<SignatureInfo>> {
        let config = RpcSignaturesForAddressConfig {
            before: before.map(|signature| signature.to_string()),
            until: until.map(|signature| signature.to_string()),
            limit: Some(MAX_SIGNATURES),
            commitment: Some(CommitmentConfig::confirmed()),
            min_context_slot: Some(min_slot),
        };
        let answer: Vec<RpcConfirmedTransactionStatusWithSignature> = self
            .call(
                RpcRequest::GetSignaturesForAddress,
                json!([types::ID.to_string(), config]),
            )
            .await?;
        answer
            .into_iter()
            // Surfpool lists transactions of the block that it still builds, in no order.
            .filter(|info| {
                info.confirmation_status != Some(TransactionConfirmationStatus::Processed)
            })
            .map(|info| {
                Ok(SignatureInfo {
                    signature: info
                        .signature
                        .parse()
                        .map_err(|_| IndexerError::Malformed {
                            method: RpcRequest::GetSignaturesForAddress.as_str(),
                            missing: "a signature",
                        })?,
                    slot: info.slot,
                    failed: info.err.is_some(),
                })
            })
            .collect()
    }

    async fn transaction(&self, signature: Signature) -> Result<Transaction> {
        let config = RpcTransactionConfig {
            encoding: Some(UiTransactionEncoding::Base64),
            commitment: Some(CommitmentConfig::confirmed()),
            max_supported_transaction_version: Some(MAX_TRANSACTION_VERSION),
        };
        let answer: Option<EncodedConfirmedTransactionWithStatusMeta> = self
            .call(
                RpcRequest::GetTransaction,
                json!([signature.to_string(), config]),
            )
            .await?;
        let answer = answer.ok_or(IndexerError::UnknownTransaction(signature))?;
        transaction(signature, answer)
    }
}

fn account_config(min_slot: u64) -> RpcAccountInfoConfig {
    RpcAccountInfoConfig {
        encoding: Some(UiAccountEncoding::Base64),
        commitment: Some(CommitmentConfig::confirmed()),
        min_context_slot: Some(min_slot),
        data_slice: None,
    }
}

fn data(account: UiAccount, method: &'static str) -> Result<Option<Vec<u8>>> {
    if account.owner != types::ID.to_string() {
        return Ok(None);
    }
    let data = account.data.decode().ok_or(IndexerError::Malformed {
        method,
        missing: "an account's bytes",
    })?;
    Ok(Some(data))
}

fn transaction(
    signature: Signature,
    answer: EncodedConfirmedTransactionWithStatusMeta,
) -> Result<Transaction> {
    let calls = rpc::calls(&answer.transaction)
        .map_err(|source| IndexerError::Answer { signature, source })?;
    let malformed = |missing| IndexerError::Malformed {
        method: RpcRequest::GetTransaction.as_str(),
        missing,
    };
    let meta = answer
        .transaction
        .meta
        .ok_or_else(|| malformed("the transaction's outcome"))?;
    let message = answer
        .transaction
        .transaction
        .decode()
        .ok_or_else(|| malformed("the transaction's bytes"))?
        .message;

    // Static keys are writable signers, readonly signers, writable others, readonly others.
    let keys = message.static_account_keys();
    let header = message.header();
    let signers = usize::from(header.num_required_signatures);
    let writable_signers = signers - usize::from(header.num_readonly_signed_accounts);
    let writable_end = keys.len() - usize::from(header.num_readonly_unsigned_accounts);
    let mut writable = [&keys[..writable_signers], &keys[signers..writable_end]].concat();
    if let Some(loaded) = Option::from(meta.loaded_addresses.as_ref()) {
        let loaded: &solana_transaction_status_client_types::UiLoadedAddresses = loaded;
        for address in &loaded.writable {
            writable.push(address.parse().map_err(|_| malformed("a loaded address"))?);
        }
    }
    Ok(Transaction {
        slot: answer.slot,
        calls,
        writable,
    })
}

/// Whether the same request may succeed a little later.
fn passes(error: &ClientError) -> bool {
    match error.kind() {
        // Answers that are cut off do not parse; a proxy's error page does not either.
        ErrorKind::Io(_) | ErrorKind::Middleware(_) | ErrorKind::SerdeJson(_) => true,
        ErrorKind::Reqwest(error) => error
            .status()
            .is_none_or(|status| status.is_server_error() || status.as_u16() == 429),
        ErrorKind::RpcError(RpcError::RpcResponseError { code, .. }) => matches!(
            *code,
            JSON_RPC_SERVER_ERROR_BLOCK_NOT_AVAILABLE
                | JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY
                | JSON_RPC_SERVER_ERROR_BLOCK_STATUS_NOT_AVAILABLE_YET
                | JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED
                | JSON_RPC_SERVER_ERROR_LONG_TERM_STORAGE_UNREACHABLE
        ),
        ErrorKind::RpcError(RpcError::RpcRequestError(_)) => true,
        _ => false,
    }
}

/// Between half of `pause` and the whole.
fn jittered(pause: Duration) -> Duration {
    let random = RandomState::new().hash_one(()) % 1_024;
    let share = u32::try_from(random).unwrap_or(0);
    pause / 2 + pause / 2 * share / 1_024
}
