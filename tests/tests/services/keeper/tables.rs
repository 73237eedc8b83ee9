//! Lookup tables: made, used again, and closed with the rent back.

use super::{SOL, Scene, quick};
use anyhow::Result;
use solana_address::Address;
use solana_signer::Signer;
use std::{sync::atomic::Ordering, time::Duration};
use tessera_keeper::{KeeperConfig, KeeperError};
use tessera_tests::eventually;
use tokio::time::timeout;

/// The program that owns lookup tables.
const TABLES: Address = Address::from_str_const("AddressLookupTab1e1111111111111111111111111");

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_made_once_used_again_and_their_rent_comes_back() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 80, 5, None).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let balance = async || scene.market.rpc.get_balance(&key.pubkey()).await;
    let config = || KeeperConfig {
        tables: 4,
        poll: Duration::from_millis(200),
        ..quick()
    };
    let known = async || -> Result<i64> {
        let count = sqlx::query_scalar("select count(*) from keeper_table");
        Ok(count.fetch_one(&scene.mirror.pool).await?)
    };
    let first = scene.keeper(&key, config());
    let round = first.run_once().await?;
    assert_eq!((round.charged, round.failed), (80, 0), "{round:?}");
    // 64 accounts: payer, three programs, plan, org, treasury, and four for each charge.
    assert_eq!(round.transactions, 80_u64.div_ceil(14), "{round:?}");
    // Four addresses a subscription, and those that all share: two tables.
    assert_eq!(known().await?, 2);
    assert!(round.fees > 5_000 * round.transactions);

    // A keeper that starts again finds them.
    scene.period_passes().await?;
    let (again, traffic) = scene.watched(&key, config());
    let round = again.run_once().await?;
    assert_eq!((round.charged, round.transactions), (80, 6), "{round:?}");
    assert_eq!(round.fees, 5_000 * 6);
    assert_eq!(traffic.calls_of("sendTransaction"), 6);
    assert_eq!(known().await?, 2);

    let before = balance().await?;
    timeout(Duration::from_secs(120), again.close_tables()).await??;
    assert_eq!(known().await?, 0);
    // Rent of two tables with 326 addresses, less two transactions each.
    let rent = 2 * 6_960 * (128 + 56) + 6_960 * 32 * 324;
    let fees = 4 * 5_000;
    let back = balance().await? - before;
    assert!(
        back > rent - fees - 6_960 * 32 * 10 && back < rent + 6_960 * 32 * 10,
        "{back} of {rent}"
    );
    // Each was put out of use and closed once, and not before the network let it go.
    let sent = traffic.calls_of("sendTransaction") - 6;
    assert_eq!(sent, 4);

    // Who still knows them blames no subscription, and makes others.
    scene.period_passes().await?;
    let round = first.run_once().await?;
    assert_eq!((round.charged, round.left), (0, 80), "{round:?}");
    assert!(scene.reasons().await?.is_empty());
    let round = first.run_once().await?;
    assert_eq!((round.charged, round.failed), (80, 0), "{round:?}");
    assert_eq!(known().await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purse_that_charges_need_buys_no_table() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 80, 2, None).await?;
    scene.period_passes().await?;
    let lamports = SOL / 50;
    let key = scene.market.purse(lamports).await?;
    let config = KeeperConfig {
        tables: 4,
        ..quick()
    };
    let round = scene.keeper(&key, config).run_once().await?;
    assert_eq!((round.charged, round.failed), (80, 0), "{round:?}");
    assert!(!round.purse_empty, "{round:?}");
    let left = scene.market.rpc.get_balance(&key.pubkey()).await?;
    assert_eq!(left, lamports - 5_000 * round.transactions);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_table_was_not_made_none_is_made_for_a_while_and_charges_go_on() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 10, 2, None).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let config = KeeperConfig {
        tables: 4,
        ..quick()
    };
    let noted = async || -> Result<i64> {
        let count = sqlx::query_scalar("select count(*) from keeper_table");
        Ok(count.fetch_one(&scene.mirror.pool).await?)
    };
    let (keeper, traffic) = scene.watched(&key, config);
    traffic.loses_transactions.store(true, Ordering::Relaxed);
    let round = keeper.round().await?;
    assert_eq!((round.charged, round.expired), (0, 10), "{round:?}");
    assert_eq!(noted().await?, 1);
    traffic.loses_transactions.store(false, Ordering::Relaxed);
    let round = keeper.round().await?;
    assert_eq!(
        (round.charged, round.transactions, round.fees),
        (10, 2, 10_000),
        "{round:?}"
    );
    // The note stays until the network has forgotten the slot that the table was to be made from.
    assert_eq!(noted().await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_a_node_does_not_show_is_forgotten_only_once_it_cannot_be_made() -> Result<()>
{
    let scene = Scene::open().await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    // A node that is behind shows neither the table nor the slot that it was made from.
    for (table, made_slot) in [(1_u8, i64::MAX), (2, 0)] {
        sqlx::query(
            "insert into keeper_table (address, keeper, used_at, made_slot) values ($1, $2, 0, $3)",
        )
        .bind([table; 32])
        .bind(key.pubkey().to_bytes())
        .bind(made_slot)
        .execute(&scene.mirror.pool)
        .await?;
    }
    let keeper = scene.keeper(&key, quick());
    let left = async || -> Result<Vec<Vec<u8>>> {
        keeper.run_once().await?;
        let left = sqlx::query_scalar("select address from keeper_table order by address");
        Ok(left.fetch_all(&scene.mirror.pool).await?)
    };
    // The network remembers 512 slots, and at first its first one is among them.
    eventually(Duration::from_secs(120), async || {
        Ok(match left().await?.len() {
            0 | 1 => Ok(()),
            more => Err(format!("{more} tables are noted")),
        })
    })
    .await?;
    assert_eq!(left().await?, [vec![1; 32]]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_a_node_shows_late_is_bought_once() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 20, 4, None).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let config = || KeeperConfig {
        tables: 2,
        ..quick()
    };
    let noted = async || -> Result<i64> {
        let count = sqlx::query_scalar("select count(*) from keeper_table");
        Ok(count.fetch_one(&scene.mirror.pool).await?)
    };
    let (keeper, traffic) = scene.watched(&key, config());
    traffic.hide([TABLES]);
    let round = keeper.run_once().await?;
    assert_eq!((round.charged, round.failed), (20, 0), "{round:?}");
    assert_eq!(noted().await?, 1);

    traffic.hide([]);
    scene.period_passes().await?;
    let round = keeper.run_once().await?;
    assert_eq!((round.charged, round.fees), (20, 10_000), "{round:?}");
    assert_eq!(noted().await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_table_may_come_yet_none_is_bought() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 10, 4, None).await?;
    let key = scene.market.purse(SOL).await?;
    sqlx::query(
        "insert into keeper_table (address, keeper, used_at, made_slot) values ($1, $2, 0, $3)",
    )
    .bind([1_u8; 32])
    .bind(key.pubkey().to_bytes())
    .bind(i64::MAX)
    .execute(&scene.mirror.pool)
    .await?;
    let config = KeeperConfig {
        tables: 4,
        ..quick()
    };
    let keeper = scene.keeper(&key, config);
    scene.period_passes().await?;
    let round = keeper.run_once().await?;
    assert_eq!((round.charged, round.fees), (10, 10_000), "{round:?}");

    sqlx::query("delete from keeper_table")
        .execute(&scene.mirror.pool)
        .await?;
    scene.period_passes().await?;
    let round = keeper.run_once().await?;
    assert_eq!((round.charged, round.transactions), (10, 1), "{round:?}");
    assert!(round.fees > 5_000, "{round:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_purse_closes_no_table_and_says_so() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 10, 4, None).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let config = KeeperConfig {
        tables: 1,
        ..quick()
    };
    let keeper = scene.keeper(&key, config);
    assert_eq!(keeper.run_once().await?.charged, 10);
    let held = scene.market.rpc.get_balance(&key.pubkey()).await?;
    let (from, to) = (key.pubkey(), scene.market.owner.pubkey());
    let transfer = solana_system_interface::instruction::transfer(&from, &to, held);
    scene.market.send(&[transfer], &[&key]).await?;
    let closed = timeout(Duration::from_secs(60), keeper.close_tables()).await?;
    assert!(
        matches!(closed, Err(KeeperError::EmptyPurse(it)) if it == key.pubkey()),
        "{closed:?}"
    );
    Ok(())
}
