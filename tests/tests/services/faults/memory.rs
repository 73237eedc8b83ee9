//! How much memory it takes to walk a long history.

use super::{Scene, tessera};
use crate::support::database::Mirror;
use anyhow::{Context, Result, ensure};
use solana_commitment_config::CommitmentConfig;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_signer::Signer;
use solana_system_interface::instruction::transfer;
use solana_transaction::Transaction;
use std::{process::Stdio, time::Duration};
use tessera_client::types::ID;
use tokio::{process::Command, time::sleep};

/// Transactions of a stranger, each with as many bytes of calls as there is room for.
const LONG: u64 = 2_500;
/// What a longer history may take beyond a short one, KiB.
const MORE: u64 = 48 << 10;

/// Fills an empty mirror by a process of its own; the most memory that it had, KiB.
async fn peak(scene: &Scene) -> Result<u64> {
    let mirror = Mirror::create().await?;
    let mut child = Command::new(tessera()?)
        .arg("backfill")
        .args(["--rpc-url", &scene.network.rpc_url()])
        .args(["--database-url", &mirror.url])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let status = format!("/proc/{}/status", child.id().context("a process")?);
    let mut peak = 0;
    let ended = loop {
        if let Ok(status) = std::fs::read_to_string(&status) {
            let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
            let kib = line.and_then(|it| it.trim().strip_suffix(" kB")?.parse().ok());
            peak = kib.unwrap_or(0).max(peak);
        }
        match child.try_wait()? {
            Some(ended) => break ended,
            None => sleep(Duration::from_millis(5)).await,
        }
    };
    ensure!(ended.success(), "backfill ended with {ended}");
    let stored = sqlx::query_scalar::<_, i64>("select count(*) from receipt")
        .fetch_one(&mirror.pool)
        .await?;
    ensure!(stored.unsigned_abs() == scene.load.receipts(), "{stored}");
    Ok(peak)
}

/// Sends what names the program `LONG` times.
async fn flood(scene: &Scene) -> Result<()> {
    let url = scene.network.rpc_url();
    let rpc = RpcClient::new_with_commitment(url, CommitmentConfig::processed());
    let key = Keypair::new();
    let payer = key.pubkey();
    scene.network.airdrop(&payer, 1_000_000_000_000).await?;
    let mut blockhash = rpc.get_latest_blockhash().await?;
    for number in 1..=LONG {
        if number.is_multiple_of(64) {
            blockhash = rpc.get_latest_blockhash().await?;
        }
        let mut naming = transfer(&payer, &payer, number);
        naming.accounts.push(AccountMeta::new_readonly(ID, false));
        naming.data.extend([7; 900]);
        let instructions: [Instruction; 1] = [naming];
        let signed =
            Transaction::new_signed_with_payer(&instructions, Some(&payer), &[&key], blockhash);
        let config = RpcSendTransactionConfig {
            skip_preflight: true,
            ..RpcSendTransactionConfig::default()
        };
        rpc.send_transaction_with_config(&signed, config).await?;
    }
    settled(&rpc).await
}

/// Until all so far is final.
async fn settled(rpc: &RpcClient) -> Result<()> {
    let now = rpc.get_slot().await?;
    let finalized = CommitmentConfig::finalized();
    while rpc.get_slot_with_commitment(finalized).await? <= now {
        sleep(super::LOOK).await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_takes_no_more_memory_than_a_short_one() -> Result<()> {
    let scene = Scene::start(1301).await?;
    let url = scene.network.rpc_url();
    let rpc = RpcClient::new_with_commitment(url, CommitmentConfig::processed());
    settled(&rpc).await?;
    let short = peak(&scene).await?;
    flood(&scene).await?;
    let long = peak(&scene).await?;
    println!(
        "fault table: memory ceiling: {short} KiB for {} transactions, {long} KiB for {} more",
        scene.load.signatures().len(),
        LONG
    );
    ensure!(long < short + MORE, "{short} KiB became {long} KiB");
    Ok(())
}
