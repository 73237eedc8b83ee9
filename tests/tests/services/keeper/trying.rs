//! What would fail is left out, the rest goes.

use super::{SOL, Scene, quick};
use anyhow::Result;
use solana_signer::Signer;
use spl_token_interface::instruction as token;
use std::sync::atomic::Ordering;
use tessera_keeper::{Format, KeeperConfig, Task, Versions};
use tessera_tests::{
    market::{GRACE, PRICE, Subscriber},
    transport,
};
use tessera_types::accounts::{SubscriptionState, Tier};

const PROGRAM: solana_address::Address = spl_token_interface::ID;

impl Scene {
    /// A subscriber loses some of its coins.
    async fn burn(&self, it: &Subscriber, amount: u64) -> Result<()> {
        let owner = it.wallet.pubkey();
        let burn = token::burn(&PROGRAM, &it.token, &self.shop.mint, &owner, &[], amount)?;
        self.market.send(&[burn], &[&it.wallet]).await?;
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn among_twenty_those_that_cannot_pay_are_marked_and_the_rest_is_charged() -> Result<()> {
    let scene = Scene::open().await?;
    let subscribers = scene.market.subscribers(&scene.shop, 20, 3, None).await?;
    let [poor, closed, revoked, ..] = &subscribers[..] else {
        unreachable!("twenty")
    };
    scene.burn(poor, 2 * PRICE).await?;
    scene.burn(closed, 2 * PRICE).await?;
    let owner = closed.wallet.pubkey();
    let close = token::close_account(&PROGRAM, &closed.token, &owner, &owner, &[])?;
    scene.market.send(&[close], &[&closed.wallet]).await?;
    let revoke = token::revoke(&PROGRAM, &revoked.token, &revoked.wallet.pubkey(), &[])?;
    scene.market.send(&[revoke], &[&revoked.wallet]).await?;
    let now = scene.period_passes().await?;

    let key = scene.market.purse(SOL).await?;
    let keeper = scene.keeper(&key, quick());
    let round = keeper.run_once().await?;
    assert_eq!(
        (round.charged, round.missed, round.failed),
        (17, 3, 0),
        "{round:?}"
    );
    let found = scene.market.subscriptions(&subscribers).await?;
    let past_due = SubscriptionState::PastDue as u8;
    for (at, it) in found.iter().enumerate() {
        match at {
            0..3 => assert_eq!(it.state, past_due, "{at}"),
            _ => assert!(it.next_due > now, "{at}"),
        }
    }

    // Nothing can be done with them within the grace time, and then they lapse.
    scene.market.mirror(&scene.mirror.pool).await?;
    sqlx::query("delete from keeper_postponed")
        .execute(&scene.mirror.pool)
        .await?;
    let round = keeper.run_once().await?;
    assert_eq!(
        (round.charged, round.missed, round.lapsed),
        (0, 0, 0),
        "{round:?}"
    );
    assert_eq!(
        scene.reasons().await?,
        [
            "the token account does not approve the program",
            "the token account holds too little",
            "there is no token account",
        ]
    );
    scene.market.network.advance(GRACE + 1).await?;
    scene.market.mirror(&scene.mirror.pool).await?;
    let round = keeper.run_once().await?;
    assert_eq!((round.lapsed, round.failed), (3, 0), "{round:?}");
    for it in scene.market.subscriptions(&subscribers[..3]).await? {
        assert_eq!(it.state, SubscriptionState::Lapsed as u8);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_a_simulation_shows_is_taken_out_of_its_transaction_and_left_alone() -> Result<()>
{
    let mut scene = Scene::open().await?;
    // Coins for the best tier's price only, which is none of the subscriber's.
    let best = Tier {
        points_threshold: u64::MAX,
        discount_bps: 2_000,
        ..Tier::UNUSED
    };
    let tiers = [best, Tier::UNUSED, Tier::UNUSED, Tier::UNUSED];
    scene.shop = scene.market.shop_with(2, tiers).await?;
    let subscribers = scene.market.subscribers(&scene.shop, 12, 2, None).await?;
    scene.burn(&subscribers[5], PRICE / 10).await?;
    scene.period_passes().await?;

    let key = scene.market.purse(SOL).await?;
    let (rpc, traffic) = transport::client(scene.market.network.rpc_url());
    let round = scene.keeper_by(rpc, &key, quick()).round().await?;
    assert_eq!(
        (round.charged, round.postponed, round.failed),
        (11, 1, 0),
        "{round:?}"
    );
    assert_eq!(
        traffic.calls_of("simulateTransaction"),
        round.transactions + 1
    );
    assert!(
        scene
            .reasons()
            .await?
            .contains(&"a token program's error 1".to_owned())
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_transaction_itself_is_no_subscriptions_fault() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 4, 2, None).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let (keeper, traffic) = scene.watched(&key, quick());
    traffic.finds_no_tables.store(true, Ordering::Relaxed);
    let round = keeper.round().await?;
    assert_eq!((round.left, round.postponed), (4, 0), "{round:?}");
    assert!(scene.reasons().await?.is_empty());
    traffic.finds_no_tables.store(false, Ordering::Relaxed);
    assert_eq!(keeper.round().await?.charged, 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_would_be_done_and_changes_nothing() -> Result<()> {
    let scene = Scene::open().await?;
    let subscribers = scene.market.subscribers(&scene.shop, 10, 2, None).await?;
    scene.burn(&subscribers[0], PRICE).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let config = KeeperConfig {
        mints: vec![scene.shop.mint],
        tables: 4,
        ..quick()
    };
    let (keeper, traffic) = scene.watched(&key, config);
    let outlook = keeper.outlook().await?;

    let planned: Vec<Task> = outlook
        .transactions
        .iter()
        .flat_map(|it| it.planned.iter().map(|it| it.task))
        .collect();
    let count = |task| planned.iter().filter(|it| **it == task).count();
    assert_eq!(
        (count(Task::Charge), count(Task::Miss)),
        (9, 1),
        "{outlook:?}"
    );
    assert_eq!(outlook.opened, [scene.shop.mint]);
    assert_eq!(traffic.calls_of("sendTransaction"), 0);
    assert_eq!(outlook.lamports, SOL);
    assert_eq!(scene.market.rpc.get_balance(&key.pubkey()).await?, SOL);
    assert!(scene.reasons().await?.is_empty());
    let tables: i64 = sqlx::query_scalar("select count(*) from keeper_table")
        .fetch_one(&scene.mirror.pool)
        .await?;
    assert_eq!(tables, 0);
    // The run that follows does it.
    assert_eq!(keeper.run_once().await?.charged, 9);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn version_1_holds_fourteen_charges_without_a_table() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 28, 2, None).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let config = KeeperConfig {
        versions: Versions::One,
        ..quick()
    };
    let keeper = scene.keeper(&key, config);
    let outlook = keeper.outlook().await?;
    for it in &outlook.transactions {
        assert_eq!((it.format, it.planned.len()), (Format::One, 14));
        assert!(it.bytes > 1_232 && it.bytes <= 4_096, "{}", it.bytes);
    }
    let round = keeper.run_once().await?;
    assert_eq!(
        (round.charged, round.transactions, round.failed),
        (28, 2, 0),
        "{round:?}"
    );
    assert_eq!(round.fees, 2 * 5_000);
    Ok(())
}
