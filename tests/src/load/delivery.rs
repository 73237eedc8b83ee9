//! Delivers transactions: sends them concurrently, and again until they are confirmed.

use super::Step;
use anyhow::{Result, bail};
use futures::{StreamExt, stream};
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::Transaction;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Concurrent requests.
const AT_ONCE: usize = 16;
/// Most signatures in a call.
const MAX_STATUSES: usize = 256;
/// Time between looks.
const POLL: Duration = Duration::from_millis(20);
/// Looks before a transaction is sent again.
const LOOKS: u32 = 25;
/// Time after which transactions are given up.
const EXPIRY: Duration = Duration::from_secs(60);

/// Sends transactions, and returns when all are confirmed.
///
/// # Errors
/// When one fails, or is not confirmed in time.
pub(super) async fn deliver(rpc: &RpcClient, steps: &[Step]) -> Result<Vec<Signature>> {
    // The newest blockhash, so that the same step in the next round is another transaction.
    let newest = CommitmentConfig::processed();
    let (blockhash, _) = rpc.get_latest_blockhash_with_commitment(newest).await?;
    let mut open = Vec::with_capacity(steps.len());
    for step in steps {
        let payer = step.signers.first().map(Signer::pubkey);
        let mut transaction = Transaction::new_with_payer(&step.instructions, payer.as_ref());
        let signers: Vec<&dyn Signer> = step.signers.iter().map(|it| it as _).collect();
        transaction.try_sign(&signers, blockhash)?;
        open.push(transaction);
    }
    let signatures = open.iter().map(|it| it.signatures[0]).collect();
    let deadline = Instant::now() + EXPIRY;
    while !open.is_empty() {
        let refusal = send(rpc, &open).await;
        for _ in 0..LOOKS {
            let confirmed = confirmed(rpc, &open).await?;
            let mut confirmed = confirmed.into_iter();
            open.retain(|_| !confirmed.next().unwrap_or(false));
            if open.is_empty() {
                break;
            }
            sleep(POLL).await;
        }
        if !open.is_empty() && Instant::now() > deadline {
            bail!("{} transactions are not confirmed: {refusal:?}", open.len());
        }
    }
    Ok(signatures)
}

/// Sends transactions and returns the last refusal, if any: a refused transaction may already be on
/// its way.
async fn send(rpc: &RpcClient, transactions: &[Transaction]) -> Option<String> {
    let config = RpcSendTransactionConfig {
        skip_preflight: true,
        ..RpcSendTransactionConfig::default()
    };
    let sends = transactions
        .iter()
        .map(|transaction| rpc.send_transaction_with_config(transaction, config));
    let refusals = stream::iter(sends)
        .buffer_unordered(AT_ONCE)
        .filter_map(async |sent| sent.err());
    let refusals: Vec<_> = refusals.collect().await;
    refusals.last().map(ToString::to_string)
}

/// Whether each is confirmed; an error when one failed. If the node does not answer, none counts as
/// confirmed.
async fn confirmed(rpc: &RpcClient, transactions: &[Transaction]) -> Result<Vec<bool>> {
    let mut confirmed = Vec::with_capacity(transactions.len());
    for chunk in transactions.chunks(MAX_STATUSES) {
        let names: Vec<Signature> = chunk.iter().map(|it| it.signatures[0]).collect();
        let answer = rpc.get_signature_statuses(&names).await;
        let statuses = answer.map_or_else(|_| vec![None; names.len()], |answer| answer.value);
        for (name, status) in names.iter().zip(statuses) {
            let status = status.as_ref();
            if let Some(error) = status.and_then(|status| status.err.as_ref()) {
                bail!("{name} failed: {error}");
            }
            let commitment = CommitmentConfig::confirmed();
            confirmed.push(status.is_some_and(|it| it.satisfies_commitment(commitment)));
        }
    }
    Ok(confirmed)
}
