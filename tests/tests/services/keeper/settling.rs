//! An empty purse, lost transactions and hidden answers are no customer's fault.

use super::{SOL, Scene, quick};
use anyhow::Result;
use solana_signer::Signer;
use std::sync::atomic::Ordering;
use tessera_keeper::KeeperConfig;
use tessera_tests::transport;

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_purse_postpones_nobody_and_once_it_is_filled_all_are_charged() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 3, 2, None).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(0).await?;
    let keeper = scene.keeper(&key, quick());
    for _ in 0..2 {
        let round = keeper.run_once().await?;
        assert!(round.purse_empty);
        assert_eq!((round.charged, round.postponed), (0, 0));
    }
    assert!(scene.reasons().await?.is_empty());
    scene.market.network.airdrop(&key.pubkey(), SOL).await?;
    let round = keeper.run_once().await?;
    assert_eq!((round.purse_empty, round.charged), (false, 3), "{round:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purse_for_one_transaction_pays_for_one_and_postpones_nobody() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 14, 2, None).await?;
    scene.period_passes().await?;
    // An empty account's rent, and the fee.
    let key = scene.market.purse(890_880 + 5_000).await?;
    let round = scene.keeper(&key, quick()).round().await?;
    assert_eq!((round.transactions, round.failed), (1, 0), "{round:?}");
    assert!(
        round.purse_empty && round.left > 0 && round.charged > 0,
        "{round:?}"
    );
    assert_eq!(round.charged + round.left, 14);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_transactions_expire_and_are_made_again() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 8, 2, None).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let (rpc, traffic) = transport::client(scene.market.network.rpc_url());
    let keeper = scene.keeper_by(rpc, &key, quick());
    traffic.loses_transactions.store(true, Ordering::Relaxed);
    let round = keeper.round().await?;
    assert_eq!(
        (round.charged, round.expired, round.fees),
        (0, 8, 0),
        "{round:?}"
    );
    assert!(
        traffic.calls_of("sendTransaction") > 2,
        "sent again until it expires"
    );
    assert!(scene.reasons().await?.is_empty());
    traffic.loses_transactions.store(false, Ordering::Relaxed);
    assert_eq!(keeper.round().await?.charged, 8);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_unheard_is_not_called_expired() -> Result<()> {
    let scene = Scene::open().await?;
    let subscribers = scene.market.subscribers(&scene.shop, 8, 2, None).await?;
    let now = scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let (rpc, traffic) = transport::client(scene.market.network.rpc_url());
    let keeper = scene.keeper_by(rpc, &key, quick());
    traffic.hides_statuses.store(true, Ordering::Relaxed);
    let round = keeper.round().await?;
    assert_eq!((round.expired, round.overtaken), (0, 8), "{round:?}");
    for it in scene.market.subscriptions(&subscribers).await? {
        assert!(it.next_due > now);
    }
    // The mirror is behind; nothing is charged twice.
    traffic.hides_statuses.store(false, Ordering::Relaxed);
    let round = keeper.round().await?;
    assert_eq!((round.charged, round.failed), (0, 0), "{round:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_that_starts_again_leaves_alone_what_was_left_alone() -> Result<()> {
    let scene = Scene::open().await?;
    let subscribers = scene.market.subscribers(&scene.shop, 5, 1, None).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let config = || KeeperConfig {
        sweep: std::time::Duration::ZERO,
        ..quick()
    };
    let round = scene.keeper(&key, config()).run_once().await?;
    assert_eq!(round.missed, 5, "{round:?}");
    scene.market.network.advance(61).await?;
    scene.market.mirror(&scene.mirror.pool).await?;
    let round = scene.keeper(&key, config()).run_once().await?;
    assert_eq!((round.postponed, round.missed), (5, 0), "{round:?}");

    let (rpc, traffic) = transport::client(scene.market.network.rpc_url());
    let restarted = scene.keeper_by(rpc, &key, config());
    let newcomer = scene.market.subscribers(&scene.shop, 1, 2, None).await?;
    let round = restarted.run_once().await?;
    assert_eq!((round.postponed, round.charged), (0, 0), "{round:?}");
    assert_eq!(traffic.calls_of("simulateTransaction"), 0);
    assert_eq!(traffic.calls_of("getMultipleAccounts"), 1, "only the pulse");
    assert_eq!((subscribers.len(), newcomer.len()), (5, 1));
    Ok(())
}
