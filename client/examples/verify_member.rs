//! Reads a member's balance and proves its receipts, from a node alone:
//! `cargo run -p tessera-client --example verify_member -- RPC_URL MEMBER_ACCOUNT`

use anyhow::{Context, Result};
use solana_rpc_client::rpc_client::RpcClient;
use solana_transaction_status_client_types::UiTransactionEncoding::Base64;
use tessera_client::receipts::{self, Receipted};
use tessera_client::{decode, logs, types::Address, types::accounts::Member};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let rpc = RpcClient::new(arguments.next().context("no RPC_URL")?);
    let address: Address = arguments.next().context("no MEMBER_ACCOUNT")?.parse()?;
    let member: Member = decode::account(&rpc.get_account_data(&address)?)?;
    println!("{} holds {} points", member.wallet, member.points);

    let mut raw = Vec::new();
    // The node lists the newest first, at most 1,000 at a time.
    let statuses = rpc.get_signatures_for_address(&address)?;
    for status in statuses.iter().rev().filter(|status| status.err.is_none()) {
        let sent = rpc.get_transaction(&status.signature.parse()?, Base64)?;
        let message = sent
            .transaction
            .transaction
            .decode()
            .context("bytes")?
            .message;
        let (calls, keys) = (message.instructions(), message.static_account_keys());
        let programs: Vec<Address> = calls.iter().map(|ix| *ix.program_id(keys)).collect();
        let meta = sent.transaction.meta.context("no status")?;
        let lines: Option<Vec<String>> = meta.log_messages.into();
        let lines = lines.context("the node keeps no logs")?;
        raw.extend(logs::receipts_of(&address, &programs, &lines)?);
    }
    let claimed = member.receipts();
    receipts::verify(&address, claimed, raw.iter().map(Vec::as_slice))?;
    println!("all {} receipts are there, unchanged", claimed.seq);
    Ok(())
}
