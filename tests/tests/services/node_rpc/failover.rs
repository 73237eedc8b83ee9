//! What an endpoint's failure leads to.

use super::{Endpoint, MAX_BYTES, Reply, clock, config, error, node, result, status};
use anyhow::{Context, Result};
use serde_json::json;
use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant, SystemTime},
};
use tessera_indexer::node::{
    Commitment::Confirmed, Node, NodeError, RpcNode, RpcNodeConfig, shards,
};
use tessera_tests::eventually;

const TIP: &str = "getAccountInfo";
const SHARD: &str = "getProgramAccounts";
const ACCOUNTS: &str = "getMultipleAccounts";

fn refusal(error: &NodeError) -> (&str, Option<i64>) {
    match error {
        NodeError::Rpc { reason, code, .. } => (reason, *code),
        _ => ("", None),
    }
}

#[tokio::test]
async fn addresses_that_are_none_are_refused_without_being_repeated() {
    for urls in [
        &[][..],
        &["http://a", "key-of-the-operator"],
        &["ftp://key-of-the-operator"],
    ] {
        let refused = RpcNode::new(&RpcNodeConfig::new(urls.to_vec()));
        let error = refused.err().expect("no address");
        assert!(matches!(error, NodeError::Setup(_)));
        assert!(!error.to_string().contains("key-of"));
    }
}

