//! Each fault as a plain client sees it.

mod chain;
mod node;
mod sockets;

use super::{Fault, Proxy};
use anyhow::{Context, Result};
use node::Node;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use solana_rpc_client_api::request::RpcRequest;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How long to wait for an answer that must not come.
const SILENCE: Duration = Duration::from_millis(200);

async fn post(proxy: &Proxy, body: impl ToString) -> Result<Response> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let request = client
        .post(proxy.rpc_url())
        .header("content-type", "application/json")
        .body(body.to_string());
    Ok(request.send().await?)
}

async fn call(proxy: &Proxy, method: &str, params: Value) -> Result<Value> {
    let call = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
    Ok(post(proxy, call).await?.json().await?)
}

async fn slot(proxy: &Proxy) -> Result<Response> {
    post(
        proxy,
        json!({"jsonrpc": "2.0", "id": 7, "method": "getSlot"}),
    )
    .await
}

#[tokio::test]
async fn what_no_rule_is_about_passes_byte_for_byte() -> Result<()> {
    let (node, proxy) = Node::behind_proxy().await?;
    proxy.on(RpcRequest::GetSlot).answer(Fault::Null);
    let odd = r#"{"method":  "echo", "id": 18446744073709551615, "params": [1.10]}"#;
    assert_eq!(post(&proxy, odd).await?.text().await?, odd);
    assert_eq!(post(&proxy, "no JSON").await?.text().await?, "no JSON");
    assert_eq!(node.asked(), 2);
    assert_eq!(proxy.injected().len(), 0);
    Ok(())
}

#[tokio::test]
async fn connections_break_and_hang_before_and_after_the_node_is_asked() -> Result<()> {
    let (node, proxy) = Node::behind_proxy().await?;
    let next = || proxy.on(RpcRequest::GetSlot).for_next(1);

    next().answer(Fault::Drop);
    slot(&proxy).await.expect_err("dropped");
    next().answer(Fault::HalfOpen);
    timeout(SILENCE, slot(&proxy))
        .await
        .expect_err("no answer comes");
    assert_eq!(node.asked(), 0);

    next().answer(Fault::LoseAnswer);
    slot(&proxy).await.expect_err("the answer is lost");
    next().answer(Fault::CutOff);
    slot(&proxy).await?.text().await.expect_err("cut off");
    next().answer(Fault::Stall);
    let stalled = slot(&proxy).await?;
    timeout(SILENCE, stalled.text())
        .await
        .expect_err("the rest does not come");
    assert_eq!(node.asked(), 3);

    next().answer(Fault::Delay(SILENCE));
    let begin = Instant::now();
    assert_eq!(slot(&proxy).await?.status(), StatusCode::OK);
    assert!(begin.elapsed() >= SILENCE);
    Ok(())
}

#[tokio::test]
async fn answers_are_refused_cut_short_and_replaced() -> Result<()> {
    let (node, proxy) = Node::behind_proxy().await?;
    let next = || proxy.on(RpcRequest::GetSlot).for_next(1);
    let whole = slot(&proxy).await?.text().await?;

    for status in [500, 502, 503] {
        next().answer(Fault::Status(status));
        assert_eq!(slot(&proxy).await?.status(), status);
    }
    next().answer(Fault::TooManyRequests(Some(3)));
    let refused = slot(&proxy).await?;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "3");
    for code in [
        -32004, -32005, -32007, -32009, -32010, -32014, -32015, -32016, -32020, -32601,
    ] {
        next().answer(Fault::Code(code));
        let answer: Value = slot(&proxy).await?.json().await?;
        assert_eq!(answer["error"]["code"], code);
        assert_eq!(answer["id"], 7);
    }
    next().answer(Fault::Garbage);
    let garbage = slot(&proxy).await?;
    assert_eq!(garbage.status(), StatusCode::OK);
    assert!(garbage.text().await?.starts_with("<html>"));
    assert_eq!(node.asked(), 1);

    next().answer(Fault::Truncate);
    let half = slot(&proxy).await?.text().await?;
    assert_eq!(half, whole[..whole.len() / 2]);
    next().answer(Fault::Pad(5_000_000));
    let padded = slot(&proxy).await?.text().await?;
    assert_eq!(padded.len(), whole.len() + 5_000_000);
    assert_eq!(padded.trim_start(), whole);
    let counted = proxy.injected();
    assert_eq!(counted["HTTP 503"], 1);
    assert_eq!(counted["-32020"], 1);
    assert_eq!(counted["truncated"], 1);
    Ok(())
}

