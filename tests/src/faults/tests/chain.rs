//! Lies about the chain.

use super::{
    call,
    node::{Node, Written},
};
use crate::faults::Proxy;
use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use solana_address::Address;
use solana_signature::Signature;

const PROGRAM: Address = Address::new_from_array([9; 32]);
const CLOCK: &str = "SysvarC1ock11111111111111111111111111111111";

fn signature(number: u8) -> Signature {
    Signature::from([number; 64])
}

fn address(number: u8) -> String {
    Address::new_from_array([number; 32]).to_string()
}

fn account(data: &[u8]) -> Value {
    json!({
        "lamports": u64::MAX, "owner": PROGRAM.to_string(), "executable": false, "rentEpoch": 0,
        "data": [BASE64_STANDARD.encode(data), "base64"], "space": data.len(),
    })
}

/// Transaction `number` in `slot` writes `[number, number]` to the account of `number % 10`.
fn write(node: &Node, number: u8, slot: u64) {
    let account_address = address(number % 10);
    node.change(|chain| {
        chain.slot = slot + 2;
        chain.transactions.push(Written {
            signature: signature(number).to_string(),
            slot,
            account: account_address.clone(),
        });
        chain.accounts.retain(|(own, _)| *own != account_address);
        let written = (account_address, account(&[number, number]));
        chain.accounts.push(written);
    });
}

/// Three transactions: two in slot 10, one in slot 11.
async fn started() -> Result<(Node, Proxy)> {
    let (node, proxy) = Node::behind_proxy().await?;
    node.change(|chain| chain.accounts.push((CLOCK.to_owned(), account(b"clock"))));
    for (number, slot) in [(1, 10), (2, 10), (3, 11)] {
        write(&node, number, slot);
    }
    Ok((node, proxy))
}

/// Numbers and slots as listed.
async fn listed(proxy: &Proxy, config: Value) -> Result<Vec<(u8, u64)>> {
    let params = json!([PROGRAM.to_string(), config]);
    let answer = call(proxy, "getSignaturesForAddress", params).await?;
    let entries = answer["result"].as_array().context("a list")?;
    let entries = entries.iter().map(|entry| {
        let named: Signature = entry["signature"]
            .as_str()
            .context("a signature")?
            .parse()?;
        Ok((named.as_ref()[0], entry["slot"].as_u64().context("a slot")?))
    });
    entries.collect()
}

async fn confirmed(proxy: &Proxy) -> Result<Vec<(u8, u64)>> {
    listed(proxy, json!({"commitment": "confirmed"})).await
}

/// What a call at confirmed commitment returns.
async fn result(proxy: &Proxy, method: &str, what: Value) -> Result<Value> {
    let config = json!({
        "commitment": "confirmed", "encoding": "base64", "withContext": true,
    });
    Ok(call(proxy, method, json!([what, config])).await?["result"].take())
}

/// The first byte of each account, none where it does not exist.
async fn bytes(proxy: &Proxy, numbers: &[u8]) -> Result<Vec<Option<u8>>> {
    let addresses: Vec<String> = numbers.iter().map(|number| address(*number)).collect();
    let answer = result(proxy, "getMultipleAccounts", json!(addresses)).await?;
    let accounts = answer["value"].as_array().context("accounts")?;
    let byte =
        |account: &Value| Some(BASE64_STANDARD.decode(account["data"][0].as_str()?).ok()?[0]);
    Ok(accounts.iter().map(byte).collect())
}

