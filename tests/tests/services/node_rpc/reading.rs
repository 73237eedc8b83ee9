//! Accounts, lists and statuses.

use super::{Endpoint, Reply, clock, error, node, result};
use anyhow::Result;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use solana_address::Address;
use solana_signature::Signature;
use tessera_client::types::ID;
use tessera_indexer::node::{
    Commitment::{Confirmed, Finalized},
    Listed, Listing, Node, NodeError, Status, shards,
};

const TIP: &str = "getAccountInfo";
const ACCOUNTS: &str = "getMultipleAccounts";
const SHARD: &str = "getProgramAccounts";
const LIST: &str = "getSignaturesForAddress";
const STATUSES: &str = "getSignatureStatuses";
const STRANGER: Address = Address::new_from_array([3; 32]);

fn key(byte: u8) -> Address {
    Address::new_from_array([byte; 32])
}

fn signature(byte: u8) -> Signature {
    Signature::from([byte; 64])
}

/// As node software prints accounts that predates whole numbers of 64 bits.
fn account(owner: Address, data: &[u8]) -> Value {
    let text = format!(
        r#"{{"lamports": 1, "owner": "{owner}", "data": ["{}", "base64"], "executable": false,
            "rentEpoch": 18446744073709552000, "space": {}}}"#,
        BASE64_STANDARD.encode(data),
        data.len(),
    );
    serde_json::from_str(&text).expect("an account")
}

fn at(slot: u64, value: Value) -> Reply {
    result(json!({"context": {"slot": slot, "apiVersion": "4.2.2"}, "value": value}))
}

fn listing(before: Option<Signature>) -> Listing {
    Listing {
        address: ID,
        before,
        until: Some(signature(1)),
        min_slot: 5,
        commitment: Confirmed,
    }
}

