//! A running network with the compiled program.

use anyhow::{Context, Result};
use bytemuck::Zeroable;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_signature::Signature;
use solana_signer::Signer;
use std::time::{Duration, Instant};
use tessera_client::{
    address, carried,
    instructions::{CreateOrg, SetConfig},
    types::{
        ID,
        accounts::{AccountType, Org, OrgSettings, Tier},
        args::{ConfigArgs, CreateOrgArgs},
        limits::MAX_COMMISSION_BPS,
    },
};
use tessera_indexer::node::{
    Commitment::{Confirmed, Finalized},
    Content, Listed, Listing, Node, RpcNode, RpcNodeConfig, shards,
};
use tessera_localnet::NetworkConfig;
use tessera_tests::network;

async fn send(rpc: &RpcClient, payer: &Keypair, instructions: &[Instruction]) -> Result<Signature> {
    let transaction = solana_transaction::Transaction::new_signed_with_payer(
        instructions,
        Some(&payer.pubkey()),
        &[payer],
        rpc.get_latest_blockhash().await?,
    );
    Ok(rpc.send_transaction(&transaction).await?)
}

/// The program's transactions, once there are `count`, from the oldest.
async fn listed(node: &RpcNode, count: usize) -> Result<Vec<Listed>> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let listing = Listing {
            address: ID,
            before: None,
            until: None,
            min_slot: 0,
            commitment: Confirmed,
        };
        let mut listed = node.signatures(&listing).await?;
        if listed.len() == count {
            listed.reverse();
            return Ok(listed);
        }
        anyhow::ensure!(Instant::now() < deadline, "{} are listed", listed.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_network_shows_places_calls_and_what_was_touched() -> Result<()> {
    let payer = Keypair::new();
    let network = network::start(&[payer.pubkey()], NetworkConfig::for_tests()).await?;
    let rpc = RpcClient::new(network.rpc_url());
    let node = RpcNode::new(&RpcNodeConfig::new([network.rpc_url(), network.rpc_url()]))?;
    assert_eq!(
        solana_address::Address::new_from_array(node.genesis_hash().await?).to_string(),
        rpc.get_genesis_hash().await?.to_string(),
    );

    let config = SetConfig {
        payer: payer.pubkey(),
        admin: payer.pubkey(),
        args: ConfigArgs {
            max_commission_bps: MAX_COMMISSION_BPS,
            ..Zeroable::zeroed()
        },
    };
    let org = |id| CreateOrg {
        payer: payer.pubkey(),
        authority: payer.pubkey(),
        args: CreateOrgArgs {
            id,
            settings: OrgSettings {
                quote_authority: payer.pubkey(),
                treasury: payer.pubkey(),
                tiers: [Tier::UNUSED; 4],
                ..Zeroable::zeroed()
            },
            ..Zeroable::zeroed()
        },
    };
    send(&rpc, &payer, &[config.into()]).await?;
    listed(&node, 1).await?;
    // A stranger's, and two of ours, as much in one slot as it happens.
    let mut naming =
        solana_system_interface::instruction::transfer(&payer.pubkey(), &payer.pubkey(), 1);
    naming.accounts.push(AccountMeta::new_readonly(ID, false));
    let foreign = send(&rpc, &payer, &[naming]).await?;
    let created = [
        send(&rpc, &payer, &[org(1).into()]).await?,
        send(&rpc, &payer, &[org(2).into()]).await?,
    ];
    let listed = listed(&node, 4).await?;

    let mut places = vec![];
    for listed in &listed {
        let transaction = node.transaction(listed, Confirmed).await?;
        assert_eq!(transaction.place.slot, listed.slot);
        places.push(transaction.place);
        if listed.signature == foreign {
            assert_eq!(transaction.content, Content::Nothing);
        }
        let Some(id) = (1..).zip(&created).find(|(_, it)| **it == listed.signature) else {
            continue;
        };
        let Content::Calls(calls) = transaction.content else {
            anyhow::bail!("no calls: {:?}", transaction.content);
        };
        let address = address::org(&payer.pubkey(), id.0);
        assert_eq!(carried::receipts_of(&address, &calls.calls)?.len(), 1);
        assert!(calls.touched.contains(&address), "{:?}", calls.touched);
    }
    assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");

    let newest = listed.last().context("transactions")?;
    let shards = shards();
    let orgs = shards
        .iter()
        .find(|shard| shard.discriminator == Org::DISCRIMINATOR);
    let reading = node.shard(orgs.context("orgs")?, newest.slot).await?;
    let mut found: Vec<_> = reading
        .accounts
        .iter()
        .map(|(address, _)| *address)
        .collect();
    let mut expected = [1, 2].map(|id| address::org(&payer.pubkey(), id));
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(node.accounts(&found, newest.slot).await?.accounts, {
        let mut accounts = reading.accounts;
        accounts.sort();
        accounts
    });

    let tip = node.tip(Confirmed).await?;
    assert!(tip.slot >= newest.slot && tip.at > 0);
    let asked = [newest.signature, Signature::from([9; 64])];
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let statuses = node.statuses(&asked).await?;
        assert_eq!(statuses[1], None);
        let status = statuses[0].context("a confirmed transaction is known")?;
        assert_eq!(status.slot, newest.slot);
        if status.finalized {
            break;
        }
        anyhow::ensure!(Instant::now() < deadline, "it is never final");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    node.transaction(newest, Finalized).await?;
    Ok(())
}
