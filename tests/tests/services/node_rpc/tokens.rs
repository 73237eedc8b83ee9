//! What nodes say that token accounts hold, and what transactions made of that.

use super::{
    Endpoint, node, result,
    transactions::{answer, changed, key},
};
use anyhow::Result;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use solana_address::Address;
use solana_signature::Signature;
use std::sync::Arc;
use tessera_cli::{
    audit::Vaults,
    chain::{Chain, ChainError},
};
use tessera_client::types::carrier::TOKEN_PROGRAM;
use tessera_indexer::node::{NodeError, TokenChange};

const GET: &str = "getTransaction";
const ACCOUNTS: &str = "getMultipleAccounts";

/// Of the key that the transaction looks up to write to, which is its fifth.
fn balances(amount: &str) -> Value {
    json!([{
        "accountIndex": 4, "mint": key(8).to_string(),
        "uiTokenAmount": {"amount": amount, "decimals": 0, "uiAmount": null, "uiAmountString": amount},
    }])
}

/// The answer in which 50 of 70 units leave.
fn moved() -> Value {
    let mut answer = answer(1);
    answer["meta"]["preTokenBalances"] = balances("70");
    answer["meta"]["postTokenBalances"] = balances("20");
    answer
}

fn without(part: &str) -> Value {
    let mut answer = moved();
    let meta = answer["meta"].as_object_mut().expect("an object");
    meta.remove(part);
    answer
}

/// What became of a token account, and how often each endpoint was asked.
async fn change(
    answers: Vec<Value>,
    account: Address,
) -> Result<(Result<Option<TokenChange>, ChainError>, Vec<usize>)> {
    let mut endpoints = vec![];
    for answer in answers {
        endpoints.push(Endpoint::start(vec![(GET, vec![result(answer)])]).await?);
    }
    let endpoints: Vec<&Endpoint> = endpoints.iter().collect();
    let chain = Chain::over(Arc::new(node(&endpoints)?));
    let change = chain.change(&Signature::from([1; 64]), &account).await;
    let times = endpoints.iter().map(|endpoint| endpoint.asked(GET).len());
    Ok((change, times.collect()))
}

#[tokio::test]
async fn what_a_node_leaves_out_of_balances_the_next_shows() -> Result<()> {
    let mut other = moved();
    other["transaction"] = answer(2)["transaction"].clone();
    for lacking in [
        changed("/meta", Value::Null),
        without("preTokenBalances"),
        without("postTokenBalances"),
        without("loadedAddresses"),
        {
            let mut answer = moved();
            answer["meta"]["postTokenBalances"] = Value::Null;
            answer
        },
        {
            let mut answer = moved();
            answer["meta"]["postTokenBalances"] = balances("many");
            answer
        },
        {
            let mut answer = moved();
            answer["transaction"] = json!(["?", "base64"]);
            answer
        },
        other,
    ] {
        let (alone, _) = change(vec![lacking.clone()], key(6)).await?;
        assert!(
            matches!(
                alone,
                Err(ChainError::Node(
                    NodeError::Withheld { .. } | NodeError::Malformed { .. }
                ))
            ),
            "{alone:?} {lacking}"
        );
        let (helped, times) = change(vec![lacking, moved()], key(6)).await?;
        let expected = TokenChange {
            before: 70,
            after: 20,
        };
        assert_eq!((helped?, times), (Some(expected), vec![1, 1]));
    }
    Ok(())
}

#[tokio::test]
async fn a_token_account_that_is_not_there_yet_or_no_more_holds_nothing() -> Result<()> {
    let mut opened = moved();
    opened["meta"]["preTokenBalances"] = json!([]);
    let mut closed = moved();
    closed["meta"]["postTokenBalances"] = json!([]);
    for (answer, account, expected) in [
        (opened, key(6), Some((0, 20))),
        (closed, key(6), Some((70, 0))),
        // Named, and no token account.
        (moved(), key(7), Some((0, 0))),
        (moved(), key(77), None),
    ] {
        let expected = expected.map(|(before, after)| TokenChange { before, after });
        assert_eq!(change(vec![answer], account).await?.0?, expected);
    }
    Ok(())
}

#[tokio::test]
async fn a_strangers_odd_transaction_is_no_fault_of_the_node() -> Result<()> {
    let mut failed = moved();
    failed["meta"]["err"] = json!({"ErrorOfTomorrow": 7});
    let (read, _) = change(vec![failed], key(6)).await?;
    let expected = TokenChange {
        before: 70,
        after: 20,
    };
    assert_eq!(read?, Some(expected));
    // Of a version that nobody knows yet.
    let tomorrow = super::transactions::sent(1, &[0xff, 1, 2, 3]);
    let mut unknown = moved();
    unknown["transaction"] = json!([tomorrow, "base64"]);
    assert_eq!(change(vec![unknown], key(6)).await?.0?, None);
    Ok(())
}

/// What endpoints show of two token accounts, the one after the other.
async fn held(values: Vec<Value>) -> Result<Result<Vec<u64>, ChainError>> {
    let mut endpoints = vec![];
    for value in values {
        let answer = result(json!({"context": {"slot": 9}, "value": value}));
        endpoints.push(Endpoint::start(vec![(ACCOUNTS, vec![answer])]).await?);
    }
    let endpoints: Vec<&Endpoint> = endpoints.iter().collect();
    let chain = Chain::over(Arc::new(node(&endpoints)?));
    let read = chain.balances(&[key(5), key(6)], 9).await;
    Ok(read.map(|it| it.balances.into_iter().map(|(_, held)| held).collect()))
}

fn account(owner: Address, data: &[u8]) -> Value {
    json!({
        "owner": owner.to_string(), "data": [BASE64_STANDARD.encode(data), "base64"],
        // As node software prints what no number in JSON can be.
        "lamports": 1, "executable": false, "rentEpoch": 18_446_744_073_709_552_000.0, "space": 165,
    })
}

#[tokio::test]
async fn a_vault_that_a_node_leaves_out_another_shows() -> Result<()> {
    let mut data = [0; 72];
    data[64..].copy_from_slice(&70u64.to_le_bytes());
    let full = account(TOKEN_PROGRAM, &data);
    let shown = json!([full, account(key(7), &data)]);
    for lacking in [
        json!([full]),
        json!([full, full, full]),
        json!([account(TOKEN_PROGRAM, &data[..71]), null]),
        json!([full, {"owner": TOKEN_PROGRAM.to_string(), "data": ["?", "base64"]}]),
    ] {
        let alone = held(vec![lacking.clone()]).await?;
        let refused = matches!(alone, Err(ChainError::Node(NodeError::Malformed { .. })));
        assert!(refused, "{alone:?} {lacking}");
        assert_eq!(held(vec![lacking, shown.clone()]).await??, [70, 0]);
    }
    assert_eq!(held(vec![json!([null, full])]).await??, [0, 70]);
    Ok(())
}
