//! What nodes answer instead of one transaction, and instead of lists of accounts.

use super::{
    PATIENCE, Scene,
    running::{Running, Settings},
    until,
};
use crate::support::database::Mirror;
use anyhow::{Context, Result, ensure};
use solana_rpc_client_api::request::RpcRequest;
use std::net::TcpListener;
use tessera_tests::{
    eventually,
    faults::{Fault, Proxy},
};

/// Most bytes of an answer that are read.
const MAX_BYTES: usize = 1 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_nodes_answer_instead_of_one_transaction_the_rest_goes_on() -> Result<()> {
    let mut scene = Scene::start(211).await?;
    scene.play(1, 2).await?;
    let proxy = Proxy::of(&scene.network, 1).await?;
    let faults = [
        Fault::Status(500),
        Fault::Status(403),
        Fault::Code(-32603),
        Fault::Code(-32011),
        Fault::Code(-32000),
        Fault::Garbage,
        Fault::Pad(2 * MAX_BYTES),
        Fault::edit("another transaction", |_, shown| {
            shown["transaction"] = "none".into();
        }),
    ];
    let signatures = scene.load.signatures();
    ensure!(signatures.len() > 2 * faults.len());
    let mut rules = vec![];
    for (fault, signature) in faults.into_iter().zip(signatures.iter().skip(1)) {
        let rule = proxy.on(RpcRequest::GetTransaction).naming(signature);
        rules.push(rule.answer(fault));
    }
    let oldest = signatures.get(1).context("a history")?.to_string();
    let mut settings = Settings::over(&[&proxy]);
    settings.node.max_bytes = MAX_BYTES;
    let running = Running::start(&scene.mirror.url, settings)?;
    until(&scene.mirror, "named", |it| {
        it.problem.as_ref().is_some_and(|it| it.contains(&oldest))
    })
    .await?;
    scene.goes_on(1, 3).await?;
    eventually(PATIENCE, async || {
        Ok(match rules.iter().all(|rule| rule.times() >= 2) {
            true => Ok(()),
            false => Err(format!("not asked again: {rules:?}")),
        })
    })
    .await?;
    // Nothing else is left of the walk.
    scene.goes_on(1, 3).await?;
    let hidden = sqlx::query_scalar::<_, i64>("select min(slot) from walk")
        .fetch_one(&scene.mirror.pool)
        .await?;
    let cursor = until(&scene.mirror, "named again", |it| it.problem.is_some()).await?;
    ensure!(cursor.final_slot < hidden, "{cursor:?} {hidden}");
    proxy.clear();
    let group = "one transaction refused by every code";
    scene.end(group, running, &[&proxy]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_transaction_that_fails_is_named_and_the_rest_goes_on() -> Result<()> {
    let mut scene = Scene::start(213).await?;
    let proxy = Proxy::of(&scene.network, 3).await?;
    let running = Running::start(&scene.mirror.url, Settings::over(&[&proxy]))?;
    scene.filled().await?;
    let memory = proxy.remember(&[tessera_client::types::ID]).await?;
    proxy.freeze(&memory);
    scene.play(1, 1).await?;
    let signature = *scene.load.signatures().last().context("a transaction")?;
    let hidden = proxy.on(RpcRequest::GetTransaction).naming(signature);
    let hidden = hidden.answer(Fault::Status(500));
    // It may vanish as long as nothing later is final.
    proxy.finalize_up_to(memory.slot);
    proxy.thaw();
    let name = signature.to_string();
    until(&scene.mirror, "named", |it| {
        it.problem.as_ref().is_some_and(|it| it.contains(&name))
    })
    .await?;
    scene.goes_on(1, 3).await?;
    ensure!(hidden.times() > 1, "it was not asked for again");
    proxy.clear();
    let group = "a new transaction refused";
    scene.end(group, running, &[&proxy]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_is_filled_however_lists_of_accounts_are_refused() -> Result<()> {
    let mut scene = Scene::start(212).await?;
    scene.play(1, 2).await?;
    let nobody = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let refusals = [
        (Fault::Status(403), false),
        (Fault::Status(410), false),
        (Fault::Code(-32601), true),
        // Not a word of refusal, but never a list.
        (Fault::Code(-32000), false),
        (Fault::Status(500), false),
    ];
    for (refusal, beside_nobody) in refusals {
        let proxy = Proxy::of(&scene.network, 2).await?;
        proxy
            .on(RpcRequest::GetProgramAccounts)
            .answer(refusal.clone());
        let mut urls = vec![proxy.rpc_url()];
        if beside_nobody {
            urls.push(format!("http://{nobody}"));
        }
        let mut mirror = Mirror::create().await?;
        std::mem::swap(&mut mirror, &mut scene.mirror);
        let running = Running::start(&scene.mirror.url, Settings::new(urls))?;
        let filled = format!("filled in spite of {refusal:?}");
        until(&scene.mirror, &filled, |it| {
            it.snapshot_slot > 0 && it.problem.is_none()
        })
        .await?;
        let group = format!("accounts not listed: {refusal:?}");
        scene.end(&group, running, &[&proxy]).await?;
    }
    Ok(())
}