#[tokio::test]
async fn a_transaction_vanishes_with_its_effects_and_lands_again() -> Result<()> {
    let (node, proxy) = started().await?;
    let before = proxy.remember(&[PROGRAM]).await?;
    assert_eq!(before.slot, 12);
    // One changes an account, one creates one.
    write(&node, 13, 20);
    write(&node, 4, 20);
    write(&node, 5, 21);
    proxy.vanish(&signature(13), &before).await?;
    proxy.vanish(&signature(4), &before).await?;

    let older = [(3, 11), (2, 10), (1, 10)];
    let with = |newer: &[(u8, u64)]| [newer, &older[..]].concat();
    assert_eq!(confirmed(&proxy).await?, with(&[(5, 21)]));
    assert_eq!(bytes(&proxy, &[3, 4, 5]).await?, [Some(3), None, Some(5)]);
    let name = signature(13).to_string();
    assert_eq!(
        result(&proxy, "getTransaction", json!(name)).await?,
        Value::Null
    );
    let status = result(&proxy, "getSignatureStatuses", json!([name])).await?;
    assert_eq!(status["value"], json!([null]));
    let block = result(&proxy, "getBlock", json!(20)).await?;
    assert_eq!(block["signatures"], json!([]));
    assert_eq!(block["transactions"], json!([]));
    let all = result(&proxy, "getProgramAccounts", json!(PROGRAM.to_string())).await?;
    assert_eq!(all["value"].as_array().map(Vec::len), Some(5));

    proxy.land_again(&signature(13), 21);
    let again = confirmed(&proxy).await?;
    assert_eq!(again.len(), 5);
    assert!(again[..2].contains(&(13, 21)));
    assert_eq!(bytes(&proxy, &[3]).await?, [Some(13)]);
    let shown = result(&proxy, "getTransaction", json!(name)).await?;
    assert_eq!(shown["slot"], 21);
    let status = result(&proxy, "getSignatureStatuses", json!([name])).await?;
    assert_eq!(status["value"][0]["slot"], 21);
    let block = result(&proxy, "getBlock", json!(21)).await?;
    assert_eq!(block["signatures"], json!([signature(5).to_string(), name]));
    assert_eq!(
        block["transactions"][1]["transaction"]["signatures"],
        json!([name])
    );
    assert_eq!(
        result(&proxy, "getBlock", json!(20)).await?["signatures"],
        json!([])
    );
    assert!(proxy.injected()["vanished"] > 0);
    Ok(())
}

#[tokio::test]
async fn a_frozen_node_stands_still_and_knows_it() -> Result<()> {
    let (node, proxy) = started().await?;
    let before = proxy.remember(&[PROGRAM]).await?;
    write(&node, 13, 20);
    write(&node, 4, 20);
    proxy.freeze(&before);

    assert_eq!(confirmed(&proxy).await?, [(3, 11), (2, 10), (1, 10)]);
    assert_eq!(bytes(&proxy, &[3, 4]).await?, [Some(3), None]);
    let name = json!(signature(4).to_string());
    assert_eq!(result(&proxy, "getTransaction", name).await?, Value::Null);
    let slot = call(&proxy, "getSlot", json!([{"commitment": "confirmed"}])).await?;
    assert_eq!(slot["result"], before.slot);
    let params = json!([address(3), {"encoding": "base64", "minContextSlot": before.slot}]);
    let account = call(&proxy, "getAccountInfo", params).await?;
    assert_eq!(account["result"]["context"]["slot"], before.slot);
    let params = json!([address(3), {"encoding": "base64", "minContextSlot": before.slot + 1}]);
    let refused = call(&proxy, "getAccountInfo", params).await?;
    assert_eq!(refused["error"]["code"], -32016);
    assert_eq!(refused["error"]["data"]["contextSlot"], before.slot);

    proxy.thaw();
    assert_eq!(confirmed(&proxy).await?.len(), 5);
    assert_eq!(bytes(&proxy, &[3, 4]).await?, [Some(13), Some(4)]);
    Ok(())
}

#[tokio::test]
async fn remembered_accounts_are_filtered_and_sliced() -> Result<()> {
    let (node, proxy) = started().await?;
    let before = proxy.remember(&[PROGRAM]).await?;
    write(&node, 13, 20);
    proxy.freeze(&before);
    let config = json!({
        "encoding": "base64", "dataSlice": {"offset": 1, "length": 1},
        "filters": [
            {"dataSize": 2},
            {"memcmp": {"offset": 0, "bytes": BASE64_STANDARD.encode([3]), "encoding": "base64"}},
        ],
    });
    let params = json!([PROGRAM.to_string(), config]);
    let answer = call(&proxy, "getProgramAccounts", params).await?;
    let accounts = answer["result"]["value"].as_array().context("accounts")?;
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0]["pubkey"], address(3));
    let slice = json!([BASE64_STANDARD.encode([3]), "base64"]);
    assert_eq!(accounts[0]["account"]["data"], slice);
    assert_eq!(accounts[0]["account"]["lamports"], u64::MAX);
    Ok(())
}

