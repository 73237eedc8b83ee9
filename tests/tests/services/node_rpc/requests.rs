//! What keeper and audit ask for themselves goes the index's way.

use super::{Endpoint, GENESIS, Reply, error, node, result};
use anyhow::Result;
use serde_json::{Value, json};
use solana_address::Address;
use solana_signature::Signature;
use solana_transaction::Transaction;
use std::sync::Arc;
use tessera_engine::pricing::Chain as _;

use tessera_cli::{
    audit::{Vaults, is_deployed},
    chain::{Chain, ChainError},
};
use tessera_indexer::node::NodeError;

const SEND: &str = "sendTransaction";
const TRANSACTION: &str = "getTransaction";
const ACCOUNTS: &str = "getMultipleAccounts";

/// How an endpoint refuses a transaction that fails so when it is tried.
fn fails(with: Value) -> Reply {
    let data = json!({"err": with, "logs": ["Program log: no"]});
    let error = json!({"code": -32002, "message": "simulation failed", "data": data});
    Reply::Text(json!({"jsonrpc": "2.0", "id": 1, "error": error}).to_string())
}

#[tokio::test]
async fn what_a_program_refuses_is_not_tried_elsewhere() -> Result<()> {
    let refuses = json!({"InstructionError": [0, {"Custom": 6602}]});
    let first = Endpoint::start(vec![(SEND, vec![fails(refuses)])]).await?;
    let second = Endpoint::start(vec![(SEND, vec![result(json!("sent"))])]).await?;
    let sent = node(&[&first, &second])?.request(SEND, &json!([])).await;
    assert!(matches!(sent, Err(NodeError::Failed(_))), "{sent:?}");
    assert_eq!(second.asked(SEND).len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_transaction_on_a_blockhash_that_one_endpoint_does_not_know_goes_to_the_next()
-> Result<()> {
    let first = Endpoint::start(vec![(SEND, vec![fails(json!("BlockhashNotFound"))])]).await?;
    let second = Endpoint::start(vec![(SEND, vec![result(json!("sent"))])]).await?;
    let sent = node(&[&first, &second])?.request(SEND, &json!([])).await?;
    assert_eq!(sent, json!("sent"));
    Ok(())
}

#[tokio::test]
async fn a_transaction_whose_answer_was_lost_is_confirmed_although_the_next_knows_it() -> Result<()>
{
    let first = Endpoint::start(vec![(SEND, vec![Reply::Cut])]).await?;
    let status = json!({
        "slot": 1, "confirmations": null, "err": null, "status": {"Ok": null},
        "confirmationStatus": "confirmed",
    });
    let statuses = result(json!({"context": {"slot": 1}, "value": [status]}));
    let second = Endpoint::start(vec![
        (SEND, vec![fails(json!("AlreadyProcessed"))]),
        ("getSignatureStatuses", vec![statuses]),
    ])
    .await?;
    let chain = Chain::over(Arc::new(node(&[&first, &second])?));
    let signature = Signature::from([7; 64]);
    let transaction = Transaction {
        signatures: vec![signature],
        ..Transaction::default()
    };
    assert_eq!(chain.submit(&transaction).await?, signature);
    assert_eq!((first.asked(SEND).len(), second.asked(SEND).len()), (1, 1));
    Ok(())
}

#[tokio::test]
async fn a_transaction_that_one_endpoint_does_not_show_is_looked_for_elsewhere() -> Result<()> {
    let first = Endpoint::start(vec![(TRANSACTION, vec![result(Value::Null)])]).await?;
    let second = Endpoint::start(vec![(TRANSACTION, vec![result(json!({"slot": 5}))])]).await?;
    let params = json!([Signature::default().to_string()]);
    let node = node(&[&first, &second])?;
    assert_eq!(node.request(TRANSACTION, &params).await?["slot"], 5);
    Ok(())
}

#[tokio::test]
async fn an_endpoint_that_is_down_keeps_no_vault_program_or_blockhash_back() -> Result<()> {
    let answer = |value: Value| vec![result(json!({"context": {"slot": 9}, "value": value}))];
    let blockhash = Address::new_from_array([3; 32]).to_string();
    let latest = json!({"blockhash": blockhash, "lastValidBlockHeight": 150});
    let down = Endpoint::down().await?;
    let well = Endpoint::start(vec![
        (ACCOUNTS, answer(json!([null]))),
        ("getLatestBlockhash", answer(latest)),
    ])
    .await?;
    let chain = Chain::over(Arc::new(node(&[&down, &well])?));
    let vault = Address::new_from_array(GENESIS);
    let read = chain.balances(&[vault], 7).await?;
    assert_eq!((read.slot, read.balances), (9, vec![(vault, 0)]));
    assert_eq!(well.asked(ACCOUNTS)[0][1]["minContextSlot"], 7);
    let program = is_deployed(&chain, &[]).await;
    assert!(
        matches!(program, Err(ChainError::Missing(_))),
        "{program:?}"
    );
    assert_eq!(chain.latest_blockhash().await?.to_string(), blockhash);
    Ok(())
}

#[tokio::test]
async fn an_endpoint_that_has_not_reached_a_slot_is_passed_over_for_vaults() -> Result<()> {
    let behind = Endpoint::start(vec![(ACCOUNTS, vec![error(-32016)])]).await?;
    let reached = result(json!({"context": {"slot": 9}, "value": [null]}));
    let ahead = Endpoint::start(vec![(ACCOUNTS, vec![reached])]).await?;
    let chain = Chain::over(Arc::new(node(&[&behind, &ahead])?));
    let read = chain.balances(&[Address::default()], 9).await?;
    assert_eq!(read.slot, 9);
    assert_eq!(behind.asked(ACCOUNTS).len(), 1);
    Ok(())
}
