//! Whose subscriptions are served, by which keeper, and what it may cost.

use super::{SOL, Scene, quick};
use anyhow::Result;
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address;
use std::collections::HashMap;
use tessera_keeper::KeeperConfig;
use tessera_tests::market::{GRACE, KEEPER_FEE};

#[tokio::test(flavor = "multi_thread")]
async fn an_allow_list_keeps_strangers_away_and_no_sol_is_spent_on_them() -> Result<()> {
    let scene = Scene::open().await?;
    let stranger = scene.market.shop(2).await?;
    let ours = scene.market.subscribers(&scene.shop, 3, 2, None).await?;
    let theirs = scene.market.subscribers(&stranger, 3, 2, None).await?;
    scene.period_passes().await?;
    scene.market.network.advance(GRACE).await?;
    scene.market.mirror(&scene.mirror.pool).await?;
    let key = scene.market.purse(SOL).await?;
    let own = |mint| get_associated_token_address(&key.pubkey(), mint);

    let config = KeeperConfig {
        orgs: vec![scene.shop.org],
        mints: vec![scene.shop.mint],
        ..quick()
    };
    let round = scene.keeper(&key, config).run_once().await?;
    assert_eq!((round.charged, round.failed), (3, 0), "{round:?}");
    let paid = scene
        .market
        .rpc
        .get_token_account_balance(&own(&scene.shop.mint))
        .await?;
    assert_eq!(paid.amount, (3 * KEEPER_FEE).to_string());
    for it in scene.market.subscriptions(&theirs).await? {
        assert_eq!(it.periods_paid, 1);
    }
    for it in scene.market.subscriptions(&ours).await? {
        assert_eq!(it.periods_paid, 2);
    }

    // Without a list strangers are served, and still nothing is bought for their coin.
    let before = scene.market.rpc.get_balance(&key.pubkey()).await?;
    let round = scene.keeper(&key, quick()).run_once().await?;
    assert_eq!((round.charged, round.transactions), (3, 1), "{round:?}");
    assert!(
        scene
            .market
            .rpc
            .get_account(&own(&stranger.mint))
            .await
            .is_err()
    );
    let after = scene.market.rpc.get_balance(&key.pubkey()).await?;
    assert_eq!(before - after, round.fees);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn keepers_that_divide_the_work_meet_nowhere() -> Result<()> {
    let scene = Scene::open().await?;
    let subscribers = scene.market.subscribers(&scene.shop, 30, 2, None).await?;
    scene.period_passes().await?;
    let keys = [
        scene.market.purse(SOL).await?,
        scene.market.purse(SOL).await?,
    ];
    let keeper = |shard: u16| {
        let config = KeeperConfig {
            shard: (shard, 2),
            ..quick()
        };
        scene.keeper(&keys[usize::from(shard)], config)
    };
    let (first, second) = (keeper(0), keeper(1));
    let (first, second) = tokio::join!(first.run_once(), second.run_once());
    let (first, second) = (first?, second?);
    assert_eq!(first.charged + second.charged, 30, "{first:?} {second:?}");
    assert!(first.charged > 0 && second.charged > 0);
    assert_eq!(
        (
            first.overtaken,
            second.overtaken,
            first.failed,
            second.failed
        ),
        (0, 0, 0, 0)
    );
    for it in scene.market.subscriptions(&subscribers).await? {
        assert_eq!(it.periods_paid, 2);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_price_is_known_a_charge_has_to_bring_in_what_it_costs() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 4, 2, None).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let config = |lamports, at_a_loss| KeeperConfig {
        mints: vec![scene.shop.mint],
        prices: HashMap::from([(scene.shop.mint, lamports)]),
        at_a_loss,
        ..quick()
    };
    // Early in the grace time next to nothing is paid.
    let round = scene
        .keeper(&key, config(5_000_000, false))
        .run_once()
        .await?;
    assert_eq!((round.charged, round.postponed), (0, 4), "{round:?}");
    assert_eq!(
        scene.reasons().await?[0],
        "the keeper's fee is not worth it yet"
    );
    // The whole fee, a hundredth of a coin, at five million lamports a coin.
    scene.market.network.advance(GRACE).await?;
    scene.market.mirror(&scene.mirror.pool).await?;
    let round = scene.keeper(&key, config(1_000, false)).run_once().await?;
    assert_eq!(round.charged, 0, "{round:?}");
    sqlx::query("delete from keeper_postponed")
        .execute(&scene.mirror.pool)
        .await?;
    let round = scene
        .keeper(&key, config(5_000_000, false))
        .run_once()
        .await?;
    assert_eq!(round.charged, 4, "{round:?}");
    // At a loss is charged by request only.
    scene.period_passes().await?;
    let round = scene.keeper(&key, config(0, true)).run_once().await?;
    assert_eq!(round.charged + round.missed, 4, "{round:?}");
    Ok(())
}
