//! Transactions that nodes list and do not show, or not whole.

use super::{
    Scene,
    running::{Running, Settings},
    until,
};
use anyhow::{Context, Result, ensure};
use solana_rpc_client_api::request::RpcRequest;
use std::time::Duration;
use tessera_tests::{
    eventually,
    faults::{Fault, Proxy},
};
use tokio::time::{Instant, sleep};

#[tokio::test(flavor = "multi_thread")]
async fn nulls_and_withheld_inner_calls_are_never_taken_for_nothing() -> Result<()> {
    let mut scene = Scene::start(201).await?;
    let proxies = [
        Proxy::of(&scene.network, 1).await?,
        Proxy::of(&scene.network, 2).await?,
    ];
    let proxies = [&proxies[0], &proxies[1]];
    for proxy in proxies {
        let transactions = || {
            let rule = proxy.on(RpcRequest::GetTransaction);
            rule.with_probability(0.2)
        };
        transactions().answer(Fault::Null);
        transactions().answer(Fault::WithholdInner);
        transactions().answer(Fault::edit("meta withheld", |_, shown| {
            shown["meta"] = serde_json::Value::Null;
        }));
        let blocks = proxy.on(RpcRequest::GetBlock).with_probability(0.2);
        blocks.answer(Fault::Null);
        let accounts = proxy.on(RpcRequest::GetMultipleAccounts);
        accounts.with_probability(0.2).answer(Fault::Null);
    }
    let running = Running::start(&scene.mirror.url, Settings::over(&proxies))?;
    scene.play(2, 4).await?;
    scene
        .end("nulls and withheld calls", running, &proxies)
        .await?;
    for kind in ["null", "inner instructions withheld", "meta withheld"] {
        ensure!(proxies[0].injected().contains_key(kind), "no {kind}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_stays_null_is_named_and_the_rest_goes_on() -> Result<()> {
    let mut scene = Scene::start(202).await?;
    let proxy = Proxy::of(&scene.network, 3).await?;
    let signatures = scene.load.signatures();
    let of_history = *signatures.get(signatures.len() / 2).context("a history")?;
    let hide = |signature| {
        let rule = proxy.on(RpcRequest::GetTransaction).naming(signature);
        rule.answer(Fault::Null);
    };
    hide(of_history);
    let running = Running::start(&scene.mirror.url, Settings::over(&[&proxy]))?;
    let names = |problem: &Option<String>| {
        let name = of_history.to_string();
        problem.as_ref().is_some_and(|it| it.contains(&name))
    };
    until(&scene.mirror, "named", |it| names(&it.problem)).await?;
    let begin = Instant::now();
    // What is played meanwhile comes in all the same.
    scene.goes_on(1, 2).await?;
    sleep(Duration::from_secs(3).saturating_sub(begin.elapsed())).await;
    let cursor = until(&scene.mirror, "named again", |it| names(&it.problem)).await?;
    let hidden = sqlx::query_scalar::<_, i64>("select min(slot) from walk")
        .fetch_one(&scene.mirror.pool)
        .await?;
    ensure!(cursor.final_slot < hidden, "{cursor:?} {hidden}");
    proxy.clear();
    scene
        .end("a transaction null for 3 s", running, &[&proxy])
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_transaction_that_stays_null_is_named_and_the_rest_goes_on() -> Result<()> {
    let mut scene = Scene::start(203).await?;
    let proxy = Proxy::of(&scene.network, 4).await?;
    let running = Running::start(&scene.mirror.url, Settings::over(&[&proxy]))?;
    scene.filled().await?;
    let memory = proxy.remember(&[tessera_client::types::ID]).await?;
    proxy.freeze(&memory);
    scene.play(1, 2).await?;
    let signature = *scene.load.signatures().last().context("a transaction")?;
    let hidden = proxy.on(RpcRequest::GetTransaction).naming(signature);
    let hidden = hidden.answer(Fault::Null);
    proxy.thaw();
    let name = signature.to_string();
    until(&scene.mirror, "named", |it| {
        it.problem.as_ref().is_some_and(|it| it.contains(&name))
    })
    .await?;
    scene.play(1, 1).await?;
    eventually(Duration::from_secs(10), async || {
        let again = hidden.times() > 1;
        Ok(again
            .then_some(())
            .ok_or_else(|| "it was not asked for again".to_owned()))
    })
    .await?;
    proxy.clear();
    scene
        .end(
            "a new transaction null, until it was asked for again",
            running,
            &[&proxy],
        )
        .await
}
