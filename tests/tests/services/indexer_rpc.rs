//! The RPC source against a node that answers what it is told to.

use anyhow::Result;
use axum::{Router, http::StatusCode, routing::post};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use solana_address::Address;
use solana_message::{
    MessageHeader, VersionedMessage,
    compiled_instruction::CompiledInstruction,
    v0::{Message, MessageAddressTableLookup},
};
use solana_signature::Signature;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tessera_client::{
    carried::{InnerCall, OuterCall},
    types::ID,
};
use tessera_indexer::{
    IndexerError,
    source::{RpcConfig, RpcSource, Source, Tip, Transaction},
};

/// A node's answers, one a request; the last is repeated.
struct Node {
    source: RpcSource,
    asked: Arc<AtomicUsize>,
}

impl Node {
    async fn start(answers: Vec<(StatusCode, String)>) -> Result<Self> {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        let answer = move || {
            let number = counter.fetch_add(1, Ordering::SeqCst);
            let answer = answers[number.min(answers.len() - 1)].clone();
            async move { answer }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let node = Router::new().route("/", post(answer));
        tokio::spawn(async move { axum::serve(listener, node).await });
        let source = RpcSource::new(&RpcConfig {
            attempts: 5,
            pause: Duration::from_millis(1),
            ..RpcConfig::new(url)
        });
        Ok(Self { source, asked })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn result(result: &Value) -> (StatusCode, String) {
    let answer = json!({"jsonrpc": "2.0", "id": 0, "result": result});
    (StatusCode::OK, answer.to_string())
}

fn error(code: i64) -> (StatusCode, String) {
    let answer = json!({"jsonrpc": "2.0", "id": 0, "error": {"code": code, "message": "no"}});
    (StatusCode::OK, answer.to_string())
}

fn clock(slot: u64, at: i64) -> (StatusCode, String) {
    let mut data = [0; 40];
    data[32..].copy_from_slice(&at.to_le_bytes());
    result(&json!({
        "context": {"slot": slot},
        "value": {
            "lamports": 1, "owner": "Sysvar1111111111111111111111111111111111111",
            "data": [BASE64_STANDARD.encode(data), "base64"],
            "executable": false, "rentEpoch": 0, "space": 40,
        },
    }))
}

#[tokio::test]
async fn failures_that_pass_are_tried_again() -> Result<()> {
    let node = Node::start(vec![
        (StatusCode::BAD_GATEWAY, "<html>".to_owned()),
        (StatusCode::OK, r#"{"jsonrpc": "2.0", "resu"#.to_owned()),
        error(-32005),
        error(-32016),
        clock(7, 1_800_000_000),
    ])
    .await?;
    let tip = Tip {
        slot: 7,
        at: 1_800_000_000,
    };
    assert_eq!(node.source.tip().await?, tip);
    assert_eq!(node.asked(), 5);
    Ok(())
}

#[tokio::test]
async fn failures_that_last_are_told_once_tried_enough() -> Result<()> {
    let node = Node::start(vec![(StatusCode::SERVICE_UNAVAILABLE, String::new())]).await?;
    let failure = node.source.tip().await.expect_err("the node is down");
    assert!(matches!(
        failure,
        IndexerError::Rpc {
            method: "getAccountInfo",
            ..
        }
    ));
    assert_eq!(node.asked(), 5);

    let node = Node::start(vec![error(-32602)]).await?;
    node.source.tip().await.expect_err("a refused request");
    assert_eq!(node.asked(), 1);
    Ok(())
}

#[tokio::test]
async fn a_transaction_tells_what_it_called_and_all_that_it_can_write() -> Result<()> {
    let key = |byte: u8| Address::new_from_array([byte; 32]);
    let message = VersionedMessage::V0(Message {
        header: MessageHeader {
            num_required_signatures: 2,
            num_readonly_signed_accounts: 1,
            num_readonly_unsigned_accounts: 1,
        },
        account_keys: vec![key(1), key(2), key(3), key(4), ID],
        instructions: vec![CompiledInstruction::new_from_raw_parts(
            4,
            vec![],
            vec![0, 5, 6],
        )],
        address_table_lookups: vec![MessageAddressTableLookup {
            account_key: key(9),
            writable_indexes: vec![0],
            readonly_indexes: vec![1],
        }],
        ..Message::default()
    });
    let signatures = [&[2][..], &[7; 64], &[8; 64]].concat();
    let bytes = [signatures, message.serialize()].concat();
    let answer = json!({
        "slot": 5,
        "transaction": [BASE64_STANDARD.encode(bytes), "base64"],
        "meta": {
            "err": null, "status": {"Ok": null}, "fee": 5000,
            "preBalances": [], "postBalances": [], "logMessages": null,
            "innerInstructions": [{"index": 0, "instructions": [
                {"programIdIndex": 5, "accounts": [], "data": "5LSGYeyVX9", "stackHeight": 2},
                {"programIdIndex": 3, "accounts": [], "data": "5LSGYeyVX9", "stackHeight": 3},
            ]}],
            "loadedAddresses": {"writable": [key(6).to_string()], "readonly": [key(7).to_string()]},
        },
        "version": 0,
        "blockTime": null,
    });
    let node = Node::start(vec![result(&answer), result(&Value::Null)]).await?;
    let inner = |program, data: &[u8], height| InnerCall {
        program,
        data: data.to_vec(),
        height: Some(height),
    };
    let expected = Transaction {
        slot: 5,
        calls: vec![OuterCall {
            program: ID,
            inner: vec![inner(key(6), b"receipt", 2), inner(key(4), b"", 3)],
        }],
        writable: vec![key(1), key(3), key(4), key(6)],
    };
    assert_eq!(
        node.source.transaction(Signature::default()).await?,
        expected
    );

    let unknown = node.source.transaction(Signature::default()).await;
    assert!(matches!(unknown, Err(IndexerError::UnknownTransaction(_))));
    Ok(())
}

#[tokio::test]
async fn transactions_of_a_block_that_is_not_confirmed_do_not_count() -> Result<()> {
    let info = |byte: u8, status: &str| {
        json!({
            "signature": Signature::from([byte; 64]).to_string(), "slot": 5, "err": null,
            "memo": null, "blockTime": null, "confirmationStatus": status,
        })
    };
    let page = json!([
        info(3, "processed"),
        info(2, "confirmed"),
        info(1, "finalized")
    ]);
    let node = Node::start(vec![result(&page)]).await?;
    let listed: Vec<_> = node
        .source
        .signatures(None, None, 5)
        .await?
        .iter()
        .map(|info| info.signature)
        .collect();
    assert_eq!(listed, [Signature::from([2; 64]), Signature::from([1; 64])]);
    Ok(())
}
