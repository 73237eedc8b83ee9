//! Whose subscriptions are served, by which keeper, and what it may cost.

use super::{SOL, Scene, quick};
use anyhow::Result;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address;
use std::{collections::HashMap, time::Duration};
use tessera_keeper::{KeeperConfig, KeeperError, Versions};
use tessera_tests::{
    market::{GRACE, KEEPER_FEE},
    transport,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_util::sync::CancellationToken;

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

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_goes_when_its_charges_pay_for_it_together() -> Result<()> {
    let scene = Scene::open().await?;
    let key = scene.market.purse(SOL).await?;
    let config = |lamports| KeeperConfig {
        mints: vec![scene.shop.mint],
        prices: HashMap::from([(scene.shop.mint, lamports)]),
        versions: Versions::One,
        ..quick()
    };
    let late = async |number| -> Result<()> {
        scene
            .market
            .subscribers(&scene.shop, number, 2, None)
            .await?;
        scene.period_passes().await?;
        scene.market.network.advance(GRACE).await?;
        scene.market.mirror(&scene.mirror.pool).await
    };
    // A hundredth of a coin each: four earn 4,000 lamports, a signature costs 5,000.
    late(4).await?;
    let round = scene.keeper(&key, config(100_000)).run_once().await?;
    assert_eq!((round.charged, round.postponed), (0, 4), "{round:?}");
    assert_eq!(
        scene.reasons().await?,
        ["the keeper's fee is worth it only together with others"; 4]
    );
    let round = scene.keeper(&key, config(100_000)).outlook().await?;
    assert!(round.transactions.is_empty(), "{round:?}");
    sqlx::query("update subscription set state = 5")
        .execute(&scene.mirror.pool)
        .await?;
    // Fourteen that earn 400 each pay for theirs.
    late(14).await?;
    let round = scene.keeper(&key, config(40_000)).run_once().await?;
    assert_eq!((round.charged, round.transactions), (14, 1), "{round:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purse_that_charges_need_buys_no_token_account() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 3, 2, None).await?;
    scene.period_passes().await?;
    // Enough for a token account, and not for thousands of charges after it.
    let key = scene.market.purse(10_000_000).await?;
    let config = KeeperConfig {
        mints: vec![scene.shop.mint],
        ..quick()
    };
    let round = scene.keeper(&key, config).run_once().await?;
    assert_eq!((round.charged, round.failed), (3, 0), "{round:?}");
    assert_eq!(round.fees, 5_000);
    let own = get_associated_token_address(&key.pubkey(), &scene.shop.mint);
    assert!(scene.market.rpc.get_account(&own).await.is_err());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_account_that_a_node_shows_late_is_opened_once() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 3, 3, None).await?;
    let key = scene.market.purse(SOL).await?;
    let config = KeeperConfig {
        mints: vec![scene.shop.mint],
        ..quick()
    };
    let (keeper, traffic) = scene.watched(&key, config);
    traffic.hide([get_associated_token_address(
        &key.pubkey(),
        &scene.shop.mint,
    )]);
    for fees in [10_000, 5_000] {
        scene.period_passes().await?;
        let round = keeper.run_once().await?;
        assert_eq!((round.charged, round.fees), (3, fees), "{round:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_another_network_is_refused_and_nothing_is_forgotten() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 3, 2, None).await?;
    let key = scene.market.purse(SOL).await?;
    let (keeper, traffic) = scene.watched(&key, quick());
    let unfilled = keeper.run_once().await;
    assert!(
        matches!(unfilled, Err(KeeperError::NoMirror)),
        "{unfilled:?}"
    );

    scene.period_passes().await?;
    let pool = &scene.mirror.pool;
    sqlx::query("update cursor set genesis = $1")
        .bind([7_u8; 32])
        .execute(pool)
        .await?;
    sqlx::query(
        "insert into keeper_table (address, keeper, used_at, made_slot) values ($1, $2, 0, 0)",
    )
    .bind([8_u8; 32])
    .bind(key.pubkey().to_bytes())
    .execute(pool)
    .await?;
    let refused = |it: Option<KeeperError>| matches!(it, Some(KeeperError::OtherNetwork));
    assert!(refused(keeper.run_once().await.err()));
    assert!(refused(keeper.outlook().await.err()));
    assert!(refused(keeper.close_tables().await.err()));
    let run = keeper.run(CancellationToken::new());
    let ended = tokio::time::timeout(Duration::from_secs(60), run).await?;
    assert!(refused(ended.err()));
    let (rpc, _) = transport::client(scene.market.network.rpc_url());
    let empty = scene.market.purse(0).await?;
    let poor = scene.keeper_by(rpc, &empty, quick());
    assert!(refused(poor.run_once().await.err()), "not asked for SOL");
    assert_eq!(traffic.calls_of("sendTransaction"), 0);
    let tables: i64 = sqlx::query_scalar("select count(*) from keeper_table")
        .fetch_one(pool)
        .await?;
    assert_eq!(tables, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_does_not_answer_names_no_key_of_its_address() -> Result<()> {
    let scene = Scene::open().await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    // Nobody listens there any more; and one that answers with a refusal.
    let free = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let refuses = TcpListener::bind("127.0.0.1:0").await?;
    let address = refuses.local_addr()?;
    let serving = tokio::spawn(async move {
        while let Ok((mut stream, _)) = refuses.accept().await {
            let mut asked = [0; 4_096];
            let _ = stream.read(&mut asked).await;
            let answer =
                b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = stream.write_all(answer).await;
        }
    });
    for address in [free, address] {
        let url = format!("http://{address}/v1/SECRET?api-key=SECRET");
        let keeper = scene.keeper_by(RpcClient::new(url), &key, quick());
        let error = keeper.run_once().await.expect_err("no answer");
        let debug = format!("{error:?}");
        let said = format!("{debug} {:#}", anyhow::Error::from(error));
        assert!(!said.contains("SECRET"), "{said}");
        assert!(said.contains("the node did not answer"), "{said}");
    }
    serving.abort();
    Ok(())
}
