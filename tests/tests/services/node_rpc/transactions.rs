//! Transactions: what a node withholds, what this version cannot read, and what strangers send.

use super::{Endpoint, Reply, clock, error, node, result, status};
use anyhow::Result;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use solana_address::Address;
use solana_message::{
    MessageHeader, VersionedMessage,
    compiled_instruction::CompiledInstruction,
    v0::{Message, MessageAddressTableLookup},
};
use solana_signature::Signature;
use tessera_client::types::{ID, carrier::TOKEN_PROGRAM};
use tessera_indexer::node::{
    Calls, Commitment::Confirmed, Content, Listed, Node, NodeError, Place, Transaction,
    transactions,
};

const GET: &str = "getTransaction";
const BLOCK: &str = "getBlock";
const TIP: &str = "getAccountInfo";

pub(super) fn key(byte: u8) -> Address {
    Address::new_from_array([byte; 32])
}

fn listed(byte: u8) -> Listed {
    Listed {
        signature: Signature::from([byte; 64]),
        slot: 5,
        index: None,
        failed: false,
    }
}

/// Base64 of a transaction that is signed once, or what it would be.
pub(super) fn sent(byte: u8, message: &[u8]) -> String {
    BASE64_STANDARD.encode([&[1][..], &[byte; 64], message].concat())
}

/// One that hands the program a key from a lookup table, and its own payer, as writable.
fn message() -> Message {
    Message {
        header: MessageHeader {
            num_required_signatures: 1,
            num_readonly_signed_accounts: 0,
            num_readonly_unsigned_accounts: 2,
        },
        account_keys: vec![key(1), key(2), ID, TOKEN_PROGRAM],
        instructions: vec![CompiledInstruction::new_from_raw_parts(
            2,
            vec![],
            vec![0, 3, 4, 5],
        )],
        address_table_lookups: vec![MessageAddressTableLookup {
            account_key: key(9),
            writable_indexes: vec![0],
            readonly_indexes: vec![1],
        }],
        ..Message::default()
    }
}

fn meta() -> Value {
    json!({
        "err": null, "status": {"Ok": null}, "fee": 5000, "preBalances": [], "postBalances": [],
        "logMessages": ["Program log: hello"],
        "innerInstructions": [{"index": 0, "instructions": [
            {"programIdIndex": 3, "accounts": [1], "data": bs58::encode("tail").into_string(),
             "stackHeight": 2},
        ]}],
        "loadedAddresses": {"writable": [key(6).to_string()], "readonly": [key(7).to_string()]},
    })
}

pub(super) fn answer(byte: u8) -> Value {
    let bytes = VersionedMessage::V0(message()).serialize();
    json!({
        "slot": 5, "transaction": [sent(byte, &bytes), "base64"], "meta": meta(), "version": 0,
        "blockTime": null, "transactionIndex": 3,
    })
}

pub(super) fn changed(path: &str, value: Value) -> Value {
    let mut answer = answer(1);
    let (parent, name) = path.rsplit_once('/').expect("a path");
    answer.pointer_mut(parent).expect("a place")[name] = value;
    answer
}

async fn read(answers: Vec<Value>) -> Result<std::result::Result<Transaction, NodeError>> {
    let mut endpoints = vec![];
    for answer in answers {
        endpoints.push(Endpoint::start(vec![(GET, vec![result(answer)])]).await?);
    }
    let endpoints: Vec<&Endpoint> = endpoints.iter().collect();
    let read = node(&endpoints)?.transaction(&listed(1), Confirmed).await;
    let times = endpoints.iter().map(|endpoint| endpoint.asked(GET).len());
    anyhow::ensure!(times.max() == Some(1), "one endpoint was asked twice");
    Ok(read)
}

async fn content(answer: Value) -> Result<Content> {
    Ok(read(vec![answer]).await??.content)
}

