//! Nodes that do not say the same.

use super::{
    PATIENCE, Scene, node,
    running::{Running, Settings},
    slot, until,
};
use anyhow::{Context, Result, ensure};
use solana_rpc_client_api::request::RpcRequest;
use std::sync::Arc;
use tessera_client::types::{ID, carrier::TOKEN_PROGRAM};
use tessera_indexer::{Indexer, IndexerConfig};
use tessera_store::mirror::query::index;
use tessera_tests::{
    eventually,
    faults::{Fault, Proxy},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stands_still_beside_one_that_does_not_takes_nothing_back() -> Result<()> {
    let mut scene = Scene::start(301).await?;
    let (whole, still) = (
        Proxy::of(&scene.network, 1).await?,
        Proxy::of(&scene.network, 2).await?,
    );
    // Both are asked, now this one and now that one.
    for proxy in [&whole, &still] {
        let rule = proxy.on_every_call().with_probability(0.3);
        rule.answer(Fault::Code(-32005));
    }
    let proxies = [&whole, &still];
    let running = Running::start(&scene.mirror.url, Settings::over(&proxies))?;
    scene.play(1, 2).await?;
    let memory = still.remember(&[ID, TOKEN_PROGRAM]).await?;
    still.freeze(&memory);
    scene.play(2, 3).await?;
    // It still stands there when everything is compared.
    scene
        .end("a node that stands still", running, &proxies)
        .await?;
    ensure!(still.injected().contains_key("stale"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preferred_node_that_stands_still_is_left_for_one_that_goes_on() -> Result<()> {
    let mut scene = Scene::start(305).await?;
    let (still, whole) = (
        Proxy::of(&scene.network, 8).await?,
        Proxy::of(&scene.network, 9).await?,
    );
    let memory = still.remember(&[ID, TOKEN_PROGRAM]).await?;
    still.freeze(&memory);
    let proxies = [&still, &whole];
    let running = Running::start(&scene.mirror.url, Settings::over(&proxies))?;
    scene.play(2, 3).await?;
    let group = "a preferred node that stands still";
    scene.end(group, running, &proxies).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_of_one_node_that_stands_still_is_late_and_says_why() -> Result<()> {
    let mut scene = Scene::start(306).await?;
    let proxy = Proxy::of(&scene.network, 10).await?;
    let running = Running::start(&scene.mirror.url, Settings::over(&[&proxy]))?;
    scene.filled().await?;
    let memory = proxy.remember(&[ID, TOKEN_PROGRAM]).await?;
    proxy.freeze(&memory);
    scene.play(1, 1).await?;
    let late = eventually(PATIENCE, async || {
        let state = index::state(&mut *scene.mirror.pool.acquire().await?).await?;
        let state = state.context("a mirror")?;
        // What the API takes for too late.
        Ok(match state.lag_secs > Some(10) {
            true => Ok(state),
            false => Err(format!("it is never late: {state:?}")),
        })
    })
    .await?;
    let problem = late.problem.unwrap_or_default();
    let reason = format!("no node shows a slot after {}", late.applied_slot);
    ensure!(problem == reason, "{problem}");
    ensure!(running.counted("failed_rounds") == 0, "a round failed");
    proxy.thaw();
    scene
        .end("one node that stands still", running, &[&proxy])
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_listed_late_comes_in_late() -> Result<()> {
    let mut scene = Scene::start(302).await?;
    let proxies = [
        Proxy::of(&scene.network, 3).await?,
        Proxy::of(&scene.network, 4).await?,
    ];
    let proxies = [&proxies[0], &proxies[1]];
    for proxy in proxies {
        let rule = proxy.on(RpcRequest::GetSignaturesForAddress);
        rule.with_probability(0.2).answer(Fault::Drop);
        proxy.list_late(0.3, 3);
    }
    let running = Running::start(&scene.mirror.url, Settings::over(&proxies))?;
    scene.play(2, 4).await?;
    end_of_late(&scene, "listed late", running, &proxies).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_list_ever_had_in_time_is_found_by_the_proof() -> Result<()> {
    let mut scene = Scene::start(303).await?;
    let proxy = Proxy::of(&scene.network, 5).await?;
    let running = Running::start(&scene.mirror.url, Settings::over(&[&proxy]))?;
    until(&scene.mirror, "filled", |it| it.snapshot_slot > 0).await?;
    let memory = proxy.remember(&[ID, TOKEN_PROGRAM]).await?;
    proxy.freeze(&memory);
    let before = scene.load.signatures().len();
    // One round, in which no account is both opened and closed: of such a one nothing would be left.
    scene.load.play(1).await?;
    for signature in scene.load.signatures()[before..].iter().step_by(2) {
        // Longer than it takes a transaction to be final.
        proxy.list_one_late(signature, 100);
    }
    proxy.thaw();
    scene.play(2, 3).await?;
    end_of_late(&scene, "listed when final long since", running, &[&proxy]).await
}

/// What was listed too late for the walk is found by a proof of all receipts. One is made whenever a
/// reading of all accounts finds something, every few hours, and at the start.
async fn end_of_late(
    scene: &Scene,
    group: &str,
    running: Running,
    proxies: &[&Proxy],
) -> Result<()> {
    let late = |it: &&Proxy| it.injected().contains_key("listed late");
    ensure!(proxies.iter().any(late));
    let tip = slot(&scene.network.rpc_url()).await?;
    until(&scene.mirror, "read again", |it| {
        it.final_slot >= tip && it.snapshot_slot >= tip
    })
    .await?;
    running.end(group, proxies)?;
    for proxy in proxies {
        proxy.clear();
    }
    let node = Arc::new(node(&scene.network.rpc_url())?);
    let mut indexer = Indexer::new(scene.mirror.pool.clone(), node, IndexerConfig::default());
    ensure!(indexer.prove_once(None).await? == 0, "receipts are missing");
    indexer.close().await?;
    let running = Running::start(&scene.mirror.url, Settings::over(proxies))?;
    scene
        .end(&format!("{group}, after a proof"), running, &[])
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_in_another_order_and_lists_with_repetitions_are_the_same_chain() -> Result<()> {
    let mut scene = Scene::start(304).await?;
    let proxies = [
        Proxy::of(&scene.network, 6).await?,
        Proxy::of(&scene.network, 7).await?,
    ];
    let proxies = [&proxies[0], &proxies[1]];
    for (proxy, seed) in proxies.iter().zip([7, 8]) {
        proxy.reorder_slots(seed);
        let lists = || proxy.on(RpcRequest::GetSignaturesForAddress);
        lists().with_probability(0.3).answer(Fault::Twice);
        lists().with_probability(0.2).answer(Fault::Drop);
    }
    let running = Running::start(&scene.mirror.url, Settings::over(&proxies))?;
    scene.play(2, 4).await?;
    scene.end("slots reordered", running, &proxies).await?;
    ensure!(proxies[0].injected().contains_key("slots reordered"));
    ensure!(proxies[0].injected().contains_key("entries twice"));
    Ok(())
}