#[tokio::test]
async fn nothing_later_than_the_last_final_slot_is_final() -> Result<()> {
    let (node, proxy) = started().await?;
    node.change(|chain| chain.slot = 100);
    assert_eq!(listed(&proxy, json!({})).await?.len(), 3);
    proxy.finalize_up_to(10);
    assert_eq!(listed(&proxy, json!({})).await?, [(2, 10), (1, 10)]);
    assert_eq!(confirmed(&proxy).await?.len(), 3);
    let names = json!([signature(2).to_string(), signature(3).to_string()]);
    let statuses = result(&proxy, "getSignatureStatuses", names).await?;
    assert_eq!(statuses["value"][0]["confirmationStatus"], "finalized");
    assert_eq!(statuses["value"][1]["confirmationStatus"], "confirmed");
    let params = json!([signature(3).to_string(), {"commitment": "finalized"}]);
    let shown = call(&proxy, "getTransaction", params).await?;
    assert_eq!(shown["result"], Value::Null);
    assert_eq!(call(&proxy, "getSlot", json!([])).await?["result"], 10);
    let params = json!([{"commitment": "confirmed"}]);
    assert_eq!(call(&proxy, "getSlot", params).await?["result"], 100);
    Ok(())
}

#[tokio::test]
async fn transactions_are_listed_late_and_then_are() -> Result<()> {
    let (_node, proxy) = started().await?;
    proxy.list_one_late(&signature(2), 2);
    for _ in 0..2 {
        assert_eq!(confirmed(&proxy).await?, [(3, 11), (1, 10)]);
    }
    assert_eq!(confirmed(&proxy).await?.len(), 3);

    proxy.list_late(1.0, 1);
    assert_eq!(confirmed(&proxy).await?, []);
    assert_eq!(confirmed(&proxy).await?.len(), 3);
    assert_eq!(proxy.injected()["listed late"], 5);
    Ok(())
}

#[tokio::test]
async fn slots_are_listed_in_another_order_on_every_page() -> Result<()> {
    let (node, proxy) = Node::behind_proxy().await?;
    for number in 1..=40 {
        write(&node, number, 10 + u64::from(number / 30));
    }
    let honest = confirmed(&proxy).await?;
    proxy.reorder_slots(1);
    let mut paged: Vec<(u8, u64)> = Vec::new();
    loop {
        let before = paged
            .last()
            .map(|(number, _)| signature(*number).to_string());
        let config = json!({"commitment": "confirmed", "limit": 7, "before": before});
        let page = listed(&proxy, config).await?;
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_ne!(paged, honest);
    assert!(paged.is_sorted_by_key(|(_, slot)| std::cmp::Reverse(*slot)));
    paged.sort_unstable();
    let mut honest = honest;
    honest.sort_unstable();
    assert_eq!(paged, honest);
    Ok(())
}

#[tokio::test]
async fn a_forged_transaction_is_listed_and_a_lost_place_is_an_error() -> Result<()> {
    let (_node, proxy) = started().await?;
    proxy.forge(&PROGRAM, &signature(99), 11);
    let until = signature(2).to_string();
    let config = json!({"commitment": "confirmed", "until": until});
    assert_eq!(listed(&proxy, config).await?, [(99, 11), (3, 11)]);
    let name = json!(signature(99).to_string());
    assert_eq!(result(&proxy, "getTransaction", name).await?, Value::Null);

    let before = signature(77).to_string();
    let params = json!([PROGRAM.to_string(), {"before": before}]);
    let lost = call(&proxy, "getSignaturesForAddress", params).await?;
    assert_eq!(lost["error"]["code"], -32020);
    Ok(())
}
