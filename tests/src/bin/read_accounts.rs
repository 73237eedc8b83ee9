//! The integrator's walk, `docs/for/integrator.md`: a member's tier and points, and what a wallet pays,
//! from a node alone.
//! `cargo run -p tessera-tests --bin read_accounts -- RPC ORG PLAN WALLET`

use anyhow::{Context, Result};
use solana_rpc_client::rpc_client::RpcClient;
use tessera_client::types::{
    Address,
    accounts::{Member, Subscription},
};
use tessera_client::{address, decode};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rpc, org, plan, wallet] = &arguments[..] else {
        anyhow::bail!("usage: read_accounts RPC ORG PLAN WALLET");
    };
    let node = RpcClient::new(rpc.clone());
    let [org, plan, wallet]: [Address; 3] = [org.parse()?, plan.parse()?, wallet.parse()?];

    let found = node.get_account(&address::member(&org, &wallet))?;
    let member: Member = decode::account(&found.data).context("not a member")?;
    println!("tier {}, {} points", member.tier, member.points);

    let found = node.get_account(&address::subscription(&plan, &wallet))?;
    let subscription: Subscription = decode::account(&found.data).context("no subscription")?;
    let (price, due) = (subscription.terms.price, subscription.next_due);
    println!("pays {price} a period, next at {due}");
    Ok(())
}