#[tokio::test]
async fn answers_to_something_else_are_refused() -> Result<()> {
    let short = at(9, json!([account(ID, b"")]));
    let parsed = at(
        9,
        json!([{"owner": ID.to_string(), "data": {"parsed": {}}}, null]),
    );
    let base58 = at(
        9,
        json!([{"owner": ID.to_string(), "data": ["1", "base58"]}, null]),
    );
    let nobody = at(
        9,
        json!([{"owner": "nobody", "data": ["", "base64"]}, null]),
    );
    let late = at(4, json!([null, null]));
    for answer in [short, parsed, base58, nobody, late, result(Value::Null)] {
        let endpoint = Endpoint::start(vec![(ACCOUNTS, vec![answer])]).await?;
        let refused = node(&[&endpoint])?.accounts(&[key(1), key(2)], 5).await;
        assert!(
            matches!(refused, Err(NodeError::Malformed { .. })),
            "{refused:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn accounts_are_read_in_part_whatever_else_is_printed_of_them() -> Result<()> {
    let longest = shards().iter().map(|shard| shard.len).max().expect("kinds");
    let long = vec![1; longest + 1];
    let value = json!([account(ID, &long), account(STRANGER, b"1"), null]);
    let endpoint = Endpoint::start(vec![(ACCOUNTS, vec![at(9, value)])]).await?;
    let reading = node(&[&endpoint])?
        .accounts(&[key(1), key(2), key(3)], 5)
        .await?;
    assert_eq!(reading.slot, 9);
    let own = Some(long[..longest].to_vec());
    assert_eq!(
        reading.accounts,
        [(key(1), own), (key(2), None), (key(3), None)]
    );
    let asked = &endpoint.asked(ACCOUNTS)[0][1];
    assert_eq!(asked["dataSlice"], json!({"offset": 0, "length": longest}));
    assert_eq!(
        (&asked["minContextSlot"], &asked["encoding"]),
        (&json!(5), &json!("base64"))
    );
    Ok(())
}

#[tokio::test]
async fn a_shard_is_asked_for_by_what_its_accounts_begin_with() -> Result<()> {
    let value = json!([{"pubkey": key(1).to_string(), "account": account(ID, b"data")}]);
    let endpoint = Endpoint::start(vec![(SHARD, vec![at(9, value)])]).await?;
    let whole = &shards()[3];
    let part = whole.split().nth(255).expect("a part");
    let reading = node(&[&endpoint])?.shard(&part, 5).await?;
    assert_eq!(reading.accounts, [(key(1), Some(b"data".to_vec()))]);
    let asked = &endpoint.asked(SHARD)[0];
    assert_eq!(asked[0], json!(ID.to_string()));
    let begins = |offset: usize, bytes: &[u8]| {
        let bytes = bs58::encode(bytes).into_string();
        json!({"memcmp": {"offset": offset, "bytes": bytes, "encoding": "base58"}})
    };
    let expected = json!([
        begins(0, &whole.discriminator),
        begins(whole.offset, &[255])
    ]);
    assert_eq!(asked[1]["filters"], expected);
    assert_eq!(
        asked[1]["dataSlice"],
        json!({"offset": 0, "length": whole.len})
    );
    assert_eq!(asked[1]["minContextSlot"], json!(5));
    Ok(())
}

#[tokio::test]
async fn the_tip_is_the_clock_at_the_commitment() -> Result<()> {
    let endpoint = Endpoint::start(vec![(TIP, vec![clock(7, -8)])]).await?;
    let tip = node(&[&endpoint])?.tip(Finalized).await?;
    assert_eq!((tip.slot, tip.at), (7, -8));
    assert_eq!(endpoint.asked(TIP)[0][1]["commitment"], json!("finalized"));
    Ok(())
}

#[tokio::test]
async fn what_is_not_settled_is_not_listed() -> Result<()> {
    let entry = |byte: u8, err: Value, status: &str| {
        json!({"signature": signature(byte).to_string(), "slot": 5, "err": err, "memo": null,
            "blockTime": null, "confirmationStatus": status, "transactionIndex": byte})
    };
    let page = json!([
        entry(4, Value::Null, "processed"),
        entry(3, json!({"AnErrorOfTomorrow": [1]}), "confirmed"),
        entry(2, Value::Null, "finalized"),
        {"signature": signature(1).to_string(), "slot": 4, "err": null},
    ]);
    let endpoint = Endpoint::start(vec![(LIST, vec![result(page)])]).await?;
    let listed = node(&[&endpoint])?.signatures(&listing(None)).await?;
    let of = |byte: u8, slot, index, failed| Listed {
        signature: signature(byte),
        slot,
        index,
        failed,
    };
    let expected = [
        of(3, 5, Some(3), true),
        of(2, 5, Some(2), false),
        of(1, 4, None, false),
    ];
    assert_eq!(listed, expected);
    let asked = &endpoint.asked(LIST)[0][1];
    assert_eq!(asked["until"], json!(signature(1).to_string()));
    assert_eq!(
        (&asked["before"], &asked["minContextSlot"]),
        (&Value::Null, &json!(5))
    );
    Ok(())
}

#[tokio::test]
async fn an_end_of_the_list_counts_only_where_its_beginning_is_known() -> Result<()> {
    let before = Some(signature(9));
    let page = |byte: u8| {
        let entry = json!({"signature": signature(byte).to_string(), "slot": 5, "err": null});
        result(json!([entry]))
    };
    let forgetful = || {
        let unknown = at(9, json!([null]));
        Endpoint::start(vec![
            (LIST, vec![result(json!([]))]),
            (STATUSES, vec![unknown]),
        ])
    };
    let alone = forgetful().await?;
    let lost = node(&[&alone])?.signatures(&listing(before)).await;
    assert!(matches!(lost, Err(NodeError::UnknownTransaction(it)) if Some(it) == before));

    let (first, second) = (forgetful().await?, Endpoint::start(vec![]).await?);
    second.script(LIST, vec![page(2)]);
    let listed = node(&[&first, &second])?
        .signatures(&listing(before))
        .await?;
    assert_eq!(listed.len(), 1);

    let known = at(9, json!([{"slot": 5, "confirmationStatus": "finalized"}]));
    let script = vec![(LIST, vec![result(json!([]))]), (STATUSES, vec![known])];
    let whole = Endpoint::start(script).await?;
    assert_eq!(node(&[&whole])?.signatures(&listing(before)).await?, []);
    Ok(())
}

#[tokio::test]
async fn an_end_that_the_node_does_not_know_is_no_end_and_an_unknown_beginning_is_named()
-> Result<()> {
    const LOST: i64 = -32_020;
    let entry = json!({"signature": signature(2).to_string(), "slot": 5, "err": null});
    let script = vec![error(LOST), result(json!([entry]))];
    let endpoint = Endpoint::start(vec![(LIST, script)]).await?;
    let listed = node(&[&endpoint])?.signatures(&listing(None)).await?;
    assert_eq!(listed.len(), 1);
    let asked = endpoint.asked(LIST);
    let ends: Vec<bool> = asked.iter().map(|it| it[1]["until"].is_string()).collect();
    assert_eq!(ends, [true, false]);

    let endpoint = Endpoint::start(vec![(LIST, vec![error(LOST)])]).await?;
    let before = Some(signature(9));
    let lost = node(&[&endpoint])?.signatures(&listing(before)).await;
    assert!(matches!(lost, Err(NodeError::UnknownTransaction(it)) if Some(it) == before));
    Ok(())
}

#[tokio::test]
async fn a_transaction_is_unknown_only_if_it_is_so_to_all() -> Result<()> {
    let outcome = |slot: u64, status: &str| json!({"slot": slot, "confirmationStatus": status});
    let first = at(9, json!([null, outcome(5, "confirmed"), null]));
    let second = at(9, json!([outcome(4, "finalized"), null]));
    let first = Endpoint::start(vec![(STATUSES, vec![first])]).await?;
    let second = Endpoint::start(vec![(STATUSES, vec![second])]).await?;
    let broken = Endpoint::start(vec![(STATUSES, vec![error(-32005)])]).await?;
    let asked = [signature(1), signature(2), signature(3)];
    let found = node(&[&first, &broken, &second])?.statuses(&asked).await?;
    let status = |slot, finalized| Some(Status { slot, finalized });
    assert_eq!(found, [status(4, true), status(5, false), None]);
    let names = [signature(1), signature(3)].map(|it| it.to_string());
    let expected = json!([names, {"searchTransactionHistory": true}]);
    assert_eq!(second.asked(STATUSES), [expected]);
    Ok(())
}
