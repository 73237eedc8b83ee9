//! Start, deploy, pay, travel, pay again, stop.

use std::{
    cmp::Reverse,
    net::TcpListener,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_sdk_ids::bpf_loader_upgradeable;
use solana_signer::Signer;
use solana_system_interface::instruction::transfer;
use solana_transaction::Transaction;
use tessera_localnet::{Error, Network, NetworkConfig, Program};

const SOL: u64 = 1_000_000_000;
const MONTH: u32 = 30 * 24 * 60 * 60;

/// Pays from `payer` and waits until the payment is confirmed.
async fn pay(rpc: &RpcClient, payer: &Keypair, lamports: u64) -> Result<()> {
    let to = Keypair::new().pubkey();
    let blockhash = rpc.get_latest_blockhash().await?;
    let payment = Transaction::new_signed_with_payer(
        &[transfer(&payer.pubkey(), &to, lamports)],
        Some(&payer.pubkey()),
        &[payer],
        blockhash,
    );
    rpc.send_and_confirm_transaction(&payment).await?;
    assert_eq!(rpc.get_balance(&to).await?, lamports);
    Ok(())
}

fn client(network: &Network) -> RpcClient {
    RpcClient::new_with_commitment(network.rpc_url(), CommitmentConfig::confirmed())
}

// One thread only: the network must not need its caller's.
#[tokio::test]
async fn pays_and_travels_again_and_again() -> Result<()> {
    let payer = Keypair::new();
    let network = Network::start(NetworkConfig {
        funded: vec![(payer.pubkey(), 5 * SOL)],
        ..NetworkConfig::for_tests()
    })
    .await?;
    let rpc = client(&network);
    assert_eq!(rpc.get_balance(&payer.pubkey()).await?, 5 * SOL);
    network.airdrop(&payer.pubkey(), SOL).await?;
    assert_eq!(rpc.get_balance(&payer.pubkey()).await?, 6 * SOL);
    pay(&rpc, &payer, SOL / 10).await?;

    for _ in 0..10 {
        let before = network.now().await?;
        let after = network.advance(MONTH).await?;
        assert!((0..30).contains(&(after - before - i64::from(MONTH))));
        pay(&rpc, &payer, SOL / 10).await?;
    }

    // What reads the past finds it, at the times when it happened.
    let history = rpc.get_signatures_for_address(&payer.pubkey()).await?;
    assert!(history.is_sorted_by_key(|entry| Reverse(entry.slot)));
    let times: Vec<i64> = history
        .iter()
        .filter_map(|entry| entry.block_time)
        .collect();
    assert_eq!(times.len(), 13);
    assert!(times[0] - times[12] >= 10 * i64::from(MONTH));
    network.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_hash_from_before_a_jump_serves_after_it() -> Result<()> {
    let payer = Keypair::new();
    let network = Network::start(NetworkConfig {
        funded: vec![(payer.pubkey(), SOL)],
        ..NetworkConfig::for_tests()
    })
    .await?;
    let rpc = client(&network);
    let blockhash = rpc.get_latest_blockhash().await?;
    network.advance(MONTH).await?;
    let payment = Transaction::new_signed_with_payer(
        &[transfer(
            &payer.pubkey(),
            &Keypair::new().pubkey(),
            SOL / 10,
        )],
        Some(&payer.pubkey()),
        &[&payer],
        blockhash,
    );
    rpc.send_and_confirm_transaction(&payment).await?;
    Ok(())
}

#[tokio::test]
async fn a_program_runs_once_the_network_has_started() -> Result<()> {
    let elf = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../target/deploy/tessera.so"
    ))
    .context("the program is not built: run scripts/build-program")?;
    let payer = Keypair::new();
    let network = Network::start(NetworkConfig {
        programs: vec![Program {
            id: tessera_types::ID,
            elf,
            upgrade_authority: payer.pubkey(),
        }],
        funded: vec![(payer.pubkey(), SOL)],
        ..NetworkConfig::for_tests()
    })
    .await?;
    let rpc = client(&network);

    // No instruction has this number, and only the program itself can tell.
    let call = Instruction::new_with_bytes(tessera_types::ID, &[u8::MAX - 1], vec![]);
    let blockhash = rpc.get_latest_blockhash().await?;
    let transaction =
        Transaction::new_signed_with_payer(&[call], Some(&payer.pubkey()), &[&payer], blockhash);
    let simulated = rpc.simulate_transaction(&transaction).await?.value;
    assert!(simulated.err.is_some());
    let consumed = simulated.units_consumed.unwrap_or_default();
    assert!((1..5_000).contains(&consumed), "{:?}", simulated.logs);

    // Where the loader says who may upgrade it: behind the kind, the slot and that there is somebody.
    let (data, _) =
        Address::find_program_address(&[tessera_types::ID.as_ref()], &bpf_loader_upgradeable::ID);
    let data = rpc.get_account_data(&data).await?;
    assert_eq!(data[12], 1);
    assert_eq!(data[13..45], payer.pubkey().to_bytes());
    Ok(())
}

