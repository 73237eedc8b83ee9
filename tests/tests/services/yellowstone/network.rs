//! The feed's transactions beside those that a node of the same network shows.

use super::{
    PATIENCE, config,
    script::{end, update},
    server::{Server, open},
};
use anyhow::{Context, Result};
use bytemuck::Zeroable;
use solana_keypair::Keypair;
use solana_rpc_client::{nonblocking::rpc_client::RpcClient, rpc_client::SerializableTransaction};
use solana_rpc_client_api::config::{CommitmentConfig, RpcTransactionConfig};
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::Transaction;
use solana_transaction_status_client_types::{
    EncodedConfirmedTransactionWithStatusMeta, UiCompiledInstruction, UiInnerInstructions,
    UiInstruction, UiTransactionEncoding,
};
use std::{slice, sync::Arc, time::Duration};
use tessera_client::{
    address,
    instructions::{CreateOrg, SetConfig},
};
use tessera_indexer::{
    feed::{Feed, FeedError, Mark, yellowstone::Yellowstone},
    node::{Commitment, Content, Listed, Node, NodeError, RpcNode, RpcNodeConfig},
};
use tessera_localnet::{Network, NetworkConfig};
use tessera_tests::network;
use tessera_types::{
    accounts::{OrgSettings, Tier},
    args::{ConfigArgs, CreateOrgArgs},
    limits::MAX_COMMISSION_BPS,
};
use yellowstone_grpc_proto::prelude as proto;

/// A network, and one transaction on it that left receipts, as its node shows it.
struct Chain {
    network: Network,
    shown: EncodedConfirmedTransactionWithStatusMeta,
    signature: Signature,
}