#[tokio::test]
async fn what_one_node_withholds_another_shows() -> Result<()> {
    let inner = "/meta/innerInstructions";
    let parsed = json!([{"index": 0, "instructions": [{"program": "spl-token", "programId": "x",
        "parsed": {}, "stackHeight": 2}]}]);
    let withheld = [
        changed("/meta", Value::Null),
        changed(inner, Value::Null),
        changed(inner, json!("none")),
        changed(inner, parsed),
        changed(
            "/meta/innerInstructions/0/instructions/0/stackHeight",
            Value::Null,
        ),
        changed(
            "/meta/innerInstructions/0/instructions/0/data",
            json!("0OIl"),
        ),
        changed("/meta/loadedAddresses", Value::Null),
        changed("/meta/loadedAddresses/readonly", json!([])),
        changed("/meta/loadedAddresses/readonly", json!(["nobody"])),
        changed("/transaction", json!(["!", "base64"])),
        changed("/transaction", json!(["1111", "base58"])),
        changed("/transaction", json!({"signatures": [], "accountKeys": []})),
    ];
    for withheld in withheld {
        let alone = read(vec![withheld.clone(), withheld.clone()]).await?;
        let error = alone.expect_err("nobody shows it");
        assert!(
            matches!(error, NodeError::Withheld { .. }),
            "{error} of {withheld}"
        );
        let shown = read(vec![withheld, answer(1)]).await??;
        assert!(matches!(shown.content, Content::Calls(_)));
    }
    Ok(())
}

#[tokio::test]
async fn null_is_an_answer_only_once_tried_enough() -> Result<()> {
    let late = vec![result(Value::Null), result(Value::Null), result(answer(1))];
    let endpoint = Endpoint::start(vec![(GET, late)]).await?;
    node(&[&endpoint])?
        .transaction(&listed(1), Confirmed)
        .await?;

    let pruned = Endpoint::start(vec![(GET, vec![result(Value::Null)])]).await?;
    let whole = Endpoint::start(vec![(GET, vec![result(answer(1))])]).await?;
    node(&[&pruned, &whole])?
        .transaction(&listed(1), Confirmed)
        .await?;
    assert_eq!(pruned.asked(GET).len(), 1);

    let unknown = node(&[&pruned])?.transaction(&listed(1), Confirmed).await;
    assert!(matches!(unknown, Err(NodeError::UnknownTransaction(_))));
    assert_eq!(pruned.asked(GET).len(), 6);
    Ok(())
}

#[tokio::test]
async fn transactions_that_fail_are_withheld_and_a_node_that_is_down_is_not() -> Result<()> {
    let mut unplaced = answer(1);
    unplaced["transactionIndex"] = Value::Null;
    let failures = [
        (status(500), error(-32601)),
        (status(403), error(-32601)),
        (error(-32603), error(-32601)),
        (error(-32000), error(-32601)),
        (Reply::Endless, error(-32601)),
        (result(json!({})), error(-32601)),
        (result(unplaced.clone()), status(500)),
        (result(unplaced), result(json!({}))),
    ];
    for (get, block) in failures {
        let script = vec![(GET, vec![get]), (BLOCK, vec![block])];
        let endpoint = Endpoint::start(script).await?;
        let node = node(&[&endpoint])?;
        endpoint.script(TIP, vec![clock(7, 8)]);
        let shown = transactions(&node, vec![listed(1)], Confirmed, 2).await?;
        let [Err(NodeError::Withheld { signature, .. })] = &shown[..] else {
            anyhow::bail!("not withheld: {shown:?}");
        };
        assert_eq!(*signature, listed(1).signature);
        endpoint.script(TIP, vec![status(503)]);
        let down = transactions(&node, vec![listed(1)], Confirmed, 2).await;
        down.expect_err("it is down");
    }
    Ok(())
}

#[tokio::test]
async fn an_endpoint_that_showed_transactions_does_not_refuse_all_with_one() -> Result<()> {
    for refused in [status(403), error(-32601), error(-32011)] {
        let replies = vec![result(answer(1)), refused, result(answer(1))];
        let endpoint = Endpoint::start(vec![(GET, replies)]).await?;
        let node = node(&[&endpoint])?;
        node.transaction(&listed(1), Confirmed).await?;
        let failed = node.transaction(&listed(1), Confirmed).await;
        failed.expect_err("one is refused");
        node.transaction(&listed(1), Confirmed).await?;
    }
    Ok(())
}

