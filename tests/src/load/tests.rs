//! The load, through a proxy.

use super::{Load, network};
use crate::faults::{Fault, Proxy};
use anyhow::Result;
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::{config::RpcTransactionConfig, request::RpcRequest};
use solana_transaction_status_client_types::UiTransactionEncoding;
use tessera_client::{carried, rpc};

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_played_is_confirmed_and_its_receipts_are_counted() -> Result<()> {
    let network = network(1).await?;
    let proxy = Proxy::of(&network, 1).await?;
    proxy
        .on(RpcRequest::SendTransaction)
        .with_probability(0.1)
        .answer(Fault::LoseAnswer);
    let mut load = Load::start(proxy.rpc_url(), 1, 20).await?;
    let opened = load.signatures().len();
    let mut played = load.play(4).await?;
    load.next_period(&network).await?;
    played += load.play(3).await?;
    assert_eq!(played, 20 * 7);
    assert_eq!(load.signatures().len(), opened + played);
    assert!(proxy.injected()["answer lost"] > 0);

    let node = RpcClient::new(network.rpc_url());
    let config = RpcTransactionConfig {
        encoding: Some(UiTransactionEncoding::Base64),
        commitment: Some(CommitmentConfig::confirmed()),
        max_supported_transaction_version: Some(0),
    };
    let mut receipts = 0;
    for signature in load.signatures() {
        let shown = node.get_transaction_with_config(signature, config).await?;
        let calls = rpc::calls(&shown.transaction)?;
        receipts += u64::try_from(carried::receipts(&calls)?.len())?;
    }
    assert_eq!(load.receipts(), receipts);
    Ok(())
}