impl Chain {
    async fn start() -> Result<Self> {
        let payer = Keypair::new();
        let network = network::start(&[payer.pubkey()], NetworkConfig::for_tests()).await?;
        let config = SetConfig {
            payer: payer.pubkey(),
            admin: payer.pubkey(),
            args: ConfigArgs {
                max_commission_bps: MAX_COMMISSION_BPS,
                ..Zeroable::zeroed()
            },
        };
        let org = CreateOrg {
            payer: payer.pubkey(),
            authority: payer.pubkey(),
            args: CreateOrgArgs {
                id: 1,
                settings: OrgSettings {
                    quote_authority: payer.pubkey(),
                    treasury: payer.pubkey(),
                    tiers: [Tier::UNUSED; 4],
                    commission_bps: [1_000, 500, 250],
                    ..Zeroable::zeroed()
                },
                ..Zeroable::zeroed()
            },
        };
        let rpc = RpcClient::new(network.rpc_url());
        let transaction = Transaction::new_signed_with_payer(
            &[config.into(), org.into()],
            Some(&payer.pubkey()),
            &[&payer],
            rpc.get_latest_blockhash().await?,
        );
        rpc.send_transaction(&transaction).await?;
        let signature = *transaction.get_signature();
        let config = RpcTransactionConfig {
            encoding: Some(UiTransactionEncoding::Base64),
            commitment: Some(CommitmentConfig::confirmed()),
            max_supported_transaction_version: Some(0),
        };
        for _ in 0..200 {
            let shown = rpc.get_transaction_with_config(&signature, config);
            if let Ok(shown) = shown.await {
                return Ok(Self {
                    network,
                    shown,
                    signature,
                });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("{signature} is not confirmed")
    }

    fn node(&self) -> Result<RpcNode> {
        Ok(RpcNode::new(&RpcNodeConfig::new([self.network.rpc_url()]))?)
    }

    /// It, as a Yellowstone server shows it.
    fn streamed(&self, index: u32) -> Result<proto::SubscribeUpdateTransaction> {
        let shown = &self.shown.transaction;
        let decoded = shown.transaction.decode().context("not in base64")?;
        let message = decoded.message;
        let header = message.header();
        let outer = |one: &solana_message::compiled_instruction::CompiledInstruction| {
            proto::CompiledInstruction {
                program_id_index: u32::from(one.program_id_index),
                accounts: one.accounts.clone(),
                data: one.data.clone(),
            }
        };
        let meta = shown.meta.as_ref().context("no outcome")?;
        let groups: Option<&Vec<UiInnerInstructions>> = meta.inner_instructions.as_ref().into();
        let groups = groups.context("no inner instructions")?;
        let keys = message.static_account_keys().iter();
        Ok(proto::SubscribeUpdateTransaction {
            slot: self.shown.slot,
            bank_id: 0,
            transaction: Some(proto::SubscribeUpdateTransactionInfo {
                signature: self.signature.as_ref().to_vec(),
                is_vote: false,
                transaction: Some(proto::Transaction {
                    signatures: vec![self.signature.as_ref().to_vec()],
                    message: Some(proto::Message {
                        header: Some(proto::MessageHeader {
                            num_required_signatures: header.num_required_signatures.into(),
                            num_readonly_signed_accounts: header
                                .num_readonly_signed_accounts
                                .into(),
                            num_readonly_unsigned_accounts: header
                                .num_readonly_unsigned_accounts
                                .into(),
                        }),
                        account_keys: keys.map(|key| key.to_bytes().to_vec()).collect(),
                        recent_blockhash: message.recent_blockhash().to_bytes().to_vec(),
                        instructions: message.instructions().iter().map(outer).collect(),
                        ..Default::default()
                    }),
                }),
                meta: Some(proto::TransactionStatusMeta {
                    inner_instructions: groups.iter().map(inner).collect::<Result<_>>()?,
                    ..Default::default()
                }),
                index: index.into(),
            }),
        })
    }
}

fn inner(group: &UiInnerInstructions) -> Result<proto::InnerInstructions> {
    let instructions = group.instructions.iter().map(|one| {
        let UiInstruction::Compiled(UiCompiledInstruction {
            program_id_index,
            accounts,
            data,
            stack_height,
        }) = one
        else {
            anyhow::bail!("an instruction is parsed");
        };
        Ok(proto::InnerInstruction {
            program_id_index: u32::from(*program_id_index),
            accounts: accounts.clone(),
            data: bs58::decode(data).into_vec()?,
            stack_height: *stack_height,
        })
    });
    Ok(proto::InnerInstructions {
        index: u32::from(group.index),
        instructions: instructions.collect::<Result<_>>()?,
    })
}

/// A feed of one block with the transaction, and a node to ask.
async fn feed(
    transaction: proto::SubscribeUpdateTransaction,
    node: RpcNode,
) -> Result<(Yellowstone, Mark)> {
    let slot = transaction.slot;
    let mark = Mark { slot: slot - 1 };
    let update = update(proto::subscribe_update::UpdateOneof::Transaction(
        transaction,
    ));
    let server = Server::start().await?;
    let server = server.then(move |_| Ok(open(vec![update, end(slot, slot - 1)])));
    Ok((Yellowstone::new(config(&server.url), Arc::new(node))?, mark))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_the_same_from_the_feed_as_from_a_node_which_is_asked_for_what_is_missing()
-> Result<()> {
    let chain = Chain::start().await?;
    let listed = Listed {
        signature: chain.signature,
        slot: chain.shown.slot,
        index: None,
        failed: false,
    };
    let node = chain.node()?;
    let expected = node.transaction(&listed, Commitment::Confirmed).await?;
    let Content::Calls(calls) = &expected.content else {
        panic!("{expected:?}");
    };
    let receipts = tessera_client::carried::receipts(&calls.calls)?;
    assert!(!receipts.is_empty());
    let org = address::org(&calls.touched[0], 1);
    assert!(calls.touched.contains(&org));

    let whole = chain.streamed(expected.place.index)?;
    // Nobody to ask, which the whole one needs no one for.
    let gone = || {
        RpcNode::new(&RpcNodeConfig {
            attempts: 1,
            ..RpcNodeConfig::new([super::NOWHERE])
        })
    };
    let (mut feed_of_whole, mark) = feed(whole.clone(), gone()?).await?;
    let stretch = feed_of_whole.next(mark, PATIENCE).await?;
    assert_eq!(stretch.transactions, slice::from_ref(&expected));

    type Cut = fn(&mut proto::SubscribeUpdateTransactionInfo);
    let cuts: [Cut; 5] = [
        |info| info.meta = None,
        |info| info.transaction = None,
        |info| {
            let meta = info.meta.as_mut().expect("streamed");
            meta.inner_instructions.clear();
            meta.inner_instructions_none = true;
        },
        |info| {
            let meta = info.meta.as_mut().expect("streamed");
            let calls = meta.inner_instructions.iter_mut();
            calls
                .flat_map(|group| &mut group.instructions)
                .for_each(|call| call.stack_height = None);
        },
        |info| {
            let sent = info.transaction.as_mut().expect("streamed");
            let message = sent.message.as_mut().expect("streamed");
            message.header = None;
        },
    ];
    for cut in cuts {
        let mut part = whole.clone();
        cut(part.transaction.as_mut().expect("streamed"));
        let (mut feed_of_part, mark) = feed(part.clone(), chain.node()?).await?;
        let stretch = feed_of_part.next(mark, PATIENCE).await?;
        assert_eq!(stretch.transactions, slice::from_ref(&expected));

        let (mut feed_of_part, mark) = feed(part, gone()?).await?;
        let error = feed_of_part.next(mark, PATIENCE).await;
        assert!(
            matches!(error, Err(FeedError::Node(NodeError::Rpc { .. }))),
            "{error:?}"
        );
    }
    Ok(())
}