#[tokio::test]
async fn another_transaction_is_no_answer() -> Result<()> {
    let mistaken = read(vec![answer(2)]).await?;
    assert!(
        matches!(mistaken, Err(NodeError::Malformed { .. })),
        "{mistaken:?}"
    );
    assert_eq!(
        read(vec![answer(2), answer(1)]).await??.signature,
        listed(1).signature
    );
    Ok(())
}

#[tokio::test]
async fn what_this_version_cannot_read_is_handed_on_without_its_logs() -> Result<()> {
    let own = VersionedMessage::V0(message()).serialize();
    let tomorrows = [&[0x80 | 99][..], &own[1..]].concat();
    let height = "/meta/innerInstructions/0/instructions/0/stackHeight";
    let unreadable = [
        changed("/transaction", json!([sent(1, &tomorrows), "base64"])),
        changed(
            "/transaction",
            json!([sent(1, &own[..own.len() / 2]), "base64"]),
        ),
        changed("/transaction", json!(["", "base64"])),
        changed(
            "/meta/innerInstructions/0/instructions/0/programIdIndex",
            json!(99),
        ),
        changed("/meta/innerInstructions/0/index", json!(1)),
        changed(height, json!(0)),
        changed(height, json!(u32::MAX)),
    ];
    for answer in unreadable {
        let Content::Unreadable { reason, bytes } = content(answer.clone()).await? else {
            anyhow::bail!("read: {answer}");
        };
        assert!(!reason.is_empty());
        let mut kept = answer;
        kept["meta"]
            .as_object_mut()
            .expect("a meta")
            .remove("logMessages");
        assert_eq!(serde_json::from_slice::<Value>(&bytes)?, kept);
    }
    let long = "A".repeat(2 << 20);
    let Content::Unreadable { reason, bytes } =
        content(changed("/transaction", json!([long, "base64"]))).await?
    else {
        anyhow::bail!("zeros were read");
    };
    assert_eq!(bytes.len(), 1 << 20);
    assert!(reason.ends_with("cut off"), "{reason}");
    Ok(())
}

#[tokio::test]
async fn a_strangers_transaction_is_nothing_whatever_is_odd_about_it() -> Result<()> {
    let mut failed = changed("/meta/err", json!({"AnErrorOfTomorrow": [1, {"x": null}]}));
    failed["transaction"][0] = json!("");
    failed["meta"]["innerInstructions"] = Value::Null;
    assert_eq!(content(failed).await?, Content::Nothing);

    let encoded = |message: Message| {
        let bytes = VersionedMessage::V0(message).serialize();
        json!([sent(1, &bytes), "base64"])
    };
    let mut foreign = message();
    foreign.account_keys[2] = key(8);
    let mut foreign = changed("/transaction", encoded(foreign));
    foreign["meta"]["innerInstructions"] = Value::Null;
    assert_eq!(content(foreign).await?, Content::Nothing);

    let mut naming = message();
    naming.instructions[0].program_id_index = 3;
    let mut naming = changed("/transaction", encoded(naming));
    naming["meta"]["innerInstructions"][0]["instructions"][0]["stackHeight"] = Value::Null;
    assert_eq!(content(naming).await?, Content::Nothing);
    Ok(())
}

#[tokio::test]
async fn no_bytes_and_no_indexes_end_the_reading() -> Result<()> {
    let own = VersionedMessage::V0(message()).serialize();
    let endpoint = Endpoint::start(vec![]).await?;
    let node = node(&[&endpoint])?;
    let mut answers = vec![];
    for place in 0..own.len() {
        for byte in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bytes = own.clone();
            bytes[place] = byte;
            answers.push(changed("/transaction", json!([sent(1, &bytes), "base64"])));
        }
        answers.push(changed(
            "/transaction",
            json!([sent(1, &own[..place]), "base64"]),
        ));
    }
    let call = "/meta/innerInstructions/0/instructions/0";
    for number in [
        json!(-1),
        json!(1.5),
        json!(255),
        json!(256),
        json!(u64::MAX),
        json!([]),
    ] {
        for name in ["programIdIndex", "accounts", "data", "stackHeight"] {
            answers.push(changed(&format!("{call}/{name}"), number.clone()));
        }
        answers.push(changed(&format!("{call}/accounts"), json!([number])));
        answers.push(changed("/meta/innerInstructions/0/index", number));
    }
    let expected = answers.len();
    endpoint.script(GET, answers.into_iter().map(result).collect());
    for _ in 0..expected {
        // A refusal is an answer, too.
        let _ = node.transaction(&listed(1), Confirmed).await;
    }
    assert_eq!(endpoint.asked(GET).len(), expected);
    Ok(())
}

