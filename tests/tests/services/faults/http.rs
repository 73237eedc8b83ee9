//! What nodes and networks do to HTTP.

use super::{
    Scene,
    running::{Running, Settings},
};
use anyhow::{Result, ensure};
use solana_rpc_client_api::request::RpcRequest;
use std::time::Duration;
use tessera_tests::faults::{Fault, Proxy};

/// Every call meets one of `faults` with the chance of `each`.
fn all_by_chance(proxy: &Proxy, faults: &[Fault], each: f64) {
    for fault in faults {
        let rule = proxy.on_every_call().with_probability(each);
        rule.answer(fault.clone());
    }
}

fn all_were_injected(proxies: &[&Proxy], kinds: &[&str]) -> Result<()> {
    for kind in kinds {
        let injected = proxies.iter().any(|it| it.injected().contains_key(*kind));
        ensure!(injected, "{kind} was never injected");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_refuse_by_every_code_leave_the_mirror_whole() -> Result<()> {
    const CODES: [i64; 7] = [-32004, -32005, -32007, -32009, -32014, -32016, -32020];
    let mut scene = Scene::start(101).await?;
    let proxies = [
        Proxy::of(&scene.network, 1).await?,
        Proxy::of(&scene.network, 2).await?,
    ];
    let proxies = [&proxies[0], &proxies[1]];
    let mut faults: Vec<Fault> = [500, 502, 503].map(Fault::Status).into();
    faults.extend(CODES.map(Fault::Code));
    for proxy in proxies {
        let rule = proxy.on_every_call().with_probability(0.02).for_next(3);
        rule.answer(Fault::TooManyRequests(Some(1)));
        all_by_chance(proxy, &faults, 0.03);
    }
    let running = Running::start(&scene.mirror.url, Settings::over(&proxies))?;
    scene.play(2, 4).await?;
    let mut kinds: Vec<String> = CODES.map(|code| code.to_string()).into();
    kinds.extend(["HTTP 429", "HTTP 500", "HTTP 502", "HTTP 503"].map(str::to_owned));
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    scene.end("HTTP codes", running, &proxies).await?;
    all_were_injected(&proxies, &kinds)
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_late_and_silent_answers_leave_the_mirror_whole() -> Result<()> {
    let mut scene = Scene::start(102).await?;
    // One node alone: there is nobody else to ask.
    let proxy = Proxy::of(&scene.network, 3).await?;
    let rule = proxy.on_every_call().with_probability(0.2);
    rule.answer(Fault::Delay(Duration::from_millis(30)));
    all_by_chance(
        &proxy,
        &[
            Fault::Truncate,
            Fault::Garbage,
            Fault::Drop,
            Fault::LoseAnswer,
            Fault::CutOff,
            Fault::Twice,
            Fault::Pad(1 << 20),
        ],
        0.03,
    );
    all_by_chance(&proxy, &[Fault::HalfOpen, Fault::Stall], 0.01);
    let running = Running::start(&scene.mirror.url, Settings::over(&[&proxy]))?;
    scene.play(1, 4).await?;
    proxy.cut();
    scene.play(1, 4).await?;
    scene.end("HTTP transport", running, &[&proxy]).await?;
    all_were_injected(
        &[&proxy],
        &[
            "truncated",
            "garbage",
            "connection dropped",
            "answer lost",
            "cut off",
            "half-open",
            "stalled",
            "delayed",
            "entries twice",
        ],
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_node_that_lists_accounts_receipts_say_which_there_are() -> Result<()> {
    let mut scene = Scene::start(103).await?;
    let proxies = [
        Proxy::of(&scene.network, 4).await?,
        Proxy::of(&scene.network, 5).await?,
    ];
    let proxies = [&proxies[0], &proxies[1]];
    for (proxy, code) in proxies.iter().zip([-32010, -32601]) {
        let rule = proxy.on(RpcRequest::GetProgramAccounts);
        rule.answer(Fault::Code(code));
    }
    scene.play(1, 3).await?;
    let running = Running::start(&scene.mirror.url, Settings::over(&proxies))?;
    scene.play(2, 3).await?;
    scene.end("accounts not listed", running, &proxies).await?;
    all_were_injected(&proxies, &["-32010", "-32601"])
}
