//! Reads a member's balance and proves that no receipt of the account is missing or edited, from a
//! node alone. Points of charges stand in the subscriptions' receipts, so that the balance is their
//! sum is what `tessera audit` proves.
//! `cargo run -p tessera-client --features rpc --example verify_member -- RPC_URL ORG MEMBER_ACCOUNT`

use anyhow::{Context, Result, ensure};
use serde_json::json;
use solana_rpc_client::api::request::RpcRequest::{GetSignaturesForAddress, GetTransaction};
use solana_rpc_client::api::response::RpcConfirmedTransactionStatusWithSignature as Status;
use solana_rpc_client::rpc_client::RpcClient;
use solana_transaction_status_client_types::EncodedConfirmedTransactionWithStatusMeta as Sent;
use tessera_client::types::{Address, ID, accounts::Member};
use tessera_client::{address, carried, decode, receipts, rpc};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let node = RpcClient::new(arguments.next().context("no RPC_URL")?);
    let org: Address = arguments.next().context("no ORG")?.parse()?;
    let address: Address = arguments.next().context("no MEMBER_ACCOUNT")?.parse()?;
    let account = node.get_account(&address)?;
    ensure!(account.owner == ID, "another program owns the account");
    let member: Member = decode::account(&account.data)?;
    let derived = address::member(&org, &member.wallet);
    ensure!(member.org == org && derived == address, "no member of ORG");

    let config = json!({"encoding": "base64", "maxSupportedTransactionVersion": 1});
    let (mut found, mut before) = (vec![], None);
    loop {
        let params = json!([address.to_string(), {"before": before}]);
        let page: Vec<Status> = node.send(GetSignaturesForAddress, params)?;
        let Some(last) = page.last() else { break };
        before = Some(last.signature.clone());
        for status in page {
            let sent: Sent = node.send(GetTransaction, json!([status.signature, config]))?;
            let calls = rpc::calls(&sent.transaction)?;
            found.extend(carried::receipts_of(&address, &calls)?);
        }
    }
    receipts::prove(&address, &member.header, found)?;
    let (wallet, points, seq) = (member.wallet, member.points, member.header.receipt_seq);
    println!("{wallet} holds {points} points; all {seq} receipts of the account are there");
    Ok(())
}
