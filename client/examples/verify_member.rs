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

const URL: &str = "RPC_URL must be the http:// or https:// address of a node that answers";
const MEMBER: &str = "MEMBER_ACCOUNT must be the account of a member of ORG, not its wallet: \
    `address` in GET /v1/members";

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |name| arguments.next().with_context(|| format!("no {name}"));
    let node = RpcClient::new(next("RPC_URL")?);
    node.get_version().context(URL)?;
    let org: Address = next("ORG")?
        .parse()
        .context("ORG must be a base58 address")?;
    let address: Address = next("MEMBER_ACCOUNT")?.parse().context(MEMBER)?;
    let account = node.get_account(&address).context(MEMBER)?;
    ensure!(account.owner == ID, MEMBER);
    let member: Member = decode::account(&account.data).context(MEMBER)?;
    let derived = address::member(&org, &member.wallet);
    ensure!(member.org == org && derived == address, MEMBER);

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