#[tokio::test]
async fn time_never_runs_back() -> Result<()> {
    let network = Network::start(NetworkConfig::for_tests()).await?;
    let rpc = client(&network);
    let start = network.now().await?;
    assert!(network.advance_to(start - 1_000).await? >= start);

    let (mut time, mut slot) = (start, rpc.get_slot().await?);
    for seconds in [0, 1, 0, 2, 1, 3] {
        let now = network.advance(seconds).await?;
        assert!(now >= time + i64::from(seconds));
        let reached = rpc.get_slot().await?;
        assert!(reached >= slot);
        (time, slot) = (now, reached);
    }
    Ok(())
}

#[tokio::test]
async fn a_network_starts_in_the_past_and_reaches_the_present() -> Result<()> {
    let payer = Keypair::new();
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    let start = now - 12 * i64::from(MONTH);
    let network = Network::start(NetworkConfig {
        funded: vec![(payer.pubkey(), 5 * SOL)],
        starts_at: Some(start.unsigned_abs()),
        ..NetworkConfig::for_tests()
    })
    .await?;
    let rpc = client(&network);
    assert!((start..start + 30).contains(&network.now().await?));
    pay(&rpc, &payer, SOL / 10).await?;
    assert!((now..now + 30).contains(&network.advance_to(now).await?));
    pay(&rpc, &payer, SOL / 10).await?;

    let history = rpc.get_signatures_for_address(&payer.pubkey()).await?;
    let mut times = history.iter().filter_map(|entry| entry.block_time);
    assert!(
        times
            .next()
            .is_some_and(|newest| (now..now + 60).contains(&newest))
    );
    assert!(times.all(|earlier| (start..start + 60).contains(&earlier)));
    // The times of blocks that hold nothing follow from the first one's.
    let slot = rpc
        .get_slot_with_commitment(CommitmentConfig::processed())
        .await?;
    let time = rpc.get_block_time(slot).await?;
    assert!((now..now + 60).contains(&time), "{time}");
    Ok(())
}

#[tokio::test]
async fn a_stopped_network_frees_its_ports() -> Result<()> {
    let first = Network::start(NetworkConfig::for_tests()).await?;
    let same = NetworkConfig {
        rpc_port: port(&first.rpc_url()),
        ws_port: port(&first.ws_url()),
        ..NetworkConfig::for_tests()
    };
    let taken = Network::start(same.clone()).await;
    assert!(matches!(taken, Err(Error::PortTaken { port }) if port == same.rpc_port));

    // A client that stays connected does not hold the port.
    let rpc = client(&first);
    rpc.get_slot().await?;
    first.stop().await?;
    Network::start(same).await?.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_taken_port_is_named() -> Result<()> {
    let other = TcpListener::bind("127.0.0.1:0")?;
    let ws_port = other.local_addr()?.port();
    let taken = Network::start(NetworkConfig {
        ws_port,
        ..NetworkConfig::for_tests()
    })
    .await;
    assert!(matches!(taken, Err(Error::PortTaken { port }) if port == ws_port));
    Ok(())
}

fn port(url: &str) -> u16 {
    url.rsplit(':')
        .next()
        .and_then(|p| p.parse().ok())
        .expect("a URL ends with its port")
}