#[tokio::test]
async fn each_failure_that_passes_is_tried_again() -> Result<()> {
    let codes = [
        -32004, -32005, -32007, -32009, -32012, -32014, -32016, -32019, -32020, -32603, 429,
    ];
    let mut replies: Vec<Reply> = codes.map(error).to_vec();
    replies.extend([408, 429, 500, 502, 503, 504].map(status));
    replies.extend(["", "<html>", r#"{"jsonrpc": "2.0"}"#].map(|it| Reply::Text(it.to_owned())));
    replies.extend([Reply::Cut, Reply::Silence]);
    for reply in replies {
        let endpoint = Endpoint::start(vec![(TIP, vec![reply, clock(7, 8)])]).await?;
        let tip = node(&[&endpoint])?.tip(Confirmed).await?;
        assert_eq!((tip.slot, tip.at), (7, 8));
        assert_eq!(endpoint.asked(TIP).len(), 2);
    }
    Ok(())
}

#[tokio::test]
async fn a_request_that_is_wrong_is_not_repeated() -> Result<()> {
    let endpoint = Endpoint::start(vec![(TIP, vec![error(-32602)])]).await?;
    let refused = node(&[&endpoint])?.tip(Confirmed).await;
    let refused = refused.expect_err("a wrong request");
    assert_eq!(
        refusal(&refused),
        ("endpoint 1 answered -32602: no", Some(-32602))
    );
    assert_eq!(endpoint.asked(TIP).len(), 1);
    Ok(())
}

#[tokio::test]
async fn attempts_and_patience_end() -> Result<()> {
    let endpoint = Endpoint::start(vec![(TIP, vec![status(503)])]).await?;
    let failure = node(&[&endpoint])?.tip(Confirmed).await;
    let failure = failure.expect_err("the endpoint is down");
    assert_eq!(refusal(&failure).0, "endpoint 1 answered HTTP 503");
    assert_eq!(endpoint.asked(TIP).len(), 5);

    let busy = Reply::Status(429, Some("30".to_owned()));
    let endpoint = Endpoint::start(vec![(TIP, vec![busy])]).await?;
    let node = RpcNode::new(&RpcNodeConfig {
        patience: Duration::from_secs(10),
        ..config(&[&endpoint])
    })?;
    let begun = Instant::now();
    for _ in 0..2 {
        node.tip(Confirmed).await.expect_err("longer than patience");
    }
    assert_eq!(endpoint.asked(TIP).len(), 1);
    assert!(begun.elapsed() < Duration::from_secs(10));
    Ok(())
}

#[tokio::test]
async fn an_endpoint_that_asks_for_a_pause_gets_it() -> Result<()> {
    let date = chrono::DateTime::<chrono::Utc>::from(SystemTime::now() + Duration::from_secs(3));
    let date = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    for (wait, least) in [("2".to_owned(), 2), (date, 1)] {
        let busy = Reply::Status(429, Some(wait));
        let endpoint = Endpoint::start(vec![(TIP, vec![busy, clock(7, 8)])]).await?;
        let node = node(&[&endpoint])?;
        node.genesis_hash().await?;
        let begun = Instant::now();
        node.tip(Confirmed).await?;
        assert!(begun.elapsed() >= Duration::from_secs(least));
    }
    Ok(())
}

#[tokio::test]
async fn while_one_endpoint_rests_another_answers() -> Result<()> {
    let busy = Reply::Status(429, Some("30".to_owned()));
    let first = Endpoint::start(vec![(TIP, vec![busy])]).await?;
    let second = Endpoint::start(vec![(TIP, vec![clock(7, 8)])]).await?;
    let node = node(&[&first, &second])?;
    for _ in 0..3 {
        node.tip(Confirmed).await?;
    }
    assert_eq!((first.asked(TIP).len(), second.asked(TIP).len()), (1, 3));
    Ok(())
}

#[tokio::test]
async fn endpoints_that_are_down_are_passed_over_and_come_back() -> Result<()> {
    let down = Endpoint::down().await?;
    let first = Endpoint::start(vec![(TIP, vec![status(502), clock(9, 9)])]).await?;
    let second = Endpoint::start(vec![(TIP, vec![clock(7, 8)])]).await?;
    let node = node(&[&down, &first, &second])?;
    assert_eq!(node.tip(Confirmed).await?.slot, 7);
    let deadline = Instant::now() + Duration::from_secs(20);
    while node.tip(Confirmed).await?.slot != 9 {
        assert!(
            Instant::now() < deadline,
            "the endpoint is never asked again"
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

#[tokio::test]
async fn an_endpoint_that_refuses_a_method_is_asked_for_the_others() -> Result<()> {
    let shard = &shards()[0];
    let none = result(json!({"context": {"slot": 7}, "value": []}));
    for refused in [
        error(-32601),
        error(-32010),
        error(-32011),
        status(403),
        status(404),
    ] {
        let script = vec![(SHARD, vec![refused]), (TIP, vec![clock(7, 8)])];
        let first = Endpoint::start(script).await?;
        let second = Endpoint::start(vec![(SHARD, vec![none.clone()])]).await?;
        let node = node(&[&first, &second])?;
        for _ in 0..2 {
            node.shard(shard, 0).await?;
            node.tip(Confirmed).await?;
        }
        assert_eq!(
            (first.asked(SHARD).len(), second.asked(SHARD).len()),
            (1, 2)
        );
        assert_eq!((first.asked(TIP).len(), second.asked(TIP).len()), (2, 0));
    }
    Ok(())
}

#[tokio::test]
async fn a_method_that_all_endpoints_refuse_fails_with_the_reason() -> Result<()> {
    let first = Endpoint::start(vec![(SHARD, vec![error(-32010)])]).await?;
    let second = Endpoint::start(vec![(SHARD, vec![status(403)])]).await?;
    let node = node(&[&first, &second])?;
    let shard = &shards()[0];
    node.shard(shard, 0).await.expect_err("all refuse");
    let refused = node.shard(shard, 0).await.expect_err("all refused");
    let NodeError::Refused { reason, .. } = refused else {
        anyhow::bail!("not refused: {refused}");
    };
    assert!(
        reason.contains("endpoint 1 answered -32010: no"),
        "{reason}"
    );
    assert!(reason.contains("endpoint 2 answered HTTP 403"), "{reason}");
    assert_eq!(
        (first.asked(SHARD).len(), second.asked(SHARD).len()),
        (1, 1)
    );
    Ok(())
}

#[tokio::test]
async fn a_method_is_refused_although_other_endpoints_are_down_but_not_where_one_served_it()
-> Result<()> {
    let shard = &shards()[0];
    let (down, ill) = (Endpoint::down().await?, Endpoint::start(vec![]).await?);
    ill.script(SHARD, vec![status(503)]);
    for other in [&down, &ill] {
        for code in [401, 403, 404, 405, 410, 501] {
            let refusing = Endpoint::start(vec![(SHARD, vec![status(code)])]).await?;
            for endpoints in [[&refusing, other], [other, &refusing]] {
                let refused = node(&endpoints)?.shard(shard, 0).await;
                let refused = refused.expect_err("nobody serves it");
                assert!(matches!(refused, NodeError::Refused { .. }), "{refused}");
            }
        }
    }
    let refusing = Endpoint::start(vec![(SHARD, vec![status(403)])]).await?;
    let none = result(json!({"context": {"slot": 7}, "value": []}));
    let serving = Endpoint::start(vec![(SHARD, vec![none, status(503)])]).await?;
    let node = node(&[&refusing, &serving])?;
    node.shard(shard, 0).await?;
    let failed = node.shard(shard, 0).await.expect_err("it is down");
    assert_eq!(refusal(&failed).0, "endpoint 2 answered HTTP 503");
    Ok(())
}

#[tokio::test]
async fn an_endpoint_that_stands_still_is_passed_over_while_another_goes_on() -> Result<()> {
    const SLOT: &str = "getSlot";
    let still = Endpoint::start(vec![(TIP, vec![clock(100, 8)])]).await?;
    let going = Endpoint::start(vec![(TIP, vec![clock(120, 16)])]).await?;
    still.script(SLOT, vec![result(json!(100))]);
    let slots = (101..1_000).map(|slot| result(json!(slot)));
    going.script(SLOT, slots.collect());
    let node = node(&[&still, &going])?;
    assert_eq!(node.tip(Confirmed).await?.slot, 100);
    let until = async |slot| -> Result<()> {
        eventually(Duration::from_secs(20), async || {
            Ok(match node.tip(Confirmed).await?.slot == slot {
                true => Ok(()),
                false => Err(format!("never at slot {slot}")),
            })
        })
        .await
    };
    until(120).await?;
    still.script(SLOT, vec![result(json!(2_000)), result(json!(2_001))]);
    until(100).await
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_on() -> Result<()> {
    let first = Endpoint::start(vec![
        (SHARD, vec![Reply::Endless]),
        (ACCOUNTS, vec![Reply::Endless]),
    ])
    .await?;
    let none = result(json!({"context": {"slot": 7}, "value": []}));
    let second = Endpoint::start(vec![(SHARD, vec![none.clone()]), (ACCOUNTS, vec![none])]).await?;
    let node = node(&[&first, &second])?;
    let shard = node.shard(&shards()[0], 0).await;
    let Err(NodeError::TooLong { limit, .. }) = shard else {
        anyhow::bail!("not too long: {shard:?}");
    };
    assert_eq!(limit, MAX_BYTES);
    assert_eq!(
        second.asked(SHARD).len(),
        0,
        "a shard is as long everywhere"
    );
    assert_eq!(node.accounts(&[], 0).await?.slot, 7);
    // What the two connections hold comes on top.
    let sent = first.sent.load(Ordering::SeqCst);
    assert!(sent < 8 * MAX_BYTES, "{sent} bytes");
    Ok(())
}

#[tokio::test]
async fn errors_do_not_repeat_an_address() -> Result<()> {
    let down = Endpoint::down().await?;
    let words = "key-of-the-operator has no credit left at 127.0.0.1";
    let script = vec![(TIP, vec![Reply::Error(-32003, words.to_owned())])];
    let talking = Endpoint::start(script).await?;
    for endpoint in [down, talking] {
        let failure = node(&[&endpoint])?.tip(Confirmed).await;
        let failure = failure.err().context("no answer")?;
        let told = format!("{failure} {failure:?}");
        assert!(told.contains("endpoint 1"), "{told}");
        assert!(
            !told.contains("key-of-the-operator") && !told.contains("127.0.0.1"),
            "{told}"
        );
    }
    Ok(())
}