#[tokio::test]
async fn a_transaction_says_what_it_called_and_let_be_written() -> Result<()> {
    let transaction = read(vec![answer(1)]).await??;
    let place = Place { slot: 5, index: 3 };
    assert_eq!(
        (transaction.signature, transaction.place),
        (listed(1).signature, place)
    );
    let Content::Calls(Calls { calls, touched }) = transaction.content else {
        anyhow::bail!("no calls");
    };
    assert_eq!(touched, [key(1), key(6)]);
    assert_eq!((calls.len(), calls[0].program), (1, ID));
    let [inner] = &calls[0].inner[..] else {
        anyhow::bail!("not one inner call");
    };
    assert_eq!(
        (inner.program, &inner.data[..]),
        (TOKEN_PROGRAM, &b"tail"[..])
    );
    Ok(())
}

#[tokio::test]
async fn a_place_that_no_answer_names_is_looked_up_in_the_block() -> Result<()> {
    let unplaced = |byte: u8| {
        let mut answer = answer(byte);
        answer["transactionIndex"] = Value::Null;
        result(answer)
    };
    let names: Vec<String> = [4, 2, 1]
        .map(|it| listed(it).signature.to_string())
        .to_vec();
    let lagging = result(json!({"signatures": &names[..1]}));
    let block = vec![
        error(-32004),
        result(Value::Null),
        lagging,
        result(json!({"signatures": names})),
    ];
    let script = vec![
        (GET, vec![unplaced(1), unplaced(2), unplaced(1)]),
        (BLOCK, block),
    ];
    let endpoint = Endpoint::start(script).await?;
    let node = node(&[&endpoint])?;
    for (byte, index) in [(1, 2), (2, 1)] {
        let transaction = node.transaction(&listed(byte), Confirmed).await?;
        assert_eq!(transaction.place, Place { slot: 5, index });
    }
    assert_eq!(
        endpoint.asked(BLOCK).len(),
        4,
        "neighbours are in the same block"
    );

    let moved = Listed {
        slot: 4,
        index: Some(9),
        ..listed(1)
    };
    let transaction = node.transaction(&moved, Confirmed).await?;
    assert_eq!(transaction.place, Place { slot: 5, index: 2 });
    let told = Listed {
        index: Some(9),
        ..listed(1)
    };
    let transaction = node.transaction(&told, Confirmed).await?;
    assert_eq!(transaction.place, Place { slot: 5, index: 9 });
    Ok(())
}

#[tokio::test]
async fn a_block_that_was_replaced_is_asked_for_again() -> Result<()> {
    let block = |byte: u8| result(json!({"signatures": [listed(byte).signature.to_string()]}));
    let unplaced = |byte: u8| {
        let mut answer = answer(byte);
        answer["transactionIndex"] = Value::Null;
        result(answer)
    };
    let transactions: Vec<Reply> = vec![unplaced(1), unplaced(2)];
    let script = vec![(GET, transactions), (BLOCK, vec![block(1), block(2)])];
    let endpoint = Endpoint::start(script).await?;
    let node = node(&[&endpoint])?;
    for byte in [1, 2] {
        let transaction = node.transaction(&listed(byte), Confirmed).await?;
        assert_eq!(transaction.place, Place { slot: 5, index: 0 });
    }
    assert_eq!(endpoint.asked(BLOCK).len(), 2);
    Ok(())
}
