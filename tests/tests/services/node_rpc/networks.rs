//! Endpoints that are not all of one network.

use super::{Endpoint, GENESIS, clock, genesis, node, result, status};
use anyhow::Result;
use serde_json::json;
use tessera_indexer::node::{Commitment::Confirmed, Node, NodeError};

const TIP: &str = "getAccountInfo";
const HASH: &str = "getGenesisHash";
const OTHER: [u8; 32] = [9; 32];

#[tokio::test]
async fn an_endpoint_of_another_network_is_asked_nothing_more() -> Result<()> {
    let first = Endpoint::start(vec![(TIP, vec![status(503)])]).await?;
    let script = vec![(HASH, vec![genesis(OTHER)]), (TIP, vec![clock(7, 8)])];
    let second = Endpoint::start(script).await?;
    let node = node(&[&first, &second])?;
    assert_eq!(node.genesis_hash().await?, GENESIS);
    node.tip(Confirmed).await.expect_err("the first is down");
    assert_eq!(first.asked(TIP).len(), 5);
    assert_eq!((second.asked(HASH).len(), second.asked(TIP).len()), (1, 0));
    Ok(())
}

#[tokio::test]
async fn an_endpoint_that_was_silent_names_its_network_before_anything_else() -> Result<()> {
    for (named, answers) in [(OTHER, 0), (GENESIS, 1)] {
        let first = Endpoint::start(vec![(TIP, vec![status(503)])]).await?;
        let second = Endpoint::start(vec![(HASH, vec![status(503)])]).await?;
        second.script(TIP, vec![clock(7, 8)]);
        let node = node(&[&first, &second])?;
        assert_eq!(node.genesis_hash().await?, GENESIS);
        second.script(HASH, vec![genesis(named)]);
        let tip = node.tip(Confirmed).await;
        assert_eq!(tip.is_ok(), named == GENESIS);
        assert_eq!(second.asked(TIP).len(), answers);
    }
    Ok(())
}

#[tokio::test]
async fn no_call_comes_before_the_network_is_known() -> Result<()> {
    let endpoint = Endpoint::start(vec![(TIP, vec![clock(7, 8)])]).await?;
    endpoint.script(HASH, vec![status(503)]);
    let node = node(&[&endpoint])?;
    node.tip(Confirmed).await.expect_err("an unknown network");
    assert_eq!(endpoint.asked(TIP).len(), 0);
    endpoint.script(HASH, vec![result(json!("no hash"))]);
    node.tip(Confirmed).await.expect_err("no network at all");
    endpoint.script(HASH, vec![genesis(GENESIS)]);
    node.tip(Confirmed).await?;
    Ok(())
}

#[tokio::test]
async fn endpoints_of_which_none_can_be_believed_are_an_error() -> Result<()> {
    let of = |hash: [u8; 32]| Endpoint::start(vec![(HASH, vec![genesis(hash)])]);
    let (same, other) = (of(GENESIS).await?, of(OTHER).await?);
    let silent = Endpoint::down().await?;
    for endpoints in [&[&same, &other, &other][..], &[&silent, &same, &other]] {
        let refused = node(endpoints)?.genesis_hash().await;
        let Err(NodeError::Rpc { reason, .. }) = refused else {
            anyhow::bail!("believed: {refused:?}");
        };
        assert_eq!(reason, "the endpoints are of different networks");
    }
    for endpoints in [&[&silent, &same][..], &[&same, &other, &same]] {
        assert_eq!(node(endpoints)?.genesis_hash().await?, GENESIS);
    }
    Ok(())
}
