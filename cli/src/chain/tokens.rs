//! What token accounts hold, and what transactions made of that.

use super::{Chain, ChainError};
use crate::audit::{Change, Vaults};
use async_trait::async_trait;
use solana_account::Account as SolanaAccount;
use solana_account_decoder_client_types::UiAccountEncoding;
use solana_rpc_client_api::config::{RpcAccountInfoConfig, RpcTransactionConfig};
use solana_signature::Signature;
use solana_transaction_status_client_types::{
    EncodedTransactionWithStatusMeta, UiLoadedAddresses, UiTransactionEncoding,
    UiTransactionTokenBalance,
};
use std::time::Duration;
use tessera_client::types::{
    Address,
    carrier::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM},
};
use tokio::time::{Instant, sleep};

/// How long a node may be behind the one that showed a slot.
const PATIENCE: Duration = Duration::from_secs(30);
/// Shorter than a slot takes.
const PAUSE: Duration = Duration::from_millis(200);

/// What token accounts hold, all at one slot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Balances {
    /// The slot.
    pub slot: u64,
    /// In the mint's smallest unit.
    pub balances: Vec<(Address, u64)>,
}

#[async_trait]
impl Vaults for Chain {
    async fn balances(&self, vaults: &[Address], min_slot: u64) -> Result<Balances, ChainError> {
        let started = Instant::now();
        loop {
            let config = RpcAccountInfoConfig {
                encoding: Some(UiAccountEncoding::Base64),
                commitment: Some(self.rpc.commitment()),
                min_context_slot: Some(min_slot),
                ..RpcAccountInfoConfig::default()
            };
            let answer = self
                .rpc
                .get_multiple_ui_accounts_with_config(vaults, config)
                .await?;
            let slot = answer.context.slot;
            // Some nodes take no notice of the slot that they must have seen.
            if slot >= min_slot {
                let accounts = answer.value.into_iter();
                let accounts = accounts.map(|it| it.and_then(|it| it.to_account()));
                let amounts = accounts.map(|it| it.as_ref().map_or(0, token_amount));
                return Ok(Balances {
                    slot,
                    balances: vaults.iter().copied().zip(amounts).collect(),
                });
            }
            if started.elapsed() > PATIENCE {
                return Err(ChainError::Behind(min_slot));
            }
            sleep(PAUSE).await;
        }
    }

    async fn change(
        &self,
        transaction: &Signature,
        vault: &Address,
    ) -> Result<Option<Change>, ChainError> {
        let config = RpcTransactionConfig {
            encoding: Some(UiTransactionEncoding::Base64),
            commitment: Some(self.rpc.commitment()),
            max_supported_transaction_version: Some(u8::MAX),
        };
        let answer = self
            .rpc
            .get_transaction_with_config(transaction, config)
            .await?;
        Ok(change(&answer.transaction, vault))
    }
}

/// The amount in a token account of either token program; 0 in any other account.
fn token_amount(account: &SolanaAccount) -> u64 {
    Some(account)
        .filter(|account| [TOKEN_PROGRAM, TOKEN_2022_PROGRAM].contains(&account.owner))
        .and_then(|account| account.data.get(64..72)?.try_into().ok())
        .map_or(0, u64::from_le_bytes)
}

fn change(answer: &EncodedTransactionWithStatusMeta, vault: &Address) -> Option<Change> {
    let message = answer.transaction.decode()?.message;
    let meta = answer.meta.as_ref()?;
    let loaded: Option<&UiLoadedAddresses> = meta.loaded_addresses.as_ref().into();
    let loaded = loaded.map(|it| it.writable.iter().chain(&it.readonly));
    let own = message.static_account_keys().iter();
    let place = own
        .map(ToString::to_string)
        .chain(loaded.into_iter().flatten().cloned())
        .position(|key| key == vault.to_string())?;
    let amount = |balances: Option<&Vec<UiTransactionTokenBalance>>| {
        let mut balances = balances?.iter();
        let of_vault = balances.find(|it| usize::from(it.account_index) == place)?;
        of_vault.ui_token_amount.amount.parse().ok()
    };
    let before = amount(meta.pre_token_balances.as_ref().into());
    let after = amount(meta.post_token_balances.as_ref().into());
    // An account that is not there yet, or no more, has no balance.
    (before.is_some() || after.is_some()).then_some(Change {
        before: before.unwrap_or(0),
        after: after.unwrap_or(0),
    })
}
