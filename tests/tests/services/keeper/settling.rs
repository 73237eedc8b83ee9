//! An empty purse, lost transactions and hidden answers are no customer's fault.

use super::{SOL, Scene, quick};
use anyhow::Result;
use solana_signer::Signer;
use std::{sync::atomic::Ordering, time::Duration};
use tessera_keeper::KeeperConfig;
use tessera_tests::{
    eventually,
    market::{PERIOD, Subscriber},
    transport,
};
use tokio::time::timeout;

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
async fn a_purse_that_lacks_the_fee_on_top_is_called_empty_and_nothing_is_sent() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 3, 2, None).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(890_880 + 5_000 + 10).await?;
    let (rpc, traffic) = transport::client(scene.market.network.rpc_url());
    traffic.unit_price.store(50_000, Ordering::Relaxed);
    let round = scene.keeper_by(rpc, &key, quick()).round().await?;
    assert!(round.purse_empty, "{round:?}");
    assert_eq!((round.charged, round.left), (0, 3), "{round:?}");
    assert_eq!(traffic.calls_of("sendTransaction"), 0);
    assert!(scene.reasons().await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_be_tried_once_ends_says_what_is_left_and_reaches_the_last_page()
-> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 10, 2, None).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let (rpc, traffic) = transport::client(scene.market.network.rpc_url());
    let config = KeeperConfig { page: 4, ..quick() };
    let keeper = scene.keeper_by(rpc, &key, config);
    traffic.refuses_trials.store(true, Ordering::Relaxed);
    let round = timeout(Duration::from_secs(60), keeper.run_once()).await??;
    assert_eq!((round.remains(), round.charged), (10, 0), "{round:?}");
    assert!(scene.reasons().await?.is_empty());
    traffic.refuses_trials.store(false, Ordering::Relaxed);
    let round = keeper.run_once().await?;
    assert_eq!((round.remains(), round.charged), (0, 10), "{round:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_alone_is_looked_at_once_a_sweep_and_what_falls_due_every_round() -> Result<()>
{
    let scene = Scene::open().await?;
    let early = scene.market.subscribers(&scene.shop, 3, 2, None).await?;
    scene.market.network.advance(1_000).await?;
    let late = scene.market.subscribers(&scene.shop, 1, 2, None).await?;
    scene.market.network.advance(PERIOD - 900).await?;
    scene.market.mirror(&scene.mirror.pool).await?;
    sqlx::query(
        "insert into keeper_postponed (subscription, next_due, until, pause, reason)
         select address, next_due, next_due + 1000000, 1, 'a test' from subscription",
    )
    .execute(&scene.mirror.pool)
    .await?;
    let key = scene.market.purse(SOL).await?;
    let config = KeeperConfig {
        sweep: Duration::from_secs(3_600),
        ..quick()
    };
    let keeper = scene.keeper(&key, config);
    assert_eq!(keeper.round().await?.charged, 0);
    // Everything that was due was looked at, so it is not read again before the next sweep.
    sqlx::query("delete from keeper_postponed")
        .execute(&scene.mirror.pool)
        .await?;
    scene.market.network.advance(1_000).await?;
    let round = keeper.round().await?;
    assert_eq!((round.charged, round.more), (1, false), "{round:?}");
    let paid = async |of: &[Subscriber]| -> Result<Vec<u32>> {
        let found = scene.market.subscriptions(of).await?;
        Ok(found.iter().map(|it| it.periods_paid).collect())
    };
    assert_eq!(
        (paid(&late).await?, paid(&early).await?),
        (vec![2], vec![1; 3])
    );
    // A run of its own begins from the beginning.
    assert_eq!(keeper.run_once().await?.charged, 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_transactions_expire_and_are_made_again() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 8, 2, None).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let (keeper, traffic) = scene.watched(&key, quick());
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
async fn a_node_that_is_behind_does_not_say_that_a_transaction_expired() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 3, 2, None).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let (keeper, traffic) = scene.watched(&key, quick());
    traffic.lags.store(true, Ordering::Relaxed);
    traffic.hides_statuses.store(true, Ordering::Relaxed);
    let heard = async {
        let sent = eventually(Duration::from_secs(20), async || {
            Ok(match traffic.calls_of("sendTransaction") {
                3.. => Ok(()),
                sent => Err(format!("sent {sent} times")),
            })
        });
        sent.await?;
        traffic.hides_statuses.store(false, Ordering::Relaxed);
        anyhow::Ok(())
    };
    let (round, heard) = tokio::join!(keeper.round(), heard);
    let round = round?;
    assert!(heard.is_ok(), "given up after the first look: {round:?}");
    assert_eq!((round.charged, round.overtaken), (3, 0), "{round:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_unheard_is_not_called_expired() -> Result<()> {
    let scene = Scene::open().await?;
    let subscribers = scene.market.subscribers(&scene.shop, 8, 2, None).await?;
    let now = scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let (keeper, traffic) = scene.watched(&key, quick());
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

    let (restarted, traffic) = scene.watched(&key, config());
    let newcomer = scene.market.subscribers(&scene.shop, 1, 2, None).await?;
    let round = restarted.run_once().await?;
    assert_eq!((round.postponed, round.charged), (0, 0), "{round:?}");
    assert_eq!(traffic.calls_of("simulateTransaction"), 0);
    assert_eq!(traffic.calls_of("getMultipleAccounts"), 1, "only the pulse");
    assert_eq!((subscribers.len(), newcomer.len()), (5, 1));
    Ok(())
}