#[tokio::test]
async fn results_are_changed_and_numbers_of_64_bits_stay() -> Result<()> {
    let (_node, proxy) = Node::behind_proxy().await?;
    let echo = || proxy.on(RpcRequest::Custom { method: "result" });
    let given = json!({
        "meta": {"innerInstructions": [1], "fee": u64::MAX},
        "transactions": [{"meta": {"innerInstructions": [1]}}],
    });
    let withheld = json!({
        "meta": {"innerInstructions": null, "fee": u64::MAX},
        "transactions": [{"meta": {"innerInstructions": null}}],
    });
    echo().for_next(1).answer(Fault::WithholdInner);
    let answer = call(&proxy, "result", json!([given])).await?;
    assert_eq!(answer["result"], withheld);

    echo().for_next(2).answer(Fault::Twice);
    let answer = call(&proxy, "result", json!([[1, 2]])).await?;
    assert_eq!(answer["result"], json!([1, 1, 2, 2]));
    let answer = call(&proxy, "result", json!([{"value": [1]}])).await?;
    assert_eq!(answer["result"]["value"], json!([1, 1]));

    echo().answer(Fault::edit("one more", |params, result| {
        *result = json!([params[0], "more"]);
    }));
    let answer = call(&proxy, "result", json!([1])).await?;
    assert_eq!(answer["result"], json!([1, "more"]));
    assert_eq!(proxy.injected()["one more"], 1);

    proxy.clear();
    let answer = call(&proxy, "result", json!([1])).await?;
    assert_eq!(answer["result"], 1);
    Ok(())
}

#[tokio::test]
async fn rules_apply_in_their_order_to_what_they_are_about() -> Result<()> {
    let (_node, proxy) = Node::behind_proxy().await?;
    let method = RpcRequest::Custom { method: "result" };
    let late = proxy.on(method).after(1).for_next(1);
    let late = late.answer(Fault::Code(1));
    let named = proxy.on(method).naming("wanted").answer(Fault::Code(2));
    let every = proxy
        .on_every_call()
        .with_probability(1.0)
        .answer(Fault::Code(3));
    let never = proxy
        .on_every_call()
        .with_probability(0.0)
        .answer(Fault::Code(4));
    let code = async |method: &str, text: &str| -> Result<i64> {
        let answer = call(&proxy, method, json!([text])).await?;
        answer["error"]["code"].as_i64().context("an error")
    };
    assert_eq!(code("result", "wanted").await?, 2);
    assert_eq!(code("result", "wanted").await?, 1);
    assert_eq!(code("result", "other").await?, 3);
    assert_eq!(code("getSlot", "wanted").await?, 3);
    let times = [&late, &named, &every, &never].map(super::Applied::times);
    assert_eq!(times, [1, 1, 2, 0]);
    assert_eq!(proxy.asked()["result"], 3);
    Ok(())
}

#[tokio::test]
async fn the_same_seed_is_the_same_chance() -> Result<()> {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let (_node, proxy) = Node::behind_seeded_proxy(seed).await?;
        let half = proxy.on(RpcRequest::GetSlot).with_probability(0.5);
        half.answer(Fault::Null);
        let mut run = Vec::new();
        for _ in 0..40 {
            let answer = call(&proxy, "getSlot", json!([])).await?;
            run.push(answer["result"].is_null());
        }
        runs.push(run);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    assert!(runs[0].contains(&true) && runs[0].contains(&false));
    Ok(())
}

#[tokio::test]
async fn calls_of_a_batch_fail_one_by_one() -> Result<()> {
    let (_node, proxy) = Node::behind_proxy().await?;
    proxy
        .on(RpcRequest::Custom { method: "result" })
        .naming("b")
        .answer(Fault::Code(-32004));
    let batch = json!([
        {"jsonrpc": "2.0", "id": "first", "method": "result", "params": ["a"]},
        {"jsonrpc": "2.0", "id": 2, "method": "result", "params": ["b"]},
    ]);
    let answers: Value = post(&proxy, batch).await?.json().await?;
    assert_eq!(answers[0]["id"], "first");
    assert_eq!(answers[0]["result"], "a");
    assert_eq!(answers[1]["id"], 2);
    assert_eq!(answers[1]["error"]["code"], -32004);
    Ok(())
}

#[tokio::test]
async fn it_ends_with_its_value_and_its_connections_when_they_are_cut() -> Result<()> {
    let (_node, proxy) = Node::behind_proxy().await?;
    proxy
        .on(RpcRequest::GetSlot)
        .for_next(1)
        .answer(Fault::HalfOpen);
    let (held, ()) = tokio::join!(slot(&proxy), async {
        // The answer is withheld once the request has come that far.
        while proxy.injected().is_empty() {
            tokio::task::yield_now().await;
        }
        proxy.cut();
    });
    held.expect_err("cut");
    assert_eq!(slot(&proxy).await?.status(), StatusCode::OK);

    let url = proxy.rpc_url();
    drop(proxy);
    let deadline = Instant::now() + Duration::from_secs(10);
    while reqwest::get(&url).await.is_ok() {
        assert!(Instant::now() < deadline, "it still answers");
    }
    Ok(())
}
