//! The earlier way: each due subscription read by itself, charged in a transaction of its own, and
//! waited for, sixteen at a time.

use anyhow::{Context, Result, bail};
use futures::{StreamExt, TryStreamExt, stream};
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_signer::Signer;
use solana_transaction::Transaction;
use std::time::Duration;
use tessera_client::{
    decode,
    instructions::Charge,
    keeper,
    types::{
        Address,
        accounts::{AccountType, Plan, Subscription},
    },
};
use tessera_store::{
    PgPool,
    mirror::keeper::{Candidate, Mark, Scope, candidates},
};

const PAGE: i64 = 500;
const CONCURRENCY: usize = 16;
const POLL: Duration = Duration::from_millis(100);
const LOOKS: u32 = 300;

/// Charges everything that is due. How many.
pub(crate) async fn charge_all(rpc: &RpcClient, pool: &PgPool, key: &Keypair) -> Result<u64> {
    let clock = rpc
        .get_account_data(&solana_sdk_ids::sysvar::clock::ID)
        .await?;
    let now = i64::from_le_bytes(*clock.last_chunk().context("a clock")?);
    let (mut charged, mut after) = (0, None);
    loop {
        let page = {
            let mut conn = pool.acquire().await?;
            candidates(&mut conn, &Scope::default(), now, after, PAGE).await?
        };
        let Some(last) = page.last() else {
            return Ok(charged);
        };
        after = Some(Mark {
            next_due: last.next_due,
            address: last.address,
        });
        let charges: Vec<()> = stream::iter(page)
            .map(|it| charge(rpc, key, it))
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await?;
        charged += charges.len() as u64;
    }
}

async fn charge(rpc: &RpcClient, key: &Keypair, it: Candidate) -> Result<()> {
    let subscription: Subscription = read(rpc, &Address::from(it.address.0)).await?;
    let plan: Plan = read(rpc, &keeper::plan(&subscription)).await?;
    let charge = Charge {
        subscription: &subscription,
        plan: &plan,
        keeper_token: None,
    };
    let blockhash = rpc.get_latest_blockhash().await?;
    let payer = Some(&key.pubkey());
    let transaction =
        Transaction::new_signed_with_payer(&[charge.into()], payer, &[key], blockhash);
    let config = RpcSendTransactionConfig {
        preflight_commitment: Some(CommitmentConfig::confirmed().commitment),
        ..RpcSendTransactionConfig::default()
    };
    let signature = rpc
        .send_transaction_with_config(&transaction, config)
        .await?;
    for _ in 0..LOOKS {
        let statuses = rpc.get_signature_statuses(&[signature]).await?;
        if let Some(Some(status)) = statuses.value.into_iter().next() {
            if let Some(error) = &status.err {
                bail!("{error}");
            }
            if status.satisfies_commitment(CommitmentConfig::confirmed()) {
                return Ok(());
            }
        }
        tokio::time::sleep(POLL).await;
    }
    bail!("{signature} is not confirmed")
}

async fn read<T: AccountType>(rpc: &RpcClient, address: &Address) -> Result<T> {
    let accounts = rpc.get_multiple_accounts(&[*address]).await?;
    let account = accounts.into_iter().next().flatten();
    Ok(decode::account(&account.context("no such account")?.data)?)
}
